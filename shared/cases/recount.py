"""Counting a running promise again by another calendar (R4.3). Pure.

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
from shared.sla.policy import CaseFacts, ClockPolicy, Metric, MetricTarget, targets_for
from shared.sla.repository import ClockState


class RunningPromise(msgspec.Struct, frozen=True, kw_only=True):
    """A running clock with what its case's rules look at."""

    id: UUID
    case_id: UUID
    number: str
    dealer_id: int
    metric: Metric
    state: ClockState
    started_at: datetime
    due_at: datetime
    steps: tuple[str, ...]
    schedule: tuple[datetime, ...]
    provisional: bool
    rebased: bool
    policy_version: int
    calendar_version: int
    kind: str
    category: str
    urgency: str
    channel: str
    major: bool

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
        )

    def facts(self) -> CaseFacts:
        """What rules look at."""
        return CaseFacts(self.kind, self.category, self.urgency, self.channel, self.major)


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
    present = promise.planned()
    for then in made_by:
        target = _target(then.policy, promise)
        if target is None or not _gives(target, then.hours, promise):
            continue
        grace = timedelta(minutes=then.policy.grace_minutes)
        again = clock.replan(target, hours.calendar, present, now, grace, fallback=hours.fallback)
        return None if again == present else again
    return None


def _target(policy: ClockPolicy, promise: RunningPromise) -> MetricTarget | None:
    promised = targets_for(policy, promise.facts())
    return next((each for each in promised if each.metric is promise.metric), None)


def _gives(target: MetricTarget, hours: Hours, promise: RunningPromise) -> bool:
    planned = clock.plan(target, hours.calendar, promise.started_at, fallback=hours.fallback)
    return planned.due_at == promise.due_at
