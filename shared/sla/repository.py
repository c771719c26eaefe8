"""Clock rows: written when a promise is made, changed under the lock of their case.

A breach is never undone: what is met or replanned after it keeps `breached_at`.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.ids import new_id
from shared.sla.clock import PlannedClock, next_index
from shared.sla.policy import Metric


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """What a promise was made by.

    `policy_dealer_id` and `calendar_dealer_id` say whose they were: a dealer's own, or the OEM's (0); None:
    it is not known.
    """

    policy_version: int
    policy_dealer_id: int | None
    calendar_version: int
    calendar_dealer_id: int | None


class ClockHome(msgspec.Struct, frozen=True, kw_only=True):
    """The case and cycle that clocks belong to, and the versions they were planned by.

    `policy_dealer_id` and `calendar_dealer_id` say whose: a dealer's own, or the OEM's (0).
    """

    oem_id: int
    dealer_id: int
    case_id: UUID
    cycle: int
    policy_version: int
    policy_dealer_id: int
    calendar_version: int
    calendar_dealer_id: int


class ClockState(StrEnum):
    """Where a promise stands; `breached` is late and still to be kept, `met` may have been late."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class RunsByPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a clock that was stored keeps of its plan."""

    metric: Metric
    started_at: datetime
    due_at: datetime
    steps: tuple[str, ...]
    schedule: tuple[datetime, ...]
    provisional: bool
    rebased: bool
    pauses_kept_until: datetime | None

    def planned(self) -> PlannedClock:
        """The plan it runs by."""
        return PlannedClock(
            self.metric,
            self.started_at,
            self.due_at,
            self.steps,
            self.schedule,
            self.provisional,
            self.rebased,
            self.pauses_kept_until,
        )


class CaseClock(RunsByPlan, frozen=True, kw_only=True):
    """One promise of a case's present cycle.

    `turn` counts those of a metric that is promised again and again within a cycle.
    """

    id: UUID
    turn: int
    state: ClockState
    next_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be kept."""
        return self.state in {ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED}


_INSERT = """
INSERT INTO clocks (oem_id, id, dealer_id, case_id, metric, cycle, turn, state, policy_version,
                    policy_dealer_id, calendar_version, calendar_dealer_id, provisional, rebased, started_at,
                    due_at, steps, schedule, next_at, met_at, updated_at, pauses_kept_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
"""


class StartedClocks(msgspec.Struct, frozen=True):
    """Clocks of one case to start; those of `met` are met from the beginning."""

    home: ClockHome
    clocks: Sequence[PlannedClock]
    met: frozenset[Metric] = frozenset()
    turn: int = 1


async def insert(
    tx: Transaction, home: ClockHome, at: datetime, clocks: Sequence[PlannedClock], turn: int = 1
) -> list[CaseClock]:
    """Start clocks of a case at `at`; as they are then."""
    return await insert_all(tx, at, [StartedClocks(home, clocks, turn=turn)])


async def insert_all(tx: Transaction, at: datetime, started: Sequence[StartedClocks]) -> list[CaseClock]:
    """Start clocks of several cases at `at`; as they are then."""
    begun = [
        (each.home, _begun(clock, at, each.turn, met=clock.metric in each.met))
        for each in started
        for clock in each.clocks
    ]
    await tx.execute_many(_INSERT, [_row(home, clock, at) for home, clock in begun])
    return [clock for _, clock in begun]


def _begun(clock: PlannedClock, at: datetime, turn: int, *, met: bool) -> CaseClock:
    return CaseClock(
        id=new_id(at),
        metric=clock.metric,
        turn=turn,
        state=ClockState.MET if met else ClockState.RUNNING,
        started_at=clock.started_at,
        due_at=clock.due_at,
        steps=clock.steps,
        schedule=clock.schedule,
        next_at=None if met else clock.schedule[0],
        provisional=clock.provisional,
        rebased=clock.rebased,
        pauses_kept_until=clock.pauses_kept_until,
    )


def _row(home: ClockHome, clock: CaseClock, at: datetime) -> tuple[object, ...]:
    return (
        home.oem_id,
        clock.id,
        home.dealer_id,
        home.case_id,
        clock.metric.value,
        home.cycle,
        clock.turn,
        clock.state.value,
        home.policy_version,
        home.policy_dealer_id,
        home.calendar_version,
        home.calendar_dealer_id,
        clock.provisional,
        clock.rebased,
        clock.started_at,
        clock.due_at,
        clock.steps,
        clock.schedule,
        clock.next_at,
        at if clock.state is ClockState.MET else None,
        at,
        clock.pauses_kept_until,
    )


class _JustLocked(CaseClock, frozen=True, kw_only=True):
    locked_at: datetime


# The time is read above the subquery that locks, and so after the wait for a sweep.
_LOCK = """
SELECT locked.*, clock_timestamp() AS locked_at FROM (
    SELECT id, metric, turn, state, started_at, due_at, steps, schedule, next_at, provisional, rebased,
           pauses_kept_until
    FROM clocks
    WHERE oem_id = $1 AND case_id = $2 AND cycle = $3
    ORDER BY due_at, metric, turn
    FOR UPDATE
) AS locked
ORDER BY due_at, metric, turn
"""


async def lock(tx: Transaction, oem_id: int, case_id: UUID, cycle: int) -> list[CaseClock]:
    """The clocks of a cycle by due time, locked; waits for a sweep that is firing one of them.

    From here on the transaction acts after what the sweep has recorded.
    """
    found = await tx.rows(_JustLocked, _LOCK, oem_id, case_id, cycle)
    for each in found:
        tx.went_on(each.locked_at)
    return list[CaseClock](found)


# What is told of the past (an import, a call's time) may be earlier than what has fired since.
_MEET = """
UPDATE clocks SET state = 'met', met_at = greatest($3, schedule[step - 1]), next_at = NULL, updated_at = $3
WHERE oem_id = $1 AND id = ANY ($2::uuid[])
"""


async def meet(tx: Transaction, oem_id: int, clock_ids: Sequence[UUID], at: datetime) -> None:
    """The promises are kept, in time or not; no earlier than the last of their steps that has fired."""
    await tx.execute(_MEET, oem_id, clock_ids, at)


# What fell due in between fires with the next sweep.
_UNMEET = """
UPDATE clocks SET state = CASE WHEN breached_at IS NULL THEN 'running' ELSE 'breached' END, met_at = NULL,
                  next_at = schedule[step], updated_at = $3
WHERE oem_id = $1 AND id = $2 AND state = 'met'
"""


async def unmeet(tx: Transaction, oem_id: int, clock_id: UUID, at: datetime) -> None:
    """The promise only seemed to be kept: it runs on as if it had not been."""
    await tx.execute(_UNMEET, oem_id, clock_id, at)


_MEET_METRIC = """
UPDATE clocks SET state = 'met', met_at = greatest($4, schedule[step - 1]), next_at = NULL, updated_at = $4
WHERE oem_id = $1 AND case_id = ANY ($2::uuid[]) AND metric = $3
  AND state IN ('running', 'paused', 'breached')
"""


async def meet_metric(
    tx: Transaction, oem_id: int, case_ids: Sequence[UUID], metric: Metric, at: datetime
) -> None:
    """The promise of one metric is kept on each of these cases, in time or not."""
    await tx.execute(_MEET_METRIC, oem_id, case_ids, metric.value, at)


_CANCEL = """
UPDATE clocks SET state = 'cancelled', next_at = NULL, updated_at = $3
WHERE oem_id = $1 AND id = ANY ($2::uuid[])
"""


async def cancel(tx: Transaction, oem_id: int, clock_ids: Sequence[UUID], at: datetime) -> None:
    """The promises are not made any more."""
    await tx.execute(_CANCEL, oem_id, clock_ids, at)


_RESCHEDULE = """
UPDATE clocks SET state = 'running', policy_version = $3, calendar_version = $4, provisional = $5,
                  rebased = $6, due_at = $7, steps = $8, schedule = $9, step = $10, next_at = $11,
                  updated_at = $12, policy_dealer_id = $13, calendar_dealer_id = $14, pauses_kept_until = $15
WHERE oem_id = $1 AND id = $2 AND state IN ('running', 'paused', 'cancelled')
"""


async def reschedule(
    tx: Transaction,
    oem_id: int,
    versions: Versions,
    at: datetime,
    changes: Sequence[tuple[UUID, PlannedClock]],
) -> None:
    """Let running and cancelled clocks run by new plans, made by these versions.

    Of the warnings that have elapsed already only the latest fires, at once; what has fired before fires no
    second time. What is met or late is a fact and stays.
    """
    rows: list[tuple[object, ...]] = []
    for clock_id, plan in changes:
        first = max(next_index(plan.schedule, at) - 1, 0)
        rows.append(
            (
                oem_id,
                clock_id,
                versions.policy_version,
                versions.calendar_version,
                plan.provisional,
                plan.rebased,
                plan.due_at,
                plan.steps,
                plan.schedule,
                first + 1,
                plan.schedule[first],
                at,
                versions.policy_dealer_id,
                versions.calendar_dealer_id,
                plan.pauses_kept_until,
            )
        )
    await tx.execute_many(_RESCHEDULE, rows)


_RUN_BY = """
UPDATE clocks SET state = CASE WHEN breached_at IS NULL THEN 'running' ELSE 'breached' END,
                  started_at = $3, due_at = $4, steps = $5, schedule = $6, provisional = $7, rebased = $8,
                  step = $9, updated_at = $11, pauses_kept_until = $12,
                  next_at = CASE WHEN breached_at IS NULL OR acknowledged_at IS NULL THEN $10::timestamptz END
WHERE oem_id = $1 AND id = $2 AND state <> 'met'
"""


async def run_by(
    tx: Transaction, oem_id: int, at: datetime, changes: Sequence[tuple[UUID, PlannedClock]]
) -> None:
    """Let clocks run by a plan of another beginning, or on by their own after they were cancelled.

    Of what has elapsed already only the latest fires, at once; what has fired before fires no second time.
    """
    rows: list[tuple[object, ...]] = []
    for clock_id, plan in changes:
        first = max(next_index(plan.schedule, at) - 1, 0)
        rows.append(
            (
                oem_id,
                clock_id,
                plan.started_at,
                plan.due_at,
                plan.steps,
                plan.schedule,
                plan.provisional,
                plan.rebased,
                first + 1,
                plan.schedule[first],
                at,
                plan.pauses_kept_until,
            )
        )
    await tx.execute_many(_RUN_BY, rows)


_STOP_CLIMBING = """
UPDATE clocks SET acknowledged_at = $3, next_at = NULL, updated_at = $3
WHERE oem_id = $1 AND id = ANY ($2::uuid[]) AND state = 'breached'
"""


async def stop_climbing(tx: Transaction, oem_id: int, clock_ids: Sequence[UUID], at: datetime) -> None:
    """Somebody has acknowledged the breach: no further level is told. A clock not breached yet runs on."""
    await tx.execute(_STOP_CLIMBING, oem_id, clock_ids, at)
