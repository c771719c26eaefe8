"""A year whose holidays are not known is never taken for a year without holidays."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.sla.working_time import UnknownYear, WorkingCalendar
from tests.unit.sla.calendars import next_opening

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE_WEEK = {day: [("09:00", "18:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
NIGHT_WEEK = {day: [("22:00", "06:00")] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
OFFICE = WorkingCalendar.parse("Asia/Shanghai", OFFICE_WEEK, known_years=[2026])
NIGHTS = WorkingCalendar.parse("Asia/Shanghai", NIGHT_WEEK, known_years=[2026])


def china(year: int, month: int, day: int, *clock: int) -> datetime:
    return datetime(year, month, day, *clock, tzinfo=SHANGHAI)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_a_target_worked_within_the_known_years_has_its_due_instant():
    assert OFFICE.due(china(2026, 12, 31, 16), hours(2)) == china(2026, 12, 31, 18)


def test_a_count_that_enters_an_unknown_year_is_refused_and_names_the_year():
    with pytest.raises(UnknownYear) as caught:
        OFFICE.due(china(2026, 12, 31, 16), hours(2) + timedelta.resolution)
    assert caught.value.year == 2027


def test_an_unknown_year_ahead_of_the_known_ones_is_refused_too():
    with pytest.raises(UnknownYear) as caught:
        OFFICE.elapsed(china(2025, 12, 31, 12), china(2026, 1, 5))
    assert caught.value.year == 2025


def test_a_closed_day_of_an_unknown_year_is_unknown_as_well():
    sunday = china(2027, 1, 3, 12)
    with pytest.raises(UnknownYear):
        OFFICE.is_open(sunday)
    with pytest.raises(UnknownYear):
        next_opening(OFFICE, sunday)


def test_it_is_the_local_year_that_counts():
    utc_already_next_year_not_yet = china(2026, 12, 31, 23)
    new_york = WorkingCalendar.parse("America/New_York", OFFICE_WEEK, known_years=[2026])
    assert new_york.elapsed(utc_already_next_year_not_yet, china(2027, 1, 1, 13)) == hours(8)


def test_elapsed_up_to_the_very_end_of_the_known_years_is_known():
    assert OFFICE.elapsed(china(2026, 12, 31), china(2027, 1, 1)) == hours(9)


def test_working_days_of_an_unknown_year_are_not_counted():
    assert OFFICE.add_working_days(china(2026, 12, 30), 1) == china(2026, 12, 31, 18)
    with pytest.raises(UnknownYear):
        OFFICE.add_working_days(china(2026, 12, 31), 1)


def test_the_tail_of_a_shift_begun_in_an_unknown_year_is_not_guessed():
    with pytest.raises(UnknownYear) as caught:
        NIGHTS.elapsed(china(2026, 1, 1), china(2026, 1, 1, 12))
    assert caught.value.year == 2025
    assert OFFICE.elapsed(china(2026, 1, 1), china(2026, 1, 1, 12)) == hours(3)


def test_a_zero_target_needs_no_calendar():
    assert OFFICE.due(china(2027, 5, 1, 12), timedelta(0)) == china(2027, 5, 1, 12)


def test_extra_days_alone_do_not_make_an_unknown_year_known():
    fair = WorkingCalendar.parse(
        "Asia/Shanghai", {}, extra={date(2026, 6, 12): [("09:00", "18:00")]}, known_years=[2026]
    )
    with pytest.raises(UnknownYear):
        fair.elapsed(china(2026, 12, 1), china(2027, 2, 1))


def test_without_known_years_every_year_is_taken_as_it_stands():
    every_year = WorkingCalendar.parse("Asia/Shanghai", OFFICE_WEEK)
    assert every_year.due(china(2026, 12, 31, 17), hours(2)) == china(2027, 1, 1, 10)
