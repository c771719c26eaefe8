"""The conventions of working time, one by one (R4.3)."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.sla.working_time import LocalInterval, NeverOpens, WorkingCalendar, WorkingTimeError
from tests.unit.sla.calendars import next_opening

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE_DAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*OFFICE_DAYS, "sat", "sun")


def weekly(*pairs: tuple[str, str], days: Sequence[str] = OFFICE_DAYS) -> dict[str, list[tuple[str, str]]]:
    return {day: list(pairs) for day in days}


def china(year: int, month: int, day: int, *clock: int) -> datetime:
    return datetime(year, month, day, *clock, tzinfo=SHANGHAI)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


OFFICE = WorkingCalendar.parse("Asia/Shanghai", weekly(("09:00", "18:00")))
LUNCH_BREAK = WorkingCalendar.parse("Asia/Shanghai", weekly(("09:00", "12:00"), ("13:30", "18:00")))
NIGHTS = WorkingCalendar.parse("Asia/Shanghai", weekly(("22:00", "06:00"), days=EVERY_DAY))


class TestDue:
    def test_counts_only_opening_hours(self):
        """R4.3: Friday 17:00 and two hours make Monday 10:00."""
        assert OFFICE.due(china(2026, 6, 12, 17), hours(2)) == china(2026, 6, 15, 10)

    def test_is_given_in_utc(self):
        due = OFFICE.due(china(2026, 6, 12, 10), hours(2))
        assert due.tzinfo is UTC
        assert due.isoformat() == "2026-06-12T04:00:00+00:00"

    def test_at_closing_time_stays_at_closing_time(self):
        assert OFFICE.due(china(2026, 6, 12, 16), hours(2)) == china(2026, 6, 12, 18)

    def test_at_the_end_of_one_of_several_intervals_stays_there(self):
        assert LUNCH_BREAK.due(china(2026, 6, 12, 9), hours(3)) == china(2026, 6, 12, 12)

    def test_just_beyond_closing_time_moves_to_the_next_opening(self):
        assert OFFICE.due(china(2026, 6, 12, 16), timedelta(hours=2, microseconds=1)) == china(
            2026, 6, 15, 9
        ) + timedelta(microseconds=1)

    def test_counts_at_once_from_opening_time(self):
        assert OFFICE.due(china(2026, 6, 12, 9), hours(1)) == china(2026, 6, 12, 10)

    def test_from_closing_time_counts_from_the_next_opening(self):
        assert OFFICE.due(china(2026, 6, 11, 18), hours(1)) == china(2026, 6, 12, 10)

    def test_skips_the_lunch_break(self):
        assert LUNCH_BREAK.due(china(2026, 6, 12, 11), hours(2)) == china(2026, 6, 12, 14, 30)

    @pytest.mark.parametrize(
        "start", [china(2026, 6, 12, 10), china(2026, 6, 12, 18), china(2026, 6, 13, 3, 7, 11)]
    )
    def test_of_a_zero_target_is_the_start_itself_also_outside_hours(self, start: datetime):
        assert OFFICE.due(start, timedelta(0)) == start

    def test_keeps_seconds_and_microseconds(self):
        start = china(2026, 6, 12, 17, 59, 30, 250_000)
        assert OFFICE.due(start, timedelta(minutes=1)) == china(2026, 6, 15, 9, 0, 30, 250_000)

    def test_refuses_a_negative_target(self):
        with pytest.raises(WorkingTimeError, match="negative"):
            OFFICE.due(china(2026, 6, 12, 9), timedelta(seconds=-1))

    def test_refuses_a_naive_start(self):
        with pytest.raises(WorkingTimeError, match="time zone"):
            OFFICE.due(datetime(2026, 6, 12, 9), hours(1))  # noqa: DTZ001

    @pytest.mark.parametrize("year", [1, 1899, 9001, 9999])
    def test_refuses_instants_beyond_reckoning(self, year: int):
        with pytest.raises(WorkingTimeError, match="between the years"):
            OFFICE.due(datetime(year, 6, 12, 9, tzinfo=UTC), hours(1))


class TestElapsed:
    def test_counts_only_opening_hours(self):
        assert LUNCH_BREAK.elapsed(china(2026, 6, 12, 8), china(2026, 6, 15, 10)) == hours(8.5)

    def test_is_exact_to_the_microsecond(self):
        start, end = china(2026, 6, 12, 17, 59, 59, 999_999), china(2026, 6, 15, 9, 0, 0, 1)
        assert OFFICE.elapsed(start, end) == timedelta(microseconds=2)

    def test_is_negative_when_the_end_lies_before_the_start(self):
        assert OFFICE.elapsed(china(2026, 6, 15, 10), china(2026, 6, 12, 17)) == -hours(2)

    def test_refuses_naive_instants(self):
        with pytest.raises(WorkingTimeError, match="time zone"):
            OFFICE.elapsed(china(2026, 6, 12, 9), datetime(2026, 6, 12, 10))  # noqa: DTZ001


class TestOvernight:
    def test_an_interval_may_cross_midnight(self):
        assert NIGHTS.due(china(2026, 6, 12, 23), hours(6)) == china(2026, 6, 13, 5)

    def test_it_belongs_to_the_day_it_begins_on(self):
        mondays = WorkingCalendar.parse("Asia/Shanghai", {"mon": [("22:00", "06:00")]})
        assert mondays.elapsed(china(2026, 6, 15), china(2026, 6, 17)) == hours(8)
        assert mondays.due(china(2026, 6, 15), hours(3)) == china(2026, 6, 16, 1)

    def test_it_may_end_at_midnight_written_either_way(self):
        for midnight in ("24:00", "00:00"):
            evenings = WorkingCalendar.parse("Asia/Shanghai", weekly(("20:00", midnight), days=EVERY_DAY))
            assert evenings.due(china(2026, 6, 12, 21), hours(3)) == china(2026, 6, 13)

    def test_whole_days_join_without_a_seam(self):
        always = WorkingCalendar.parse("Asia/Shanghai", weekly(("00:00", "24:00"), days=EVERY_DAY))
        assert always.due(china(2026, 6, 12, 17), hours(24 * 7)) == china(2026, 6, 19, 17)

    def test_overlapping_intervals_count_once(self):
        calendar = WorkingCalendar.parse(
            "Asia/Shanghai",
            weekly(("09:00", "13:00"), ("12:00", "18:00"), ("17:00", "10:00"), days=EVERY_DAY),
        )
        assert calendar.elapsed(china(2026, 6, 12), china(2026, 6, 13)) == hours(24)

    def test_intervals_may_be_given_in_any_order(self):
        calendar = WorkingCalendar.parse("Asia/Shanghai", weekly(("13:30", "18:00"), ("09:00", "12:00")))
        assert calendar.due(china(2026, 6, 12, 11), hours(2)) == china(2026, 6, 12, 14, 30)


class TestHolidays:
    def test_a_holiday_is_closed(self):
        calendar = WorkingCalendar.parse("Asia/Shanghai", weekly(("09:00", "18:00")), [date(2026, 6, 19)])
        assert calendar.due(china(2026, 6, 18, 17), hours(2)) == china(2026, 6, 22, 10)

    def test_it_leaves_the_tail_of_the_evening_before_open(self):
        calendar = WorkingCalendar.parse(
            "Asia/Shanghai", weekly(("22:00", "06:00"), days=EVERY_DAY), [date(2026, 6, 19)]
        )
        assert calendar.is_open(china(2026, 6, 19, 5, 59))
        assert not calendar.is_open(china(2026, 6, 19, 23))

    def test_it_closes_the_whole_of_the_interval_that_begins_on_it(self):
        calendar = WorkingCalendar.parse(
            "Asia/Shanghai", weekly(("22:00", "06:00"), days=EVERY_DAY), [date(2026, 6, 19)]
        )
        assert not calendar.is_open(china(2026, 6, 20, 1))
        assert calendar.is_open(china(2026, 6, 20, 22))

    def test_an_extra_day_is_worked_by_its_own_intervals(self):
        """A make-up Saturday: 2026-02-14 is worked for the Spring Festival."""
        calendar = WorkingCalendar.parse(
            "Asia/Shanghai", weekly(("09:00", "18:00")), extra={date(2026, 2, 14): [("10:00", "12:00")]}
        )
        assert calendar.due(china(2026, 2, 13, 17), hours(2)) == china(2026, 2, 14, 11)
        assert calendar.due(china(2026, 2, 13, 17), hours(4)) == china(2026, 2, 16, 10)

    def test_an_extra_day_wins_over_a_holiday_and_over_the_weekday(self):
        own = {date(2026, 6, 19): [("10:00", "12:00")]}
        calendar = WorkingCalendar.parse(
            "Asia/Shanghai", weekly(("09:00", "18:00")), [date(2026, 6, 19)], own
        )
        assert calendar.elapsed(china(2026, 6, 19), china(2026, 6, 20)) == hours(2)

    def test_an_extra_day_may_run_past_midnight(self):
        own = {date(2026, 6, 20): [("20:00", "02:00")]}
        calendar = WorkingCalendar.parse("Asia/Shanghai", weekly(("09:00", "18:00")), extra=own)
        assert calendar.due(china(2026, 6, 20), hours(5)) == china(2026, 6, 21, 1)


class TestPauses:
    def test_a_pause_moves_the_due_instant_by_the_hours_it_covers(self):
        pause = (china(2026, 6, 12, 10), china(2026, 6, 12, 11))
        assert OFFICE.due(china(2026, 6, 12, 9), hours(2), [pause]) == china(2026, 6, 12, 12)

    def test_overlapping_pauses_count_once(self):
        pauses = [
            (china(2026, 6, 12, 11), china(2026, 6, 12, 13)),
            (china(2026, 6, 12, 10), china(2026, 6, 12, 12)),
            (china(2026, 6, 12, 10, 30), china(2026, 6, 12, 11)),
        ]
        assert OFFICE.due(china(2026, 6, 12, 9), hours(2), pauses) == china(2026, 6, 12, 14)
        assert OFFICE.elapsed(china(2026, 6, 12, 9), china(2026, 6, 12, 18), pauses) == hours(6)

    def test_a_pause_outside_hours_changes_nothing(self):
        night = (china(2026, 6, 12, 18), china(2026, 6, 15, 9))
        assert OFFICE.due(china(2026, 6, 12, 17), hours(2), [night]) == china(2026, 6, 15, 10)

    def test_pauses_are_half_open(self):
        first, second = (
            (china(2026, 6, 12, 10), china(2026, 6, 12, 11)),
            (china(2026, 6, 12, 11), china(2026, 6, 12, 12)),
        )
        assert OFFICE.due(china(2026, 6, 12, 9), hours(1), [first]) == china(2026, 6, 12, 10)
        assert OFFICE.elapsed(china(2026, 6, 12, 9), china(2026, 6, 12, 13), [first, second]) == hours(2)

    def test_an_empty_pause_changes_nothing(self):
        empty = (china(2026, 6, 12, 10), china(2026, 6, 12, 10))
        assert OFFICE.due(china(2026, 6, 12, 9), hours(2), [empty]) == china(2026, 6, 12, 11)

    def test_a_pause_that_covers_the_start_delays_it(self):
        pause = (china(2026, 6, 11, 9), china(2026, 6, 12, 12))
        assert OFFICE.due(china(2026, 6, 12, 9), hours(2), [pause]) == china(2026, 6, 12, 14)

    def test_a_zero_target_is_due_at_its_start_even_in_a_pause(self):
        start = china(2026, 6, 12, 10)
        assert OFFICE.due(start, timedelta(0), [(china(2026, 6, 12, 9), china(2026, 6, 12, 12))]) == start

    def test_pauses_may_be_any_iterable(self):
        pauses = iter([(china(2026, 6, 12, 10), china(2026, 6, 12, 11))])
        assert OFFICE.elapsed(china(2026, 6, 12, 12), china(2026, 6, 12, 9), pauses) == -hours(2)

    def test_a_pause_that_ends_before_it_begins_is_refused(self):
        backwards = (china(2026, 6, 12, 11), china(2026, 6, 12, 10))
        with pytest.raises(WorkingTimeError, match="pause"):
            OFFICE.due(china(2026, 6, 12, 9), hours(1), [backwards])


class TestWorkingDays:
    def test_end_at_the_closing_of_the_nth_day_after_the_local_date_of_the_start(self):
        """Thursday morning and three working days make Tuesday 18:00."""
        assert OFFICE.add_working_days(china(2026, 6, 11, 8), 3) == china(2026, 6, 16, 18)

    @pytest.mark.parametrize(
        "start", [china(2026, 6, 11), china(2026, 6, 11, 10), china(2026, 6, 11, 23, 59, 59)]
    )
    def test_do_not_depend_on_the_hour_of_the_start(self, start: datetime):
        assert OFFICE.add_working_days(start, 1) == china(2026, 6, 12, 18)

    def test_are_counted_on_the_local_date_not_the_utc_date(self):
        start = datetime(2026, 6, 10, 20, tzinfo=UTC)
        assert OFFICE.add_working_days(start, 1) == china(2026, 6, 12, 18)

    def test_from_a_closed_day_begin_with_the_next_working_day(self):
        assert OFFICE.add_working_days(china(2026, 6, 13, 12), 1) == china(2026, 6, 15, 18)

    def test_skip_holidays_and_count_extra_days(self):
        calendar = WorkingCalendar.parse(
            "Asia/Shanghai",
            weekly(("09:00", "18:00")),
            [date(2026, 6, 15)],
            {date(2026, 6, 13): [("10:00", "12:00"), ("13:00", "16:00")]},
        )
        assert calendar.add_working_days(china(2026, 6, 12, 9), 1) == china(2026, 6, 13, 16)
        assert calendar.add_working_days(china(2026, 6, 12, 9), 2) == china(2026, 6, 16, 18)

    def test_of_overnight_shifts_close_the_next_morning(self):
        assert NIGHTS.add_working_days(china(2026, 6, 12, 3), 1) == china(2026, 6, 14, 6)

    def test_zero_of_them_are_over_at_the_start(self):
        assert OFFICE.add_working_days(china(2026, 6, 13, 3), 0) == china(2026, 6, 13, 3)

    def test_cannot_be_negative(self):
        with pytest.raises(WorkingTimeError, match="negative"):
            OFFICE.add_working_days(china(2026, 6, 12), -1)


class TestOpenings:
    def test_opening_time_is_inside_and_closing_time_is_outside(self):
        assert OFFICE.is_open(china(2026, 6, 12, 9))
        assert not OFFICE.is_open(china(2026, 6, 12, 9) - timedelta.resolution)
        assert OFFICE.is_open(china(2026, 6, 12, 18) - timedelta.resolution)
        assert not OFFICE.is_open(china(2026, 6, 12, 18))

    def test_the_next_opening_is_the_instant_itself_when_open(self):
        assert next_opening(OFFICE, china(2026, 6, 12, 9, 30)) == china(2026, 6, 12, 9, 30)

    def test_the_next_opening_after_closing_is_on_the_next_working_day(self):
        assert next_opening(OFFICE, china(2026, 6, 12, 18)) == china(2026, 6, 15, 9)

    def test_a_clock_that_always_runs_counts_real_time(self):
        start = china(2026, 6, 13, 3, 2, 1)
        assert WorkingCalendar.always().due(start, hours(24)) == start + hours(24)


class TestNeverOpens:
    EMPTY = WorkingCalendar.parse("Asia/Shanghai", {"mon": []})
    ONE_DAY = WorkingCalendar.parse("Asia/Shanghai", {}, extra={date(2026, 6, 12): [("22:00", "06:00")]})

    def test_a_calendar_that_never_opens_has_no_due_instant(self):
        start = china(2026, 6, 12)
        with pytest.raises(NeverOpens):
            self.EMPTY.due(start, timedelta(microseconds=1))
        with pytest.raises(NeverOpens):
            self.EMPTY.add_working_days(start, 1)
        with pytest.raises(NeverOpens):
            next_opening(self.EMPTY, start)

    def test_nothing_is_waited_for_over_a_hundred_years(self):
        start = china(2026, 6, 12)
        with pytest.raises(NeverOpens):
            WorkingCalendar.always().due(start, timedelta(days=100 * 367))
        with pytest.raises(NeverOpens):
            WorkingCalendar.always().due(start, hours(1), [(start, china(8999, 1, 1))])
        with pytest.raises(NeverOpens):
            WorkingCalendar.always().add_working_days(start, 100 * 367)

    def test_it_has_worked_nothing(self):
        assert self.EMPTY.elapsed(china(2020, 1, 1), china(2026, 1, 1)) == timedelta(0)
        assert not self.EMPTY.is_open(china(2026, 6, 12, 12))

    def test_extra_days_alone_run_out(self):
        start = china(2026, 6, 1)
        assert self.ONE_DAY.due(start, hours(8)) == china(2026, 6, 13, 6)
        assert self.ONE_DAY.add_working_days(start, 1) == china(2026, 6, 13, 6)
        with pytest.raises(NeverOpens):
            self.ONE_DAY.due(start, hours(8.01))
        with pytest.raises(NeverOpens):
            self.ONE_DAY.add_working_days(start, 2)

    def test_the_last_extra_day_is_worked_to_its_end_also_far_behind_utc(self):
        own = {date(2026, 6, 12): [("23:00", "22:00")]}
        calendar = WorkingCalendar.parse("Etc/GMT+12", {}, extra=own)
        start = datetime(2026, 6, 1, tzinfo=UTC)
        assert calendar.due(start, hours(23)) == datetime(2026, 6, 14, 10, tzinfo=UTC)
        assert calendar.add_working_days(start, 1) == datetime(2026, 6, 14, 10, tzinfo=UTC)

    def test_a_long_run_of_holidays_is_waited_out(self):
        decade = [date(2026, 1, 1) + timedelta(days=day) for day in range(3_652)]
        calendar = WorkingCalendar.parse("Asia/Shanghai", weekly(("09:00", "18:00")), decade)
        assert calendar.due(china(2026, 6, 12), hours(1)) == china(2036, 1, 1, 10)


class TestRefusedHours:
    @pytest.mark.parametrize(
        ("opens", "closes"),
        [
            ("9:00", "18:00"),
            ("09:00", "18:60"),
            ("09:00", "25:00"),
            ("09:00", "24:01"),
            ("24:00", "06:00"),
            ("09:00", "09:00"),
            ("00:00", "00:00"),
            ("09:00", ""),
            ("09:00", "18:00\n"),
            ("٠٩:٠٠", "18:00"),
        ],
    )
    def test_an_interval_that_cannot_be_read(self, opens: str, closes: str):
        with pytest.raises(WorkingTimeError):
            LocalInterval.parse(opens, closes)

    @pytest.mark.parametrize(("opens", "closes"), [(-1, 3), (24, 26), (9, 9), (10, 9), (9, 34)])
    def test_an_interval_out_of_its_day(self, opens: int, closes: int):
        with pytest.raises(WorkingTimeError):
            LocalInterval(hours(opens), hours(closes))

    @pytest.mark.parametrize("name", ["Asia/Beijing", "", "../../etc/passwd", "/etc/localtime", "Asia"])
    def test_an_unknown_time_zone(self, name: str):
        with pytest.raises(WorkingTimeError, match=re.escape(repr(name))):
            WorkingCalendar.parse(name, weekly(("09:00", "18:00")))

    def test_an_unknown_weekday(self):
        with pytest.raises(WorkingTimeError, match="monday"):
            WorkingCalendar.parse("UTC", {"monday": [("09:00", "18:00")]})
        with pytest.raises(WorkingTimeError, match="weekday"):
            WorkingCalendar("UTC", {7: [LocalInterval.parse("09:00", "18:00")]})
