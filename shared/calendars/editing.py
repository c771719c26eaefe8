"""Changing a calendar: its days of one year, and a dealer's that follows its OEM. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

from shared.calendars.definition import CalendarDefinition, DayHours
from shared.calendars.year_days import YearDays
from shared.sla.local_interval import WEEKDAYS

_ONE_DAY: Final = timedelta(days=1)


def set_year(
    definition: CalendarDefinition,
    year: int,
    holidays: Iterable[date],
    extra: Mapping[date, DayHours],
    *,
    complete: bool,
    source: str | None = None,
) -> CalendarDefinition:
    """The definition with the days of one year replaced.

    `complete` makes the year a known one. A calendar for which there was nothing to know, for it named no
    holidays, knows this year alone from then on: of no other has anybody said that it had none.
    """
    known = definition.known_years
    if complete:
        known = tuple(sorted({*(known or ()), year}))
    elif known is not None:
        known = tuple(each for each in known if each != year)
    kept = {day: hours for day, hours in definition.extra.items() if day.year != year}
    return msgspec.structs.replace(
        definition,
        holidays=tuple(sorted({*(day for day in definition.holidays if day.year != year), *holidays})),
        extra=dict(sorted({**kept, **extra}.items())),
        known_years=known,
        source=definition.source if source is None else source,
    )


def with_known_days(definition: CalendarDefinition, days: YearDays) -> CalendarDefinition:
    """The definition with a year as its source knows it; make-up days are worked by the usual hours."""
    extra = {day: usual_hours(definition, day) for day in days.make_up_days}
    return set_year(definition, days.year, days.holidays, extra, complete=True, source=days.source)


def usual_hours(definition: CalendarDefinition, day: date) -> DayHours:
    """The hours of a make-up day: those of its weekday, else those of the first weekday that has any."""
    own = definition.weekly.get(WEEKDAYS[day.weekday()], ())
    return own or next((hours for name in WEEKDAYS if (hours := definition.weekly.get(name, ()))), ())


def following(own: CalendarDefinition, oem: CalendarDefinition) -> CalendarDefinition:
    """A dealer's own hours with the holidays of its OEM; on make-up days the dealer keeps its usual hours."""
    return msgspec.structs.replace(
        own,
        holidays=oem.holidays,
        extra={day: usual_hours(own, day) for day in oem.extra},
        known_years=oem.known_years,
        source=oem.source,
        follows_oem=True,
    )


def spans(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Runs of consecutive days as first and last day, in order."""
    first = last = None
    for day in sorted(set(days)):
        if first is not None and last is not None and day - last != _ONE_DAY:
            yield first, last
            first = day
        first, last = first or day, day
    if first is not None and last is not None:
        yield first, last
