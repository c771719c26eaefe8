"""Firings and the people a chain may name, in the OEM's scope."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shared.accounts.people import Person
from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.escalation.suppression import Suppression
from shared.outbox.keys import Fired
from shared.sla.repository import ClockState


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """One firing of a clock, or a call for help (no clock): what is recorded and how its clock stands now."""

    id: UUID
    metric: str
    cycle: int
    turn: int
    step: str
    due_at: datetime
    reason: str
    told_at: datetime | None
    suppressed: Suppression | None
    clock_state: ClockState | None
    clock_steps: list[str] | None
    clock_step: int | None
    clock_due_at: datetime | None

    def fired(self, case_id: UUID) -> Fired:
        """What makes its messages unique."""
        return Fired(case_id, self.metric, self.cycle, self.turn, self.step)


_FIRING = """
SELECT e.id, e.metric, e.cycle, e.turn, e.step, e.due_at, e.reason, e.told_at, e.suppressed,
       c.state AS clock_state, c.steps AS clock_steps, c.step AS clock_step, c.due_at AS clock_due_at
FROM escalations e
LEFT JOIN clocks c ON c.oem_id = e.oem_id AND c.id = e.clock_id
WHERE e.oem_id = $1 AND e.id = $2
"""


async def firing(tx: Transaction, oem_id: int, escalation_id: UUID) -> Firing:
    """The firing; raises `NotFound` (`escalation_not_found`) outside the scope."""
    found = await tx.row(Firing, _FIRING, oem_id, escalation_id)
    if found is None:
        raise NotFound("escalation_not_found")
    return found


_SUPPRESS = "UPDATE escalations SET suppressed = $3 WHERE oem_id = $1 AND id = $2"


async def suppress(tx: Transaction, oem_id: int, escalation_id: UUID, reason: Suppression) -> None:
    """Record why nobody is told."""
    await tx.execute(_SUPPRESS, oem_id, escalation_id, reason.value)


_TOLD = """
UPDATE escalations SET recipient_ids = $3, recipient_names = $4, told_at = $5 WHERE oem_id = $1 AND id = $2
"""


async def record_told(
    tx: Transaction, oem_id: int, escalation_id: UUID, people: Sequence[Person], at: datetime
) -> None:
    """Record who is told, and when (R4.4)."""
    ids = [person.membership_id for person in people]
    names = [person.name for person in people]
    await tx.execute(_TOLD, oem_id, escalation_id, ids, names, at)


_AT_OEM = """
SELECT id AS membership_id, role, dealer_id, name, email, phone, locale, time_zone, muted, active
FROM memberships
WHERE oem_id = $1 AND dealer_id = 0 AND role = ANY ($2) AND role <> 'regional_manager' AND active
ORDER BY created_at, id
"""


async def people_at_oem(tx: Transaction, oem_id: int, roles: Sequence[str]) -> list[Person]:
    """The OEM's own active people in these roles; regional managers belong to regions and are asked there."""
    return await tx.rows(Person, _AT_OEM, oem_id, roles)
