"""Changing the days of a year, and dealers that follow their OEM's holidays (R4.3)."""

from datetime import date

import pytest

from shared.calendars.china import china
from shared.calendars.definition import CalendarDefinition, build, problems
from shared.calendars.editing import following, set_year, spans, usual_hours, with_known_days
from shared.calendars.year_days import known_days

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
PLAIN = CalendarDefinition(time_zone="Asia/Shanghai", weekly=dict.fromkeys(WEEKDAYS, (("09:00", "18:00"),)))


def test_a_year_is_replaced_and_the_others_stay():
    before = set_year(
        PLAIN, 2026, [date(2026, 10, 1)], {date(2026, 10, 10): (("10:00", "12:00"),)}, complete=True
    )
    after = set_year(before, 2027, [date(2027, 1, 1)], {}, complete=True, source="announcement of 2026-11-20")
    assert after.holidays == (date(2026, 10, 1), date(2027, 1, 1))
    assert after.extra == {date(2026, 10, 10): (("10:00", "12:00"),)}
    again = set_year(after, 2026, [], {}, complete=True)
    assert again.holidays == (date(2027, 1, 1),)
    assert again.extra == {}
    assert again.source == "announcement of 2026-11-20"


def test_a_complete_year_is_known_and_one_taken_back_is_not():
    known = set_year(china(), 2027, [date(2027, 1, 1)], {}, complete=True)
    assert known.known_years is not None
    assert known.known_years[-2:] == (2026, 2027)
    assert set_year(known, 2027, [], {}, complete=False).known_years == china().known_years


def test_a_calendar_without_holidays_knows_its_first_filled_year_alone():
    """decisions.md: a year whose holidays nobody has told is unknown and provisional, never without any."""
    known = set_year(PLAIN, 2026, [date(2026, 10, 1)], {}, complete=True)
    assert known.known_years == (2026,)
    assert set_year(PLAIN, 2026, [date(2026, 10, 1)], {}, complete=False).known_years is None


def test_a_year_as_its_source_knows_it():
    """R4.3: make-up days are worked by the usual hours."""
    days = known_days("CN", 2026)
    assert days is not None
    made = with_known_days(PLAIN, days)
    assert problems(made) == ()
    assert date(2026, 10, 1) in made.holidays
    assert made.extra[date(2026, 2, 14)] == (("09:00", "18:00"),)
    assert made.source.startswith("chinesecalendar ")
    build(made)


def test_a_year_the_source_does_not_know_is_none_and_no_year_without_holidays():
    assert known_days("CN", 2100) is None
    assert known_days("XX", 2026) is None
    assert known_days("US", 1066) is None


def test_other_countries_have_their_own_holidays():
    days = known_days("DE", 2026)
    assert days is not None
    assert date(2026, 10, 3) in days.holidays
    assert days.make_up_days == ()
    assert days.source.startswith("holidays ")


@pytest.mark.parametrize(
    ("country", "worked"),
    [("VN", [date(2026, 8, 22)]), ("HU", [date(2026, 1, 10), date(2026, 8, 8)])],
)
def test_days_worked_instead_of_a_holiday_are_kept_in_other_countries_too(country: str, worked: list[date]):
    """R4.3: Vietnam and Hungary work on Saturdays for long weekends; Government decrees of 2025."""
    days = known_days(country, 2026)
    assert days is not None
    assert list(days.make_up_days) == worked
    made = with_known_days(PLAIN, days)
    assert all(made.extra[day] == (("09:00", "18:00"),) for day in worked)


def test_a_make_up_day_keeps_the_hours_of_its_weekday_or_of_the_first_open_day():
    weekend = CalendarDefinition(
        time_zone="Asia/Shanghai", weekly={"tue": (("08:00", "20:00"),), "sat": (("10:00", "16:00"),)}
    )
    assert usual_hours(weekend, date(2026, 2, 14)) == (("10:00", "16:00"),)
    assert usual_hours(weekend, date(2026, 2, 15)) == (("08:00", "20:00"),)


def test_a_dealer_that_follows_keeps_its_hours_and_takes_the_holidays():
    """R4.3: calendars per dealer."""
    own = CalendarDefinition(
        time_zone="Asia/Urumqi", weekly=dict.fromkeys(WEEKDAYS, (("10:00", "19:00"),)), follows_oem=True
    )
    made = following(own, china())
    assert made.weekly == own.weekly
    assert made.time_zone == "Asia/Urumqi"
    assert made.holidays == china().holidays
    assert made.known_years == china().known_years
    assert made.extra[date(2026, 2, 14)] == (("10:00", "19:00"),)
    assert following(made, china()) == made


def test_days_in_a_row_are_told_as_one():
    days = [date(2026, 10, 3), date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 8), date(2026, 10, 1)]
    assert list(spans(days)) == [
        (date(2026, 10, 1), date(2026, 10, 3)),
        (date(2026, 10, 8), date(2026, 10, 8)),
    ]
    assert list(spans([])) == []
