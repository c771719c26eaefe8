"""Changes of the clocks: what counts is real time while the wall clock reads inside an interval (R4.3).

Instants are written in UTC, with the local reading beside them.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.sla.working_time import WorkingCalendar
from tests.unit.sla.calendars import next_opening

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def daily(time_zone: str, *pairs: tuple[str, str]) -> WorkingCalendar:
    return WorkingCalendar.parse(time_zone, {day: list(pairs) for day in WEEK})


def utc(year: int, month: int, day: int, *clock: int) -> datetime:
    return datetime(year, month, day, *clock, tzinfo=UTC)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("time_zone", "begin", "end", "expected"),
    [
        ("Europe/Berlin", utc(2026, 10, 24, 22), utc(2026, 10, 25, 23), 25),
        ("Europe/Berlin", utc(2026, 3, 28, 23), utc(2026, 3, 29, 22), 23),
        ("Australia/Lord_Howe", utc(2026, 4, 4, 13), utc(2026, 4, 5, 13, 30), 24.5),
        ("Australia/Lord_Howe", utc(2026, 10, 3, 13, 30), utc(2026, 10, 4, 13), 23.5),
        ("Antarctica/Troll", utc(2026, 10, 24, 22), utc(2026, 10, 26), 26),
    ],
)
def test_a_sunday_open_all_day_has_as_many_hours_as_really_pass(time_zone, begin, end, expected):
    calendar = daily(time_zone, ("00:00", "24:00"))
    assert calendar.elapsed(begin, end) == hours(expected)
    assert calendar.due(begin, hours(expected)) == end


class TestFold:
    """Berlin, 2026-10-25: 03:00 summer time is 02:00 winter time again, at 01:00 UTC."""

    def test_an_hour_read_twice_counts_twice(self):
        calendar = daily("Europe/Berlin", ("02:00", "03:00"))
        assert calendar.elapsed(utc(2026, 10, 25), utc(2026, 10, 26)) == hours(2)

    def test_an_interval_inside_the_repeated_hour_opens_twice(self):
        calendar = daily("Europe/Berlin", ("02:15", "02:45"))
        assert next_opening(calendar, utc(2026, 10, 25)) == utc(2026, 10, 25, 0, 15)
        assert next_opening(calendar, utc(2026, 10, 25, 0, 45)) == utc(2026, 10, 25, 1, 15)
        assert calendar.due(utc(2026, 10, 25), timedelta(minutes=40)) == utc(2026, 10, 25, 1, 25)

    def test_an_interval_that_begins_in_the_repeated_hour_is_left_and_entered_again(self):
        calendar = daily("Europe/Berlin", ("02:30", "04:00"))
        assert calendar.is_open(utc(2026, 10, 25, 0, 45))
        assert not calendar.is_open(utc(2026, 10, 25, 1, 15))
        assert calendar.is_open(utc(2026, 10, 25, 1, 45))
        assert calendar.elapsed(utc(2026, 10, 25), utc(2026, 10, 26)) == hours(2)

    def test_an_interval_that_ends_in_the_repeated_hour_is_entered_again(self):
        calendar = daily("Europe/Berlin", ("01:00", "02:30"))
        assert calendar.elapsed(utc(2026, 10, 24, 22), utc(2026, 10, 25, 22)) == hours(2)
        assert calendar.due(utc(2026, 10, 24, 22), hours(2)) == utc(2026, 10, 25, 1, 30)

    def test_a_working_day_closes_with_the_last_reading(self):
        calendar = daily("Europe/Berlin", ("01:00", "02:30"))
        assert calendar.add_working_days(utc(2026, 10, 24, 12), 1) == utc(2026, 10, 25, 1, 30)

    def test_a_start_in_either_of_the_two_hours_is_told_apart(self):
        calendar = daily("Europe/Berlin", ("00:00", "24:00"))
        first, second = (datetime.fromisoformat(f"2026-10-25T02:30:00+0{offset}:00") for offset in (2, 1))
        assert calendar.elapsed(first, second) == hours(1)

    def test_an_overnight_shift_is_an_hour_longer(self):
        calendar = daily("Europe/Berlin", ("22:00", "06:00"))
        assert calendar.due(utc(2026, 10, 24, 20), hours(9)) == utc(2026, 10, 25, 5)


class TestGap:
    """Berlin, 2026-03-29: 02:00 winter time is 03:00 summer time, at 01:00 UTC."""

    def test_a_skipped_hour_counts_nothing(self):
        calendar = daily("Europe/Berlin", ("02:00", "03:00"))
        assert calendar.elapsed(utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)) == hours(0)
        assert calendar.due(utc(2026, 3, 28, 23), hours(1)) == utc(2026, 3, 30, 1)

    def test_bounds_inside_the_gap_are_met_where_the_wall_clock_jumps(self):
        until, since = daily("Europe/Berlin", ("01:00", "02:30")), daily("Europe/Berlin", ("02:30", "04:00"))
        assert until.elapsed(utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)) == hours(1)
        assert since.elapsed(utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)) == hours(1)
        assert next_opening(since, utc(2026, 3, 28, 23)) == utc(2026, 3, 29, 1)
        assert until.add_working_days(utc(2026, 3, 28, 12), 1) == utc(2026, 3, 29, 1)

    @pytest.mark.parametrize(("opens", "closes"), [("02:15", "02:45"), ("02:00", "03:00")])
    def test_a_day_whose_only_interval_is_skipped_is_no_working_day(self, opens: str, closes: str):
        calendar = daily("Europe/Berlin", (opens, closes))
        closing = datetime.fromisoformat(f"2026-03-30T{closes}:00+02:00")
        assert calendar.add_working_days(utc(2026, 3, 28, 12), 1) == closing

    def test_an_overnight_shift_is_an_hour_shorter(self):
        calendar = daily("Europe/Berlin", ("22:00", "06:00"))
        assert calendar.elapsed(utc(2026, 3, 28, 12), utc(2026, 3, 29, 12)) == hours(7)

    def test_lord_howe_skips_half_an_hour(self):
        """2026-10-04: 02:00 is 02:30, at 15:30 UTC of the day before."""
        calendar = daily("Australia/Lord_Howe", ("22:00", "06:00"))
        assert calendar.elapsed(utc(2026, 10, 3, 9, 30), utc(2026, 10, 3, 21)) == hours(7.5)


class TestFoldAcrossMidnight:
    """St John's until 2011 fell back at 00:01: the date changes, changes back, and changes again.

    On 2010-11-07, 00:01 summer time (02:31 UTC) was 23:01 winter time of the 6th; midnight came again at
    03:30 UTC.
    """

    def test_the_next_date_is_read_for_a_minute_and_then_left_again(self):
        sundays = WorkingCalendar.parse("America/St_Johns", {"sun": [("00:00", "24:00")]})
        assert next_opening(sundays, utc(2010, 11, 6)) == utc(2010, 11, 7, 2, 30)
        assert sundays.elapsed(utc(2010, 11, 7), utc(2010, 11, 7, 3, 30)) == timedelta(minutes=1)
        assert next_opening(sundays, utc(2010, 11, 7, 2, 31)) == utc(2010, 11, 7, 3, 30)

    def test_the_openings_of_both_dates_are_worked_in_the_order_they_happen(self):
        calendar = WorkingCalendar.parse(
            "America/St_Johns", {"sat": [("23:30", "24:00")], "sun": [("00:00", "00:30")]}
        )
        begin = utc(2010, 11, 7)
        assert calendar.elapsed(begin, utc(2010, 11, 7, 12)) == timedelta(minutes=30 + 1 + 30 + 30)
        assert calendar.due(begin, timedelta(minutes=31)) == utc(2010, 11, 7, 2, 31)
        assert calendar.due(begin, timedelta(minutes=32)) == utc(2010, 11, 7, 3, 1)


class TestMissingFriday:
    """Apia crossed the date line: after Thursday 2011-12-29 24:00 came Saturday 2011-12-31 00:00, at 10:00
    UTC."""

    def test_the_friday_that_never_was_counts_nothing(self):
        calendar = daily("Pacific/Apia", ("09:00", "17:00"))
        assert calendar.elapsed(utc(2011, 12, 29, 10), utc(2011, 12, 31, 10)) == hours(16)
        assert calendar.due(utc(2011, 12, 29, 10), hours(9)) == utc(2011, 12, 30, 20)

    def test_it_is_no_working_day(self):
        calendar = daily("Pacific/Apia", ("09:00", "17:00"))
        assert calendar.add_working_days(utc(2011, 12, 29, 20), 1) == utc(2011, 12, 31, 3)

    def test_an_overnight_shift_into_it_ends_at_midnight(self):
        thursdays = WorkingCalendar.parse("Pacific/Apia", {"thu": [("22:00", "06:00")]})
        assert thursdays.elapsed(utc(2011, 12, 29), utc(2012, 1, 1)) == hours(2)
        assert thursdays.add_working_days(utc(2011, 12, 29), 1) == utc(2011, 12, 30, 10)

    def test_a_holiday_on_it_closes_nothing_else(self):
        week = {day: [("22:00", "06:00")] for day in WEEK}
        calendar = WorkingCalendar.parse("Pacific/Apia", week, [date(2011, 12, 30)])
        assert calendar.elapsed(utc(2011, 12, 29, 10), utc(2011, 12, 31, 10)) == hours(6 + 2 + 2)


def test_a_date_read_twice_is_worked_twice():
    """Kwajalein crossed the other way: 1969-09-30 24:00, at 13:00 UTC, was 01:00 of the same date again."""
    calendar = daily("Pacific/Kwajalein", ("00:00", "24:00"))
    assert calendar.elapsed(utc(1969, 9, 29), utc(1969, 10, 2)) == hours(72)
    tuesdays = WorkingCalendar.parse("Pacific/Kwajalein", {"tue": [("00:00", "24:00")]})
    assert tuesdays.elapsed(utc(1969, 9, 25), utc(1969, 10, 5)) == hours(24 + 23)
