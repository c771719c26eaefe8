"""The escalations of a case, as its commands write and answer them (R4.2)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.repository import LockedCase
from shared.db.engine import Transaction
from shared.ids import new_id
from shared.sla.policy import Metric

_BY_HAND: Final = "manual"

# Numbered under the lock of the case: each call for help is a step of its own.
_ADD = """
INSERT INTO escalations (oem_id, id, dealer_id, case_id, metric, cycle, step, due_at, fired_at, reason)
SELECT $1, $2, $3, $4, 'manual', $5, 'manual_' || (count(*) + 1), $6, $6, $7
FROM escalations WHERE oem_id = $1 AND case_id = $4 AND metric = 'manual' AND cycle = $5
"""


async def add_manual(tx: Transaction, oem_id: int, case: LockedCase, reason: str, at: datetime) -> UUID:
    """Write a call for help; its id."""
    escalation_id = new_id(at)
    await tx.execute(_ADD, oem_id, escalation_id, case.dealer_id, case.id, case.cycle, at, reason)
    return escalation_id


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An escalation that has just been acknowledged."""

    id: UUID
    clock_id: UUID | None
    metric: str
    turn: int
    step: str

    @property
    def call(self) -> int | None:
        """Which call for help of the cycle it belongs to, None where to none."""
        if self.metric == _BY_HAND:
            return call_of(self.step)
        return self.turn if self.metric == Metric.HELP else None


def call_of(step: str) -> int:
    """Which call for help of the cycle a step stands for, from 1."""
    return int(step.removeprefix("manual_"))


_ACKNOWLEDGE = """
UPDATE escalations SET acknowledged_at = $4, acknowledged_by = $3, acknowledged_name = $5
WHERE oem_id = $1 AND case_id = $2 AND acknowledged_at IS NULL AND $3 = ANY (recipient_ids)
RETURNING id, clock_id, metric, turn, step
"""


async def acknowledge(
    tx: Transaction, oem_id: int, case_id: UUID, membership_id: UUID, name: str, at: datetime
) -> list[Answered]:
    """Acknowledge what waits for a person on a case."""
    return await tx.rows(Answered, _ACKNOWLEDGE, oem_id, case_id, membership_id, at, name)
