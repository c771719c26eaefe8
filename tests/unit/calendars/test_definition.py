"""Calendars as data (R4.3)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from shared.calendars.definition import (
    CalendarDefinition,
    InvalidCalendar,
    build,
    fallback,
    problems,
    years_missing,
)
from shared.sla.working_time import UnknownYear

SHANGHAI = ZoneInfo("Asia/Shanghai")
STORED = (
    b'{"time_zone":"Asia/Shanghai",'
    b'"weekly":{"mon":[["09:00","12:00"],["13:30","18:00"]],"fri":[["22:00","06:00"]]},'
    b'"holidays":["2026-10-02"],"extra":{"2026-10-10":[["09:00","18:00"]]},'
    b'"known_years":[2026],"source":"by hand","follows_oem":false}'
)
OFFICE = CalendarDefinition("Asia/Shanghai", {"mon": (("09:00", "18:00"),)})


def changed(**changes: object) -> CalendarDefinition:
    return msgspec.structs.replace(OFFICE, **changes)


def found(definition: CalendarDefinition) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in problems(definition)}


def test_a_stored_calendar_is_read_and_written_unchanged():
    definition = msgspec.json.decode(STORED, type=CalendarDefinition)
    assert msgspec.json.encode(definition) == STORED


def test_every_part_of_a_definition_reaches_the_calendar():
    calendar = build(msgspec.json.decode(STORED, type=CalendarDefinition))
    begin, end = datetime(2026, 9, 27, tzinfo=SHANGHAI), datetime(2026, 10, 11, tzinfo=SHANGHAI)
    mondays, friday, closed_friday, make_up_day = 2 * 7.5, 8, 0, 9
    assert calendar.elapsed(begin, end) == timedelta(hours=mondays + friday + closed_friday + make_up_day)
    with pytest.raises(UnknownYear):
        calendar.is_open(datetime(2027, 1, 4, 10, tzinfo=SHANGHAI))


def test_a_misspelt_key_is_not_passed_over():
    with pytest.raises(msgspec.ValidationError, match="holiday"):
        msgspec.json.decode(STORED.replace(b"holidays", b"holiday"), type=CalendarDefinition)


@pytest.mark.parametrize(
    ("definition", "problem"),
    [
        (changed(time_zone="Asia/Beijing"), ("time_zone", "unknown_time_zone")),
        (changed(weekly={"monday": (("09:00", "18:00"),)}), ("weekly.monday", "unknown_weekday")),
        (changed(weekly={"mon": (("09:00", "9:30"),)}), ("weekly.mon[0]", "invalid_interval")),
        (changed(weekly={"mon": (("09:00", "09:00"),)}), ("weekly.mon[0]", "invalid_interval")),
        (
            changed(weekly={"mon": (("12:00", "18:00"), ("09:00", "12:30"))}),
            ("weekly.mon", "overlapping_intervals"),
        ),
        (changed(weekly={}), ("weekly", "never_opens")),
        (changed(weekly={"mon": (), "tue": ()}), ("weekly", "never_opens")),
        (changed(extra={date(2026, 10, 10): ()}), ("extra.2026-10-10", "no_hours")),
        (
            changed(extra={date(2026, 10, 10): (("09:00", "12:00"), ("25:00", "26:00"))}),
            ("extra.2026-10-10[1]", "invalid_interval"),
        ),
    ],
)
def test_what_makes_no_calendar_is_refused_with_field_and_reason(definition, problem: tuple[str, str]):
    assert found(definition) == {problem}
    with pytest.raises(InvalidCalendar, match=problem[1]) as caught:
        build(definition)
    assert caught.value.problems == problems(definition)


def test_all_problems_are_told_at_once():
    broken = changed(time_zone="Mars", weekly={"funday": (("1", "2"),)})
    assert found(broken) == {
        ("time_zone", "unknown_time_zone"),
        ("weekly.funday", "unknown_weekday"),
        ("weekly.funday[0]", "invalid_interval"),
    }


def test_extra_days_alone_are_no_calendar():
    fair = changed(weekly={}, extra={date(2026, 10, 10): (("09:00", "18:00"),)})
    assert found(fair) == {("weekly", "never_opens")}


def test_intervals_that_touch_and_nights_that_run_into_the_next_day_do_not_overlap():
    touching = changed(
        weekly={"mon": (("09:00", "12:00"), ("12:00", "22:00"), ("22:00", "10:00")), "tue": ()}
    )
    assert problems(touching) == ()


class TestYears:
    KNOWN = changed(known_years=(2025, 2026))

    @pytest.mark.parametrize(
        ("today", "missing"),
        [
            (date(2026, 1, 1), ()),
            (date(2026, 11, 14), ()),
            (date(2026, 11, 15), (2027,)),
            (date(2026, 12, 31), (2027,)),
            (date(2027, 1, 1), (2027,)),
            (date(2027, 11, 15), (2027, 2028)),
        ],
    )
    def test_the_next_year_is_wanted_from_mid_november(self, today: date, missing: tuple[int, ...]):
        assert years_missing(self.KNOWN, today) == missing

    def test_nothing_is_missing_where_nothing_has_to_be_known(self):
        assert years_missing(OFFICE, date(2026, 12, 1)) == ()

    def test_the_fallback_keeps_hours_and_holidays_and_knows_every_year(self):
        definition = changed(known_years=(2026,), holidays=(date(2026, 12, 28),))
        calendar = build(fallback(definition))
        start = datetime(2026, 12, 21, 17, tzinfo=SHANGHAI)
        assert calendar.due(start, timedelta(hours=2)) == datetime(2027, 1, 4, 10, tzinfo=SHANGHAI)
