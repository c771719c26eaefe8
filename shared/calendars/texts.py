"""Hours and days as people type them into a form, and back again. Pure.

Hours of a day: `09:00-12:00, 13:30-18:00`; none is a closed day. Holidays: a day or a span a line,
`2026-10-01 – 2026-10-07`. Make-up days: a day a line, with hours of its own or, without, the usual ones.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from shared.calendars.definition import DayHours
from shared.calendars.editing import spans
from shared.errors import Invalid

_LONGEST_SPAN: Final = timedelta(days=366)
_HOURS: Final = re.compile(r"(\d{1,2}:\d\d)\s*(?:-|–|—|~|～|至|to)\s*(\d{1,2}:\d\d)", re.ASCII)
_BETWEEN: Final = re.compile(r"[,，、;；\s]*")
_DAY: Final = r"(\d{4}-\d\d-\d\d)"
_DAYS: Final = re.compile(rf"{_DAY}(?:\s*(?:–|—|~|～|\.\.|至|to|-)\s*{_DAY})?", re.ASCII)
_MAKE_UP: Final = re.compile(rf"{_DAY}(.*)", re.ASCII)


def text_of_hours(hours: DayHours) -> str:
    """`09:00-12:00, 13:30-18:00`."""
    return ", ".join(f"{opens}-{closes}" for opens, closes in hours)


def hours_of_text(text: str, field: str = "hours") -> DayHours:
    """The hours of a text; raises `Invalid` naming `field`."""
    found = list(_HOURS.finditer(text.replace("：", ":")))
    rest = _HOURS.sub("", text.replace("：", ":"))
    if not _BETWEEN.fullmatch(rest):
        raise Invalid.field(field, "hours_not_understood")
    return tuple((each[1].zfill(5), each[2].zfill(5)) for each in found)


def text_of_days(days: Iterable[date]) -> str:
    """A span of days a line."""
    return "\n".join(str(first) if first == last else f"{first} – {last}" for first, last in spans(days))


def days_of_text(text: str, year: int, field: str) -> tuple[date, ...]:
    """The days of a text, all of one year; raises `Invalid` naming `field` and the line."""
    days: set[date] = set()
    for line in _lines(text):
        match = _DAYS.fullmatch(line)
        if match is None:
            raise Invalid.field(field, "line_not_understood", line=line)
        first = _day(match[1], year, line, field)
        last = _day(match[2], year, line, field) if match[2] else first
        if last < first or last - first > _LONGEST_SPAN:
            raise Invalid.field(field, "line_not_understood", line=line)
        days |= {first + timedelta(days=index) for index in range((last - first).days + 1)}
    return tuple(sorted(days))


def text_of_make_up_days(extra: Mapping[date, DayHours]) -> str:
    """A day with its hours a line."""
    return "\n".join(f"{day} {text_of_hours(hours)}".rstrip() for day, hours in sorted(extra.items()))


def make_up_days_of_text(text: str, year: int, field: str) -> dict[date, DayHours]:
    """The make-up days of a text; without hours where the usual ones are meant. Raises as `days_of_text`."""
    days: dict[date, DayHours] = {}
    for line in _lines(text):
        match = _MAKE_UP.fullmatch(line)
        if match is None:
            raise Invalid.field(field, "line_not_understood", line=line)
        try:
            days[_day(match[1], year, line, field)] = hours_of_text(match[2])
        except Invalid as error:
            if error.fields[0].field == field:
                raise
            raise Invalid.field(field, "line_not_understood", line=line) from error
    return days


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def _day(text: str, year: int, line: str, field: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid.field(field, "line_not_understood", line=line) from error
    if day.year != year:
        raise Invalid.field(field, "day_of_another_year", line=line)
    return day
