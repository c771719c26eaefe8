"""Counting a running promise again: by another calendar, with other pauses (R4.3; "Pause", "Changes")."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec

from shared.calendars.definition import CalendarDefinition
from shared.calendars.editing import set_year
from shared.cases.promises import Hours, hours_of
from shared.cases.recount import MadeBy, RunningPromise, counted_anew, paused_anew
from shared.sla import clock
from shared.sla.clock import PlannedClock
from shared.sla.default_policy import default_clock_policy
from shared.sla.policy import CaseFacts, Metric, targets_for
from shared.sla.repository import ClockState
from shared.sla.working_time import Span

WEEK = ("mon", "tue", "wed", "thu", "fri")
OFFICE = CalendarDefinition(time_zone="Asia/Shanghai", weekly=dict.fromkeys(WEEK, (("09:00", "18:00"),)))
POLICY = default_clock_policy()
FACTS = CaseFacts("complaint", "SA", "medium", "phone")
THEN = [MadeBy(POLICY, hours_of(OFFICE))]


def shanghai(day: int, hour: int) -> datetime:
    return datetime(2026, 6, day, hour - 8, tzinfo=UTC)


RECEIVED = shanghai(15, 9)
DUE = shanghai(22, 18)
"""Five working days after Monday 15 June, in a calendar without holidays."""

TUESDAY: Span = (shanghai(16, 9), shanghai(16, 18))


def planned(metric: Metric = Metric.RESOLVE) -> PlannedClock:
    target = next(each for each in targets_for(POLICY, FACTS) if each.metric is metric)
    return clock.plan(target, THEN[0].hours.calendar, RECEIVED)


def promise(running: PlannedClock, *pauses: datetime) -> RunningPromise:
    return RunningPromise(
        id=UUID(int=1),
        case_id=UUID(int=2),
        number="AF20260615001",
        dealer_id=3,
        metric=running.metric,
        state=ClockState.RUNNING,
        started_at=running.started_at,
        due_at=running.due_at,
        steps=running.steps,
        schedule=running.schedule,
        provisional=running.provisional,
        rebased=running.rebased,
        pauses_kept_until=running.pauses_kept_until,
        pauses=pauses,
        policy_version=1,
        policy_dealer_id=0,
        calendar_version=1,
        calendar_dealer_id=0,
        kind=FACTS.kind,
        category=FACTS.category,
        urgency=FACTS.urgency,
        channel=FACTS.channel,
        major=False,
    )


def with_holiday(day: int) -> Hours:
    return hours_of(set_year(OFFICE, 2026, [date(2026, 6, day)], {}, complete=False))


def test_another_calendar_moves_what_was_planned_by_the_one_before():
    again = counted_anew(promise(planned()), THEN, with_holiday(19), shanghai(15, 10))
    assert again is not None
    assert again.due_at == shanghai(23, 18)
    assert counted_anew(promise(planned()), THEN, THEN[0].hours, shanghai(15, 10)) is None


def test_another_calendar_keeps_the_pauses():
    paused = paused_anew(planned(), FACTS, THEN, (), [TUESDAY])
    again = counted_anew(promise(paused, *TUESDAY), THEN, with_holiday(19), shanghai(15, 10))
    assert paused.due_at == shanghai(23, 18)
    assert again is not None
    assert again.due_at == shanghai(24, 18)


def test_a_day_that_a_person_gave_stays():
    """A customer's date or a grace is not what policy and calendar give."""
    moved = msgspec.structs.replace(planned(), due_at=shanghai(24, 12))
    assert counted_anew(promise(moved), THEN, with_holiday(19), shanghai(15, 10)) is None


def test_a_promise_that_would_be_over_gets_the_grace():
    later = hours_of(set_year(OFFICE, 2026, [date(2026, 6, 18)], {}, complete=False))
    running = counted_anew(promise(planned()), THEN, later, shanghai(15, 10))
    assert running is not None
    now = shanghai(23, 10)
    back = counted_anew(promise(running), [MadeBy(POLICY, later)], THEN[0].hours, now)
    assert back is not None
    assert back.rebased
    assert back.due_at == now + timedelta(minutes=POLICY.grace_minutes)


def test_a_pause_and_its_end_give_the_first_plan_again():
    paused = paused_anew(planned(), FACTS, THEN, (), [TUESDAY])
    assert paused_anew(paused, FACTS, THEN, [TUESDAY], ()) == planned()
    assert all(not TUESDAY[0] < each < TUESDAY[1] for each in paused.schedule)


def test_what_does_not_pause_stays_as_it_is():
    """proofs.md: first contact never pauses."""
    for metric in (Metric.REGISTER, Metric.FIRST_CONTACT, Metric.FIRST_RESPONSE):
        assert paused_anew(planned(metric), FACTS, THEN, (), [TUESDAY]) == planned(metric)


def test_a_grace_is_paused_in_real_time():
    rebased = msgspec.structs.replace(
        planned(), due_at=shanghai(16, 12), schedule=(shanghai(16, 12),), steps=("level_1",), rebased=True
    )
    paused = paused_anew(rebased, FACTS, THEN, (), [(shanghai(16, 10), shanghai(17, 10))])
    assert paused.due_at == shanghai(17, 12)
    assert paused.schedule == (shanghai(17, 12),)
    assert paused.rebased
    back = paused_anew(paused, FACTS, THEN, [(shanghai(16, 10), shanghai(17, 10))], ())
    assert back == rebased
