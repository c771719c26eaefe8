"""Counting a running promise again, by another calendar or with other pauses (R4.3).

Reads and writes nothing itself.

A promise keeps the policy it was made by. It is counted again only where that policy and the calendar of then
give its present due instant: a day the customer asked for or a grace was given by a person and stays.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from shared.cases.promises import Hours
from shared.sla import clock, pause
from shared.sla.clock import PlannedClock
from shared.sla.pause import spans_of
from shared.sla.policy import CaseFacts, ClockPolicy, Metric, MetricTarget, target_of
from shared.sla.repository import ClockState, RunsByPlan, Versions
from shared.sla.working_time import Span, UnknownYear, WorkingCalendar

_ALWAYS = WorkingCalendar.always()


class RunningPromise(RunsByPlan, frozen=True, kw_only=True):
    """A running clock with what its case's rules look at."""

    id: UUID
    case_id: UUID
    number: str
    dealer_id: int
    state: ClockState
    pauses: tuple[datetime, ...]
    policy_version: int
    policy_dealer_id: int | None
    calendar_version: int
    calendar_dealer_id: int | None
    kind: str
    category: str
    urgency: str
    channel: str
    major: bool

    def facts(self) -> CaseFacts:
        """What rules look at."""
        return CaseFacts(self.kind, self.category, self.urgency, self.channel, self.major)

    @property
    def versions(self) -> Versions:
        """What it was made by."""
        return Versions(
            policy_version=self.policy_version,
            policy_dealer_id=self.policy_dealer_id,
            calendar_version=self.calendar_version,
            calendar_dealer_id=self.calendar_dealer_id,
        )


class MadeBy(msgspec.Struct, frozen=True):
    """A policy and hours that a promise may have been made by."""

    policy: ClockPolicy
    hours: Hours


def counted_anew(
    promise: RunningPromise, made_by: Sequence[MadeBy], hours: Hours, now: datetime
) -> PlannedClock | None:
    """The promise by `hours`; None where nothing changes or where it was not planned by any of `made_by`.

    Where the new due instant has passed already, the promise is rebased by the policy's grace.
    """
    return plan_anew(promise.planned(), promise.facts(), spans_of(promise.pauses), made_by, hours, now)


def plan_anew(
    present: PlannedClock,
    facts: CaseFacts,
    pauses: Sequence[Span],
    made_by: Sequence[MadeBy],
    hours: Hours,
    now: datetime,
) -> PlannedClock | None:
    """As `counted_anew`, for a plan made for a case of these `facts` and counted with `pauses`."""
    then = explaining(present, facts, pauses, made_by)
    target = None if then is None else target_of(then.policy, facts, present.metric)
    if then is None or target is None:
        return None
    again = planned_by(MadeBy(then.policy, hours), target, present, pauses, now)
    return None if again == present else again


def explaining(
    present: PlannedClock, facts: CaseFacts, pauses: Sequence[Span], made_by: Sequence[MadeBy]
) -> MadeBy | None:
    """The first of `made_by` that gives the plan's due instant; None where a person gave it.

    Nothing explains the answer to a call for help: it climbs from where the call was made.
    """
    if present.metric is Metric.HELP:
        return None
    for then in made_by:
        target = target_of(then.policy, facts, present.metric)
        if target is not None and _gives(then, target, present, pauses):
            return then
    return None


def planned_by(
    wanted: MadeBy, target: MetricTarget, present: PlannedClock, pauses: Sequence[Span], now: datetime
) -> PlannedClock:
    """The plan from its original start by another target or hours, less the pauses of the policy."""
    grace = timedelta(minutes=wanted.policy.grace_minutes)
    hours = wanted.hours
    paused = _paused(present, pauses, wanted.policy)
    again = clock.replan(target, hours.calendar, present, now, grace, paused, hours.fallback)
    return again if again is present else _keeping(again, present, wanted.policy)


def by_another_policy(
    present: PlannedClock, then: ClockPolicy, wanted: ClockPolicy, pauses: Sequence[Span]
) -> PlannedClock:
    """The plan that a policy takes over from another: no pause that it had is lost."""
    had = _paused(present, pauses, then)
    if not had or pause.pauses(present.metric, wanted.pauses):
        return present
    return msgspec.structs.replace(present, pauses_kept_until=max(ends for _, ends in had))


def late_promise(
    made_by: MadeBy,
    promise: MetricTarget,
    started_at: datetime,
    now: datetime,
    pauses: Sequence[Span],
    kept_until: datetime | None = None,
) -> PlannedClock:
    """A promise made only `now` that counts from `started_at`; the grace where that is over already.

    `kept_until` as `PlannedClock.pauses_kept_until`, of one that comes back.
    """
    grace = timedelta(minutes=made_by.policy.grace_minutes)
    paused = pause.counted(promise.metric, pauses, made_by.policy.pauses, kept_until)
    due_by_grace = _ALWAYS.due(now, grace, paused)
    unplanned = PlannedClock(promise.metric, started_at, due_by_grace, (), (), pauses_kept_until=kept_until)
    return planned_by(made_by, promise, unplanned, pauses, now)


def paused_anew(
    running: PlannedClock,
    facts: CaseFacts,
    made_by: Sequence[MadeBy],
    before: Sequence[Span],
    after: Sequence[Span],
) -> PlannedClock:
    """The clock with other pauses than `before`; unchanged where none of them counts for its promise.

    A clock that policy and calendar do not explain, such as a rebased one, moves by real time.
    """
    counted = [
        (then, _paused(running, before, then.policy), _paused(running, after, then.policy))
        for then in made_by
    ]
    changed = [each for each in counted if each[1] != each[2]]
    for then, _, paused in changed:
        target = target_of(then.policy, facts, running.metric)
        if target is not None and _gives(then, target, running, before):
            hours = then.hours
            again = clock.plan(target, hours.calendar, running.started_at, paused, hours.fallback)
            return _keeping(again, running, then.policy)
    return _moved(running, *changed[0][1:]) if changed else running


def _paused(plan: PlannedClock, pauses: Sequence[Span], policy: ClockPolicy) -> tuple[Span, ...]:
    """The pauses that count for a plan by the policy that it is promised by."""
    return pause.counted(plan.metric, pauses, policy.pauses, plan.pauses_kept_until)


def _keeping(again: PlannedClock, present: PlannedClock, policy: ClockPolicy) -> PlannedClock:
    """The new plan with the pauses kept for the present one, where the policy has none of its own."""
    kept = None if pause.pauses(present.metric, policy.pauses) else present.pauses_kept_until
    return msgspec.structs.replace(again, pauses_kept_until=kept)


def _moved(running: PlannedClock, before: Sequence[Span], after: Sequence[Span]) -> PlannedClock:
    start = running.started_at

    def anew(at: datetime) -> datetime:
        return _ALWAYS.due(start, _ALWAYS.elapsed(start, at, before), after)

    schedule = tuple(anew(each) for each in running.schedule)
    return msgspec.structs.replace(running, due_at=anew(running.due_at), schedule=schedule)


def _gives(then: MadeBy, target: MetricTarget, running: PlannedClock, pauses: Sequence[Span]) -> bool:
    paused = _paused(running, pauses, then.policy)
    hours = then.hours.fallback if running.provisional else then.hours.calendar
    try:
        return clock.due_of(target, hours, running.started_at, paused) == running.due_at
    except UnknownYear:
        return False
