"""Counting a running promise again, by another calendar or with other pauses (R4.3). Pure.

A promise keeps the policy it was made by. It is counted again only where that policy and the calendar of then
give its present due instant: a day the customer asked for or a grace was given by a person and stays.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from shared.cases.promises import Hours
from shared.sla import clock
from shared.sla.clock import PlannedClock
from shared.sla.pause import pauses_of, spans_of
from shared.sla.policy import CaseFacts, ClockPolicy, Metric, MetricTarget, target_of
from shared.sla.repository import ClockState, RunsByPlan, Versions
from shared.sla.working_time import Span, WorkingCalendar


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
    counted = pauses_of(present.metric, pauses, wanted.policy.pauses)
    hours = wanted.hours
    return clock.replan(target, hours.calendar, present, now, grace, counted, hours.fallback)


def late_promise(
    made_by: MadeBy, promise: MetricTarget, started_at: datetime, now: datetime, pauses: Sequence[Span]
) -> PlannedClock:
    """A promise made only `now` that counts from `started_at`; the grace where that is over already."""
    due_by_grace = now + timedelta(minutes=made_by.policy.grace_minutes)
    unplanned = PlannedClock(promise.metric, started_at, due_by_grace, (), ())
    return planned_by(made_by, promise, unplanned, pauses, now)


def paused_anew(
    running: PlannedClock,
    facts: CaseFacts,
    made_by: Sequence[MadeBy],
    before: Sequence[Span],
    after: Sequence[Span],
) -> PlannedClock:
    """The clock with other pauses than `before`; unchanged where its promise does not pause.

    A clock that policy and calendar do not explain, such as a rebased one, moves by real time.
    """
    pausing = [then for then in made_by if pauses_of(running.metric, after or before, then.policy.pauses)]
    for then in pausing:
        target = target_of(then.policy, facts, running.metric)
        if target is not None and _gives(then, target, running, before):
            hours = then.hours
            return clock.plan(target, hours.calendar, running.started_at, after, hours.fallback)
    return _moved(running, before, after) if pausing else running


def _moved(running: PlannedClock, before: Sequence[Span], after: Sequence[Span]) -> PlannedClock:
    start, always = running.started_at, WorkingCalendar.always()

    def anew(at: datetime) -> datetime:
        return always.due(start, always.elapsed(start, at, before), after)

    schedule = tuple(anew(each) for each in running.schedule)
    return msgspec.structs.replace(running, due_at=anew(running.due_at), schedule=schedule)


def _gives(then: MadeBy, target: MetricTarget, running: PlannedClock, pauses: Sequence[Span]) -> bool:
    counted = pauses_of(running.metric, pauses, then.policy.pauses)
    planned = clock.plan(target, then.hours.calendar, running.started_at, counted, then.hours.fallback)
    return planned.due_at == running.due_at
