"""The instants of a clock: when it warns, when it breaches, when it climbs the chain (R4.2).

All of them are worked out when the clock is planned, so that noticing them needs no calendar. The *steps* of
a clock are named `warn_50` (by the share of the target worked, in percent) and `level_1` (by the level of the
chain); its *schedule* holds the instant of each, in the same order and never descending. `level_1` is the
breach itself, at `due_at`.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from shared.sla.policy import Basis, ChainLevel, Metric, MetricTarget, Target
from shared.sla.working_time import Span, UnknownYear, WorkingCalendar

WARNING: Final = "warn_"
"""What the step of a warning begins with; the share follows."""

_LEVEL = "level_"
_ALWAYS = WorkingCalendar.always()


class PlannedClock(msgspec.Struct, frozen=True):
    """A clock ready to be stored; instants in UTC.

    `provisional`: worked out with the fallback, because the holidays of a year are not known yet. `rebased`:
    the due instant is a grace given when the urgency was raised, not the target's. `pauses_kept_until`: what
    paused it before this instant counts, although the policy that it is promised by now does not pause it.
    """

    metric: Metric
    started_at: datetime
    due_at: datetime
    steps: tuple[str, ...]
    schedule: tuple[datetime, ...]
    provisional: bool = False
    rebased: bool = False
    pauses_kept_until: datetime | None = None


def plan(
    promise: MetricTarget,
    calendar: WorkingCalendar,
    started_at: datetime,
    pauses: Iterable[Span] = (),
    fallback: WorkingCalendar | None = None,
) -> PlannedClock:
    """The clock of a promise that began at `started_at`.

    A target of working days ends at the closing of the last of them (`WorkingCalendar.add_working_days`); a
    pause moves it by the working time it covers. Where `calendar` raises `UnknownYear`, everything is planned
    on `fallback` and the clock is provisional.

    Raises `UnknownYear` when there is no fallback, and `WorkingTimeError` as the calendar does.
    """
    paused = tuple(pauses)
    return _on_known_years(calendar, fallback, lambda hours: _plan(promise, hours, started_at, paused))


def due_of(
    promise: MetricTarget, calendar: WorkingCalendar, started_at: datetime, pauses: Iterable[Span] = ()
) -> datetime:
    """When a promise is due that began at `started_at`, as `plan` says; raises as that does."""
    hours = _hours(promise.target.basis, calendar)
    return hours.due(started_at, _working_time(promise.target, hours, started_at), pauses)


def plan_above(
    promise: MetricTarget,
    calendar: WorkingCalendar,
    level: int,
    started_at: datetime,
    fallback: WorkingCalendar | None = None,
) -> PlannedClock | None:
    """The clock of an answer that somebody of a level owes: unanswered, it climbs from the next level on.

    Due after the target's time; None where nobody stands above. Nobody is warned. Raises as `plan` does.
    """
    above = [each for each in promise.target.chain if each.level > level]
    if not above:
        return None

    def lay_out(opening: WorkingCalendar) -> PlannedClock:
        hours = _hours(promise.target.basis, opening)
        due_at = hours.due(started_at, _working_time(promise.target, hours, started_at))
        return PlannedClock(
            metric=promise.metric,
            started_at=started_at.astimezone(UTC),
            due_at=due_at,
            steps=tuple(f"{_LEVEL}{each.level}" for each in above),
            schedule=tuple(_level_instants(above, opening, due_at)),
        )

    return _on_known_years(calendar, fallback, lay_out)


def replan(
    promise: MetricTarget,
    calendar: WorkingCalendar,
    running: PlannedClock,
    now: datetime,
    grace: timedelta,
    pauses: Iterable[Span] = (),
    fallback: WorkingCalendar | None = None,
) -> PlannedClock:
    """The clock after its case's urgency was raised: the new promise, from the original start minus pauses.

    Where the new due instant has passed already, the clock is rebased: it is due when the grace is over, in
    real time outside the pauses, yet never later than it was, and warns at the same shares of what is left. A
    running clock that is due by now stays as it is: its breach is a fact.

    Raises as `plan` does.
    """
    paused = tuple(pauses)

    def lay_out(hours: WorkingCalendar) -> PlannedClock:
        planned = _plan(promise, hours, running.started_at, paused)
        return planned if planned.due_at > now else _rebase(promise, hours, running, now, grace, paused)

    return running if running.due_at <= now else _on_known_years(calendar, fallback, lay_out)


def next_index(schedule: Sequence[datetime], now: datetime) -> int:
    """The index, from 0, of the first step still ahead; the length of the schedule when all have come.

    A step has come at its very instant.
    """
    return bisect_right(schedule, now)


def level_of(step: str) -> int | None:
    """The level of the chain that a step stands for; None when it is a warning."""
    return int(step.removeprefix(_LEVEL)) if step.startswith(_LEVEL) else None


def _on_known_years(
    calendar: WorkingCalendar,
    fallback: WorkingCalendar | None,
    lay_out: Callable[[WorkingCalendar], PlannedClock],
) -> PlannedClock:
    try:
        return lay_out(calendar)
    except UnknownYear:
        if fallback is None:
            raise
        return msgspec.structs.replace(lay_out(fallback), provisional=True)


def _plan(
    promise: MetricTarget, calendar: WorkingCalendar, started_at: datetime, pauses: tuple[Span, ...]
) -> PlannedClock:
    target = promise.target
    hours = _hours(target.basis, calendar)
    working = _working_time(target, hours, started_at)
    return _with_steps(
        promise,
        calendar,
        started_at=started_at.astimezone(UTC),
        due_at=hours.due(started_at, working, pauses),
        warnings=[hours.due(started_at, working * mark // 100, pauses) for mark in target.warn_percent],
    )


def _rebase(
    promise: MetricTarget,
    calendar: WorkingCalendar,
    running: PlannedClock,
    now: datetime,
    grace: timedelta,
    pauses: tuple[Span, ...],
) -> PlannedClock:
    due_at = min(_ALWAYS.due(now, grace, pauses), running.due_at)
    left = _ALWAYS.elapsed(now, due_at, pauses)
    warnings = [_ALWAYS.due(now, left * mark // 100, pauses) for mark in promise.target.warn_percent]
    planned = _with_steps(promise, calendar, started_at=running.started_at, due_at=due_at, warnings=warnings)
    return msgspec.structs.replace(planned, rebased=True)


def _with_steps(
    promise: MetricTarget,
    calendar: WorkingCalendar,
    *,
    started_at: datetime,
    due_at: datetime,
    warnings: Sequence[datetime],
) -> PlannedClock:
    levels = _level_instants(promise.target.chain, calendar, due_at)
    return PlannedClock(
        metric=promise.metric,
        started_at=started_at,
        due_at=due_at,
        steps=(
            *(f"{WARNING}{mark}" for mark in promise.target.warn_percent),
            *(f"{_LEVEL}{level}" for level in range(1, len(levels) + 1)),
        ),
        schedule=(*warnings, *levels),
    )


def _level_instants(
    chain: Sequence[ChainLevel], calendar: WorkingCalendar, due_at: datetime
) -> list[datetime]:
    instants = [due_at]
    for level in chain[1:]:
        after = timedelta(minutes=level.after_minutes)
        instants.append(_hours(level.basis, calendar).due(instants[-1], after))
    return instants


def _working_time(target: Target, hours: WorkingCalendar, started_at: datetime) -> timedelta:
    if target.working_days is not None:
        return hours.elapsed(started_at, hours.add_working_days(started_at, target.working_days))
    if target.duration_minutes is not None:
        return timedelta(minutes=target.duration_minutes)
    raise ValueError("a target needs a duration or a number of working days")


def _hours(basis: Basis, calendar: WorkingCalendar) -> WorkingCalendar:
    return calendar if basis is Basis.BUSINESS else _ALWAYS
