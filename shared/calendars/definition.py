"""A calendar as data: what an OEM or a dealer edits, and the JSON that one version of it is stored as.

{"time_zone": "Asia/Shanghai",
 "weekly": {"mon": [["09:00", "12:00"], ["13:30", "18:00"]], "fri": [["22:00", "06:00"]]},
 "holidays": ["2026-10-01"],
 "extra": {"2026-10-10": [["09:00", "18:00"]]},
 "known_years": [2025, 2026],
 "source": "chinesecalendar 1.11.0"}
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Annotated

import msgspec

from shared.errors import FieldError
from shared.sla.local_interval import WEEKDAYS, LocalInterval
from shared.sla.wall_clock import zone_named
from shared.sla.working_time import WorkingCalendar, WorkingTimeError

# Not tuple[str, str]: the description of a pair is one that readers of the API document do not understand.
Bounds = Annotated[tuple[str, ...], msgspec.Meta(min_length=2, max_length=2)]
"""When an interval opens and closes, as `LocalInterval.parse` reads it."""

DayHours = Annotated[tuple[Bounds, ...], msgspec.Meta(max_length=24)]
"""The intervals of a day."""

Year = Annotated[int, msgspec.Meta(ge=1900, le=9000)]

_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

NEXT_YEAR_WANTED_FROM = (11, 15)
"""Month and day from which the next year's holidays are missed: China publishes them in November."""


class CalendarDefinition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Opening hours, holidays and extra working days of one place, with what `WorkingCalendar` says of each.

    `weekly` is keyed by `"mon"` to `"sun"`. `known_years` are the years whose holidays are complete; None
    when there is nothing to know, as for hours without holidays. `source` says where the holidays come from.
    `follows_oem`: a dealer's own hours, whose holidays are its OEM's and change with them.
    """

    time_zone: str
    weekly: dict[str, DayHours]
    holidays: tuple[date, ...] = ()
    extra: dict[date, DayHours] = {}
    known_years: tuple[Year, ...] | None = None
    source: Annotated[str, msgspec.Meta(max_length=200, pattern=_PRINTABLE)] = ""
    follows_oem: bool = False


class InvalidCalendar(ValueError):
    """The definition makes no calendar; `problems` names each field and its reason."""

    def __init__(self, problems: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.code}" for problem in problems))
        self.problems = problems


def build(definition: CalendarDefinition) -> WorkingCalendar:
    """The calendar of a definition. Raises `InvalidCalendar` with all that `problems` finds."""
    found = problems(definition)
    if found:
        raise InvalidCalendar(found)
    return WorkingCalendar.parse(
        definition.time_zone,
        {day: _pairs(hours) for day, hours in definition.weekly.items()},
        definition.holidays,
        {day: _pairs(hours) for day, hours in definition.extra.items()},
        definition.known_years,
    )


def problems(definition: CalendarDefinition) -> tuple[FieldError, ...]:
    """What keeps the definition from being saved; empty when nothing does.

    Codes: `unknown_time_zone`, `unknown_weekday`, `invalid_interval`, `overlapping_intervals`, `no_hours` for
    an extra day without any, `never_opens` when no weekday has hours (extra days alone run out, R4.3).
    """
    return tuple(_problems(definition))


def fallback(definition: CalendarDefinition) -> CalendarDefinition:
    """The same hours and holidays with every year taken as known.

    For planning where `WorkingCalendar` raises `UnknownYear`: the clock is then provisional and is planned
    again once the year's holidays have arrived.
    """
    return msgspec.structs.replace(definition, known_years=None)


def years_missing(definition: CalendarDefinition, today: date) -> tuple[int, ...]:
    """The years that should be known on that local date and are not.

    Its own year always, and from 15 November the next one too.
    """
    if definition.known_years is None:
        return ()
    last = today.year + ((today.month, today.day) >= NEXT_YEAR_WANTED_FROM)
    return tuple(year for year in range(today.year, last + 1) if year not in definition.known_years)


def _pairs(hours: DayHours) -> list[tuple[str, str]]:
    return [(opens, closes) for opens, closes in hours]


def _problems(definition: CalendarDefinition) -> Iterator[FieldError]:
    try:
        zone_named(definition.time_zone)
    except WorkingTimeError:
        yield FieldError("time_zone", "unknown_time_zone", {"name": definition.time_zone})
    for weekday, hours in definition.weekly.items():
        if weekday not in WEEKDAYS:
            yield FieldError(f"weekly.{weekday}", "unknown_weekday")
        yield from _problems_of_day(f"weekly.{weekday}", hours)
    for day, hours in definition.extra.items():
        if not hours:
            yield FieldError(f"extra.{day}", "no_hours")
        yield from _problems_of_day(f"extra.{day}", hours)
    if not any(definition.weekly.values()):
        yield FieldError("weekly", "never_opens")


def _problems_of_day(field: str, hours: DayHours) -> Iterator[FieldError]:
    intervals: list[LocalInterval] = []
    for index, (opens, closes) in enumerate(hours):
        try:
            intervals.append(LocalInterval.parse(opens, closes))
        except WorkingTimeError:
            yield FieldError(f"{field}[{index}]", "invalid_interval", {"opens": opens, "closes": closes})
    if any(later.opens < earlier.closes for earlier, later in pairwise(sorted(intervals))):
        yield FieldError(field, "overlapping_intervals")
