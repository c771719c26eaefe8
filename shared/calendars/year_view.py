"""A year of a calendar, day by day, for people to look at. Pure."""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from shared.calendars.definition import CalendarDefinition, DayHours
from shared.calendars.texts import text_of_hours
from shared.sla.local_interval import WEEKDAYS, LocalInterval

_HOUR: Final = timedelta(hours=1)


class DayKind(StrEnum):
    """What a day is: open by the week, closed by the week, a holiday, or a make-up day."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"


class DayInView(msgspec.Struct, frozen=True):
    """One day; `hours` as text, empty when it is closed."""

    day: date
    kind: DayKind
    hours: str


class MonthInView(msgspec.Struct, frozen=True):
    """A month; `blanks` days of the week come before its first."""

    first: date
    blanks: int
    days: list[DayInView]


class YearInView(msgspec.Struct, frozen=True, kw_only=True):
    """A year; `known` says whether its holidays are complete. Hours by the clock, daylight saving aside."""

    year: int
    known: bool
    months: list[MonthInView]
    open_days: int
    open_hours: float


def year_in_view(definition: CalendarDefinition, year: int) -> YearInView:
    """The year as the definition has it; intervals that cannot be read count nothing."""
    months = [_month(definition, date(year, month, 1)) for month in range(1, 13)]
    days = [each for month in months for each in month.days]
    known = definition.known_years is None or year in definition.known_years
    return YearInView(
        year=year,
        known=known,
        months=months,
        open_days=sum(each.kind in {DayKind.OPEN, DayKind.MAKE_UP} for each in days),
        open_hours=sum(_hours(definition, each.day) for each in days),
    )


def _month(definition: CalendarDefinition, first: date) -> MonthInView:
    _, length = monthrange(first.year, first.month)
    days = [_day(definition, first + timedelta(days=index)) for index in range(length)]
    return MonthInView(first, first.weekday(), days)


def _day(definition: CalendarDefinition, day: date) -> DayInView:
    hours = _hours_of(definition, day)
    if day in definition.extra:
        kind = DayKind.MAKE_UP
    elif day in definition.holidays:
        kind = DayKind.HOLIDAY
    else:
        kind = DayKind.OPEN if hours else DayKind.CLOSED
    return DayInView(day, kind, text_of_hours(hours))


def _hours_of(definition: CalendarDefinition, day: date) -> DayHours:
    if day in definition.extra:
        return definition.extra[day]
    return () if day in definition.holidays else definition.weekly.get(WEEKDAYS[day.weekday()], ())


def _hours(definition: CalendarDefinition, day: date) -> float:
    intervals = [LocalInterval.parse(opens, closes) for opens, closes in _hours_of(definition, day)]
    return sum((each.closes - each.opens) / _HOUR for each in intervals)
