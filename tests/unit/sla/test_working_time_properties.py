"""What holds for every calendar, found by random search around the changes of the clocks (R4.3)."""

from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.sla.working_time import NeverOpens, Span, WorkingCalendar
from tests.unit.sla.calendars import SPREAD_DAYS, hours_and_anchor, minutes_near, pauses_near
from tests.unit.sla.slow_calculator import MINUTE, Hours

LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
COMPARED = settings(LAW, max_examples=150)
ZERO = timedelta(0)
targets = st.timedeltas(min_value=ZERO, max_value=timedelta(days=20))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Hours, datetime, list[Span]]:
    """A calendar, an instant and pauses."""
    hours, anchor = draw(hours_and_anchor())
    return hours, draw(minutes_near(anchor)), draw(pauses_near(anchor))


@COMPARED
@given(situations(), st.data())
def test_elapsed_agrees_with_reading_the_clock_minute_by_minute(situation, data: st.DataObject):
    hours, start, pauses = situation
    end = start + data.draw(st.integers(0, SPREAD_DAYS * 24 * 60)) * MINUTE
    expected = hours.elapsed_minutes(start, end, pauses) * MINUTE
    assert hours.calendar().elapsed(start, end, pauses) == expected


@COMPARED
@given(situations(), st.integers(0, 3_000))
def test_due_agrees_with_reading_the_clock_minute_by_minute(situation, minutes: int):
    hours, start, pauses = situation
    limit = start + timedelta(days=SPREAD_DAYS * 2)
    expected = hours.due(start, minutes, limit, pauses)
    try:
        due = hours.calendar().due(start, minutes * MINUTE, pauses)
    except NeverOpens:
        due = None
    assert due == expected or (expected is None and due is not None and due > limit)


@LAW
@given(situations())
def test_being_open_agrees_with_the_slow_calculator(situation):
    hours, at, _ = situation
    assert hours.calendar().is_open(at) == hours.is_open(at)


@LAW
@given(situations(), targets)
def test_elapsed_is_the_inverse_of_due(situation, target: timedelta):
    hours, start, pauses = situation
    calendar = hours.calendar()
    assert calendar.elapsed(start, calendar.due(start, target, pauses), pauses) == target


@LAW
@given(situations(), st.timedeltas(min_value=ZERO, max_value=timedelta(days=20)))
def test_due_of_what_has_elapsed_is_the_earliest_instant_with_as_much_worked(situation, span: timedelta):
    hours, start, pauses = situation
    calendar, end = hours.calendar(), start + span
    worked = calendar.elapsed(start, end, pauses)
    due = calendar.due(start, worked, pauses)
    assert due <= end
    assert calendar.elapsed(due, end, pauses) == ZERO
    if due > start:
        assert calendar.elapsed(start, due - timedelta.resolution, pauses) < worked


@LAW
@given(situations(), targets)
def test_due_is_never_before_the_start_nor_before_the_target_could_really_pass(situation, target: timedelta):
    hours, start, pauses = situation
    assert hours.calendar().due(start, target, pauses) >= start + target


@LAW
@given(situations(), targets, targets)
def test_due_grows_with_the_target(situation, one: timedelta, other: timedelta):
    hours, start, pauses = situation
    calendar = hours.calendar()
    shorter, longer = sorted((one, other))
    assert calendar.due(start, shorter, pauses) <= calendar.due(start, longer, pauses)


@LAW
@given(situations(), targets, st.timedeltas(min_value=ZERO, max_value=timedelta(days=5)))
def test_a_later_start_is_never_due_earlier(situation, target: timedelta, later: timedelta):
    hours, start, pauses = situation
    calendar = hours.calendar()
    assert calendar.due(start, target, pauses) <= calendar.due(start + later, target, pauses)


@LAW
@given(situations(), targets, targets)
def test_a_target_may_be_worked_in_two_parts(situation, first: timedelta, second: timedelta):
    hours, start, pauses = situation
    calendar = hours.calendar()
    in_parts = calendar.due(calendar.due(start, first, pauses), second, pauses)
    assert in_parts == calendar.due(start, first + second, pauses)


@LAW
@given(situations(), st.timedeltas(min_value=ZERO, max_value=timedelta(days=5)), st.floats(0, 1))
def test_time_adds_up_wherever_it_is_divided(situation, span: timedelta, share: float):
    hours, start, pauses = situation
    calendar = hours.calendar()
    end, middle = start + span, start + span * share
    parts = calendar.elapsed(start, middle, pauses) + calendar.elapsed(middle, end, pauses)
    assert parts == calendar.elapsed(start, end, pauses)


@LAW
@given(situations(), targets, st.timedeltas(min_value=ZERO, max_value=timedelta(days=5)), st.floats(0, 1))
def test_what_is_worked_before_and_after_a_pause_makes_the_target(situation, target, length, share: float):
    hours, start, _ = situation
    calendar = hours.calendar()
    begins = start + (calendar.due(start, target) - start) * share
    pause = (begins, begins + length)
    before = calendar.elapsed(start, begins)
    after = calendar.elapsed(pause[1], calendar.due(start, target, [pause]))
    assert before + max(after, ZERO) == target


@LAW
@given(situations(), targets)
def test_a_pause_costs_exactly_the_working_time_it_covers(situation, target: timedelta):
    hours, start, pauses = situation
    calendar = hours.calendar()
    due = calendar.due(start, target, pauses)
    lost = calendar.elapsed(start, due) - calendar.elapsed(start, due, pauses)
    assert calendar.elapsed(start, due) == target + lost


@LAW
@given(situations(), targets, st.randoms(use_true_random=False))
def test_the_order_of_pauses_and_their_repetition_do_not_matter(situation, target: timedelta, random):
    hours, start, pauses = situation
    calendar = hours.calendar()
    shuffled = [*pauses, *pauses]
    random.shuffle(shuffled)
    assert calendar.due(start, target, shuffled) == calendar.due(start, target, pauses)


@LAW
@given(hours_and_anchor((("Etc/GMT-8", datetime(2026, 6, 12, tzinfo=UTC)),)), st.data(), targets)
def test_a_calendar_of_a_fixed_offset_is_the_utc_calendar_shifted(
    drawn, data: st.DataObject, target: timedelta
):
    hours, anchor = drawn
    start, offset = data.draw(minutes_near(anchor)), timedelta(hours=8)
    in_utc = Hours("UTC", hours.weekly, hours.holidays, hours.extra).calendar()
    assert hours.calendar().due(start, target) == in_utc.due(start + offset, target) - offset


@LAW
@given(situations(), targets)
def test_a_calendar_remembers_days_without_changing_its_answers(situation, target: timedelta):
    hours, start, pauses = situation
    used = hours.calendar()
    used.due(start - timedelta(days=30), timedelta(days=3))
    assert used.due(start, target, pauses) == hours.calendar().due(start, target, pauses)


@LAW
@given(situations(), st.integers(1, 8))
def test_working_days_end_at_a_closing(situation, days: int):
    hours, start, _ = situation
    calendar = hours.calendar()
    closing = calendar.add_working_days(start, days)
    assert closing > start
    assert calendar.is_open(closing - timedelta.resolution)


@pytest.mark.slow
@pytest.mark.parametrize("time_zone", ["Asia/Shanghai", "Europe/Berlin"])
def test_remembering_too_many_days_forgets_the_oldest_and_stays_right(time_zone: str):
    calendar = WorkingCalendar.parse(time_zone, {"mon": [("09:00", "18:00")]})
    start = datetime(2026, 1, 1, tzinfo=UTC)
    years = timedelta(hours=9) * 52 * 30
    assert calendar.elapsed(start, calendar.due(start, years)) == years


def test_a_target_of_three_working_days_is_reckoned_five_thousand_times_a_second():
    week = {day: [("09:00", "18:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
    calendar = WorkingCalendar.parse("Asia/Shanghai", week, known_years=range(2004, 2027))
    starts = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=97 * step) for step in range(5_000)]
    begun = process_time()
    for start in starts:
        calendar.due(start, timedelta(hours=27))
    by_hours = process_time()
    for start in starts:
        calendar.add_working_days(start, 3)
    by_days = process_time()
    assert by_hours - begun < 1
    assert by_days - by_hours < 1
