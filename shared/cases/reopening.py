"""Opening a case again, or after a while a new one that is linked to it (R3.3, sla.md, Changes)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import detail, linking, merging, promises, turns
from shared.cases.commands import Link, Reopen
from shared.cases.intake import Source, another_of
from shared.cases.register import register
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.tenancy import Actor

_LONGEST: Final = 2_000


async def reopen(
    actor: Actor, case_id: UUID, command: Reopen, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Begin a new cycle: counted, with promises that count from now, every point to be confirmed anew.

    A case that has been closed for longer than the policy says stays closed: a new one of the same customer
    and vehicle is registered instead and linked to it, once however often this is asked, and given back.
    `owner_id` names who answers for it from now on. Raises as `new_owner`, and as registering and linking.
    """
    command = cleaned(command, reason=_LONGEST)
    async with transaction(actor.scope, as_of=as_of) as tx:
        work, holder = await merging.with_holder(tx, actor, case_id, version=version)
        before = await detail.case_view(tx, work.oem_id, case_id)
        terms = await promises.terms(tx, work.oem_id, work.case.dealer_id)
        if not _is_too_late(before, terms.policy.reopen_days, work.at):
            return await turns.reopen_held(work, command, holder)
        work.judge([Command.REOPEN], msgspec.structs.asdict(command))
    again = another_of(before, Channel(before.channel), command.reason)
    again = msgspec.structs.replace(again, owner_id=command.owner_id, title=before.title)
    key = f"reopen:{case_id}:{before.cycle}"
    made = await register(actor, again, source=Source.STAFF, idempotency_key=key, as_of=as_of)
    if await _is_linked(actor, made.id, case_id):
        return made
    link = Link(other_id=case_id, reason=command.reason)
    return await linking.link(actor, made.id, link, version=None, as_of=as_of)


def _is_too_late(case: CaseView, days: int, now: datetime) -> bool:
    return case.closed_at is not None and now - case.closed_at > timedelta(days=days)


async def _is_linked(actor: Actor, case_id: UUID, other_id: UUID) -> bool:
    async with transaction(actor.scope, read_only=True) as tx:
        found = await linking.linked_to(tx, actor.oem_id, case_id)
    return any(each.id == other_id for each in found)
