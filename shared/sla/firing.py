"""Firing: what fell due is recorded, exactly once, whatever crashes (R4.2).

One statement claims due clocks, moves each past every step that has elapsed, records a breach at the due
instant, and writes one escalation and, under the same id, one event per step. A crash leaves all of it or
nothing. It holds `oem_id` in every part and computes with precomputed instants only (`schedule[step]`), so
that a database spread over several machines can run it, too.

Three callers: the sweep (any due clock of an OEM), the commands of a case (its own clocks, before they change
anything, so that what happens after the due instant still records the breach), and tests.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shared.db.engine import Transaction
from shared.outbox.events import EventKind

BATCH = 500

# A paused clock's `next_at` is the end of its pause, not a step.
_CLAIMABLE = (
    "oem_id = $1 AND state IN ('running', 'breached') AND next_at <= coalesce($2, statement_timestamp())"
)
_OF_OEM = f"{_CLAIMABLE} ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED"
# A command waits for a sweep that is just firing its clock, and then sees what the sweep has recorded.
_OF_CASE = f"{_CLAIMABLE} AND case_id = $3 ORDER BY next_at FOR UPDATE"

_OF_CASES = f"{_CLAIMABLE} AND case_id = ANY ($3::uuid[]) ORDER BY next_at FOR UPDATE"

# width_bucket counts the instants of the ascending schedule that have come.
_FIRE = """
WITH due AS MATERIALIZED (
    SELECT id, step AS first_step,
           greatest(step, width_bucket(coalesce($2::timestamptz, statement_timestamp()), schedule))
               AS last_step
    FROM clocks
    WHERE {due}
), advanced AS (
    UPDATE clocks AS clock
    SET step = due.last_step + 1,
        next_at = clock.schedule[due.last_step + 1],
        state = CASE WHEN clock.due_at <= coalesce($2, statement_timestamp()) THEN 'breached'
                     ELSE clock.state END,
        breached_at = CASE WHEN clock.due_at <= coalesce($2, statement_timestamp()) THEN clock.due_at
                           ELSE clock.breached_at END,
        updated_at = coalesce($2, statement_timestamp())
    FROM due
    WHERE clock.oem_id = $1 AND clock.id = due.id
    RETURNING clock.id, clock.dealer_id, clock.case_id, clock.metric, clock.cycle, clock.turn,
              clock.steps, clock.schedule, due.first_step, due.last_step
), fired AS (
    INSERT INTO escalations (oem_id, id, dealer_id, case_id, clock_id, metric, cycle, turn, step, due_at,
                             fired_at)
    SELECT $1, gen_random_uuid(), dealer_id, case_id, id, metric, cycle, turn, steps[position],
           schedule[position], coalesce($2, statement_timestamp())
    FROM (SELECT *, generate_series(first_step, last_step) AS position FROM advanced) AS reached
    ON CONFLICT (oem_id, case_id, metric, cycle, turn, step) DO NOTHING
    RETURNING id, dealer_id, case_id
), told AS (
    INSERT INTO events (oem_id, id, dealer_id, case_id, kind, payload, occurred_at, next_attempt_at)
    SELECT $1, id, dealer_id, case_id, '{kind}',
           jsonb_build_object('escalation_id', id), coalesce($2, statement_timestamp()),
           coalesce($2, statement_timestamp())
    FROM fired
)
SELECT count(*) FROM due
"""
FIRE_OF_OEM = _FIRE.format(due=_OF_OEM, kind=EventKind.CLOCK_FIRED.value)
FIRE_OF_CASE = _FIRE.format(due=_OF_CASE, kind=EventKind.CLOCK_FIRED.value)
FIRE_OF_CASES = _FIRE.format(due=_OF_CASES, kind=EventKind.CLOCK_FIRED.value)

# `step > 0` always holds. It stands in the predicate of the index over all OEMs, which only this question may
# use: with it, the claim of each OEM would read the due clocks of all the others.
OEMS_WITH_DUE = """
SELECT DISTINCT oem_id FROM clocks
WHERE state IN ('running', 'breached') AND step > 0
  AND next_at <= coalesce($1::timestamptz, statement_timestamp())
ORDER BY oem_id
"""


async def oems_with_due(tx: Transaction, as_of: datetime | None) -> list[int]:
    """The OEMs that have a clock to fire at `as_of` (None: PostgreSQL's present instant)."""
    return await tx.values(OEMS_WITH_DUE, as_of)


async def fire_due_of_oem(tx: Transaction, oem_id: int, as_of: datetime | None, limit: int = BATCH) -> int:
    """Fire up to `limit` due clocks of an OEM, oldest first; the number of clocks fired.

    Clocks that another transaction holds are left to it. Fewer than `limit` means that nothing is left to do.
    """
    return await tx.value(FIRE_OF_OEM, oem_id, as_of, limit)


async def fire_due_of_case(tx: Transaction, oem_id: int, case_id: UUID) -> int:
    """Fire what has fallen due on one case at the transaction's instant; the number of clocks fired.

    Called under the lock of the case, which the sweep never asks for: so the two cannot wait for each other.
    """
    return await tx.value(FIRE_OF_CASE, oem_id, await tx.now(), case_id)


async def fire_due_of_cases(tx: Transaction, oem_id: int, case_ids: Sequence[UUID]) -> int:
    """Fire what fell due on cases that this transaction has made or holds; the number of clocks fired."""
    return await tx.value(FIRE_OF_CASES, oem_id, await tx.now(), case_ids)
