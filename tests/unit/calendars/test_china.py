"""China's calendar, and what two independent packages say of it (R4.3)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest

from shared.calendars.china import china
from shared.calendars.definition import build, problems, years_missing
from shared.sla.working_time import UnknownYear

SHANGHAI = ZoneInfo("Asia/Shanghai")
DEFINITION = china()
CALENDAR = build(DEFINITION)


def at(year: int, month: int, day: int, *clock: int) -> datetime:
    return datetime(year, month, day, *clock, tzinfo=SHANGHAI)


def test_it_can_be_saved():
    assert problems(DEFINITION) == ()


def test_the_spring_festival_is_closed_and_its_make_up_days_are_worked():
    """2026: off from 15 to 23 February, worked on Saturdays 14 and 28 February."""
    assert CALENDAR.due(at(2026, 2, 13, 17), timedelta(hours=2)) == at(2026, 2, 14, 10)
    assert CALENDAR.due(at(2026, 2, 14, 17), timedelta(hours=2)) == at(2026, 2, 24, 10)
    assert CALENDAR.add_working_days(at(2026, 2, 13, 9), 3) == at(2026, 2, 25, 18)
    assert CALENDAR.elapsed(at(2026, 2, 28), at(2026, 3, 1)) == timedelta(hours=9)


def test_a_dealer_open_all_week_closes_on_the_weekend_days_of_a_holiday_too():
    all_week = build(china((("08:30", "17:30"),), ("mon", "tue", "wed", "thu", "fri", "sat", "sun")))
    assert all_week.is_open(at(2026, 2, 8, 9))
    assert not all_week.is_open(at(2026, 2, 15, 9))
    assert all_week.add_working_days(at(2026, 2, 14, 9), 1) == at(2026, 2, 24, 17, 30)


def test_the_years_the_package_knows_are_known_and_the_next_one_is_missed_from_mid_november():
    known = DEFINITION.known_years
    assert known is not None
    assert known == tuple(range(2004, known[-1] + 1))
    assert known[-1] >= 2026
    assert years_missing(DEFINITION, date(known[-1], 11, 15)) == (known[-1] + 1,)
    with pytest.raises(UnknownYear):
        CALENDAR.due(at(known[-1], 12, 31, 17), timedelta(hours=20))


@pytest.mark.slow
@pytest.mark.parametrize("year", range(2010, 2027))
def test_another_package_names_the_same_days(year: int):
    other = holidays.country_holidays("CN", years=year)
    days_off = {day for day in DEFINITION.holidays if day.year == year and day.weekday() < 5}
    assert days_off == {day for day in other if day.weekday() < 5}
    assert {day for day in DEFINITION.extra if day.year == year} == {
        day for day in other.weekend_workdays if day.year == year
    }
