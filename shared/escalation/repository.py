"""Firings and the people a chain may name, in the OEM's scope."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
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
    clock_policy_version: int | None
    clock_policy_dealer_id: int | None

    def fired(self, case_id: UUID) -> Fired:
        """What makes its messages unique."""
        return Fired(case_id, self.metric, self.cycle, self.turn, self.step)


_FIRING = """
SELECT e.id, e.metric, e.cycle, e.turn, e.step, e.due_at, e.reason, e.told_at, e.suppressed,
       c.state AS clock_state, c.steps AS clock_steps, c.step AS clock_step, c.due_at AS clock_due_at,
       c.policy_version AS clock_policy_version, c.policy_dealer_id AS clock_policy_dealer_id
FROM escalations e
LEFT JOIN clocks c ON c.oem_id = e.oem_id AND c.id = e.clock_id
WHERE e.oem_id = $1 AND e.id = ANY ($2::uuid[])
"""


async def firing(tx: Transaction, oem_id: int, escalation_id: UUID) -> Firing:
    """The firing; raises `NotFound` (`escalation_not_found`) outside the scope."""
    found = await tx.ahead.one("firing", "escalation", escalation_id, partial(_firings, tx, oem_id))
    if found is None:
        raise NotFound("escalation_not_found")
    return found


async def _firings(tx: Transaction, oem_id: int, ids: list[UUID]) -> dict[UUID, Firing]:
    return {each.id: each for each in await tx.rows(Firing, _FIRING, oem_id, ids)}


_SUPPRESS = """
UPDATE escalations AS e SET suppressed = new.reason
FROM unnest($1::int[], $2::uuid[], $3::text[]) AS new (oem_id, id, reason)
WHERE e.oem_id = new.oem_id AND e.id = new.id
"""


async def suppress(tx: Transaction, oem_id: int, escalation_id: UUID, reason: Suppression) -> None:
    """Record why nobody is told."""
    await tx.later(_SUPPRESS, [(oem_id, escalation_id, reason.value)])


# Arrays of arrays are no lists of lists to PostgreSQL: each row's people come as JSON.
_TOLD = """
UPDATE escalations AS e
SET recipient_ids = ARRAY (SELECT jsonb_array_elements_text(new.people -> 'ids')::uuid),
    recipient_names = ARRAY (SELECT jsonb_array_elements_text(new.people -> 'names')),
    told_at = new.told_at
FROM unnest($1::int[], $2::uuid[], $3::jsonb[], $4::timestamptz[]) AS new (oem_id, id, people, told_at)
WHERE e.oem_id = new.oem_id AND e.id = new.id
"""


async def record_told(
    tx: Transaction, oem_id: int, escalation_id: UUID, people: Sequence[Person], at: datetime
) -> None:
    """Record who is told, and when (R4.4)."""
    told = {"ids": [one.membership_id for one in people], "names": [one.name for one in people]}
    await tx.later(_TOLD, [(oem_id, escalation_id, told, at)])


_AT_OEM = """
SELECT id AS membership_id, role, dealer_id, name, email, phone, locale, time_zone, muted, active,
       duty
FROM memberships
WHERE oem_id = $1 AND dealer_id = 0 AND role = ANY ($2) AND role <> 'regional_manager' AND active
ORDER BY created_at, id
"""


async def people_at_oem(tx: Transaction, oem_id: int, roles: Sequence[str]) -> list[Person]:
    """The OEM's own active people in these roles; regional managers belong to regions and are asked there."""

    async def read(_: list[frozenset[str]]) -> dict[frozenset[str], list[Person]]:
        return {wanted: await tx.rows(Person, _AT_OEM, oem_id, roles)}

    wanted = frozenset(roles)
    return await tx.ahead.one("at_oem", "roles", wanted, read) or []


class Question(msgspec.Struct, frozen=True):
    """What somebody asked who handed an escalation back."""

    who: str
    text: str


_QUESTION = """
SELECT actor_name AS who, text FROM timeline_entries
WHERE oem_id = $1 AND case_id = $2 AND kind = 'acknowledge' AND (data->>'asks_owner')::boolean
ORDER BY at DESC, id DESC LIMIT 1
"""


async def last_question(tx: Transaction, oem_id: int, case_id: UUID) -> Question | None:
    """The latest question to the owner of a case."""
    return await tx.row(Question, _QUESTION, oem_id, case_id)
