"""What a digest stands for: the firings that its reader was told of in one message, to be acknowledged."""

from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from shared.cases import responsibility
from shared.cases.commands import Acknowledge
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, NotFound
from shared.sla.repository import ClockState
from shared.tenancy import Actor

_log = structlog.stdlib.get_logger("huiyin.escalation")


class DigestEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A firing that a digest tells of, and how it stands now. `metric` is `manual` for a call for help.

    `clock_state` is None for a call for help; a clock that is met or cancelled needs nobody any more.
    """

    escalation_id: UUID
    case_id: UUID
    case_number: str
    title: str
    urgency: str
    dealer_name: str
    dealer_name_en: str
    owner_name: str
    metric: str
    step: str
    due_at: datetime
    clock_state: ClockState | None
    acknowledged_at: datetime | None
    acknowledged_name: str | None

    @property
    def waits(self) -> bool:
        """Whether somebody still has to acknowledge it."""
        is_over = self.clock_state in {ClockState.MET, ClockState.CANCELLED}
        return self.acknowledged_at is None and not is_over


_ENTRIES = """
SELECT e.id AS escalation_id, e.case_id, c.number AS case_number, c.title, c.urgency, d.name AS dealer_name,
       d.name_en AS dealer_name_en, c.owner_name, e.metric, e.step, e.due_at, k.state AS clock_state,
       e.acknowledged_at, e.acknowledged_name
FROM messages m
JOIN escalations e ON e.oem_id = m.oem_id AND e.case_id = m.case_id
     AND starts_with(m.dedupe_key, concat('esc:', e.case_id, ':', e.metric, ':', e.cycle,
            CASE WHEN e.turn > 1 THEN concat('.', e.turn) END, ':', e.step, ':'))
JOIN cases c ON c.oem_id = e.oem_id AND c.id = e.case_id
JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
LEFT JOIN clocks k ON k.oem_id = e.oem_id AND k.id = e.clock_id
WHERE m.oem_id = $1 AND m.digest_id = $2 AND m.recipient_id = $3
ORDER BY e.acknowledged_at IS NOT NULL, e.due_at, e.id
"""


async def entries(tx: Transaction, actor: Actor, digest_id: UUID) -> list[DigestEntry]:
    """What a digest to the actor stands for; raises `NotFound` (`digest_not_found`) for anybody else's."""
    if actor.membership_id is None:  # digests go to people
        raise NotFound("digest_not_found")
    found = await tx.rows(DigestEntry, _ENTRIES, actor.oem_id, digest_id, actor.membership_id)
    if not found:
        raise NotFound("digest_not_found")
    return found


async def digest(actor: Actor, digest_id: UUID) -> list[DigestEntry]:
    """As `entries`, in a transaction of its own."""
    async with transaction(actor.scope, read_only=True) as tx:
        return await entries(tx, actor, digest_id)


async def acknowledge(actor: Actor, digest_id: UUID, case_id: UUID | None = None) -> int:
    """Acknowledge what waits of a digest: of one case, or of them all; of how many cases.

    A case that is out of reach by now, or whose escalations do not wait for the actor any more, is left out;
    raises `Conflict` (`nothing_to_acknowledge`) where none does, and `NotFound`.
    """
    waiting = {each.case_id for each in await digest(actor, digest_id) if each.waits}
    wanted = waiting if case_id is None else waiting & {case_id}
    done = 0
    for each in sorted(wanted):
        try:
            await responsibility.acknowledge(actor, each, Acknowledge(), version=None)
        except (Conflict, NotFound) as error:
            _log.info("digest_entry_left", case_id=str(each), reason=error.code)
        else:
            done += 1
    if not done:
        raise Conflict("nothing_to_acknowledge")
    return done
