"""A year of a calendar to look at (R4.3)."""

from datetime import date

from shared.calendars.china import china
from shared.calendars.definition import CalendarDefinition
from shared.calendars.year_view import DayKind, year_in_view


def test_every_day_has_its_kind():
    view = year_in_view(china(), 2026)
    days = {each.day: each for month in view.months for each in month.days}
    assert len(days) == 365
    assert days[date(2026, 2, 14)].kind is DayKind.MAKE_UP
    assert days[date(2026, 2, 14)].hours == "09:00-18:00"
    assert (days[date(2026, 10, 1)].kind, days[date(2026, 10, 1)].hours) == (DayKind.HOLIDAY, "")
    assert days[date(2026, 11, 21)].kind is DayKind.CLOSED
    assert days[date(2026, 11, 20)].kind is DayKind.OPEN
    assert view.months[10].blanks == 6
    assert view.known
    assert not year_in_view(china(), 2027).known


def test_days_and_hours_are_counted():
    nights = CalendarDefinition(time_zone="UTC", weekly={"mon": (("22:00", "06:00"), ("09:00", "12:00"))})
    view = year_in_view(nights, 2026)
    assert (view.open_days, view.open_hours) == (52, 52 * 11)
    assert view.known
