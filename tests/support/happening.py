"""Handling what has happened to one case, as the worker does, in a test that has no worker."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from services.worker.handlers import build_handlers
from shared.cases.handling import handling
from shared.cases.views import CaseView
from shared.db.engine import transaction
from shared.follow_up.planning import plan_call
from shared.follow_up.vocabulary import CallKind
from shared.notifications.links import Links
from shared.outbox.events import Event
from shared.outbox.keys import Fired, escalation
from shared.outbox.messages import write as write_messages
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from tests.support.outbox import new_message

_PENDING: Final = """
SELECT oem_id, id, dealer_id, case_id, kind, payload, occurred_at, attempts, gen_random_uuid() AS lease_token
FROM events WHERE oem_id = $1 AND case_id = $2 AND state = 'pending' AND occurred_at <= $3 ORDER BY id
"""
_DONE: Final = "UPDATE events SET state = 'done', done_at = $3 WHERE oem_id = $1 AND id = $2"


async def settle(oem_id: int, case_id: UUID, links: Links, at: datetime | None = None) -> None:
    """Handle every event of the case by then; twice, for an event may be handled again."""
    handlers = build_handlers(links)
    for last in (False, True):
        async with transaction(Scope.oem(oem_id), as_of=at) as tx:
            now = await tx.now()
            for event in await tx.rows(Event, _PENDING, oem_id, case_id, now):
                handler = handlers[event.kind]
                if handler is not None:
                    await handler(tx, event)
                if last:
                    await tx.execute(_DONE, oem_id, event.id, now)


async def planned_call(oem_id: int, case_id: UUID) -> UUID:
    """A call about the case that somebody has to make today."""
    async with handling(Actor.system(oem_id), case_id, version=None, as_of=None) as work:
        planned = await plan_call(work, CallKind.FOLLOW_UP, Role.ADVISOR, work.at, work.at.date())
    assert planned is not None
    return planned


_CALLED: Final = """
INSERT INTO escalations (oem_id, id, dealer_id, case_id, metric, cycle, step, due_at, fired_at, recipient_ids)
VALUES ($1, $2, $3, $4, 'manual', 1, 'manual_1', now(), now(), ARRAY[$5::uuid])
"""


async def a_digest(oem_id: int, case: CaseView, membership_id: UUID) -> UUID:
    """A digest to somebody, of one call for help."""
    digest_id = uuid4()
    message = new_message(
        dealer_id=case.dealer_id,
        case_id=case.id,
        recipient_id=membership_id,
        dedupe_key=escalation(Fired(case.id, "manual", 1, 1, "manual_1"), membership_id, "email"),
        digest_id=digest_id,
    )
    async with transaction(Scope.oem(oem_id)) as tx:
        await write_messages(tx, oem_id, [message])
        await tx.execute(_CALLED, oem_id, uuid4(), case.dealer_id, case.id, membership_id)
    return digest_id
