"""Holidays and make-up days as an iCalendar file (RFC 5545), written and read.

Written, a run of holidays is one event that lasts whole days, and each make-up day one with its hours. Read,
every event of whole days is a holiday, unless it says that it is worked: by our own property, the category
`WORKDAY`, or a title such as 补班 or 春节（班）, as China's public holiday calendars have it.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import icalendar
import msgspec

from shared.calendars.definition import CalendarDefinition, DayHours
from shared.calendars.editing import spans
from shared.calendars.texts import hours_of_text, text_of_hours
from shared.errors import Invalid

LARGEST_FILE: Final = 1_000_000
MOST_EVENTS: Final = 2_000
"""A hundred years of public holidays; ten thousand events would take seconds to read."""
MOST_LINES: Final = 20 * MOST_EVENTS
_EVENT: Final = re.compile(rb"^BEGIN:VEVENT", re.IGNORECASE | re.MULTILINE)
_LONGEST_DAYS: Final = 366
_PRODUCT: Final = "-//Huiyin//Working calendar//EN"
_HOURS: Final = "X-HUIYIN-HOURS"
_WORKED: Final = re.compile(
    r"补班|(?<!不)上班|[（(]班[）)]|(?<!上)班$|(?<!non)(?<!non[- ])\bwork(ing)? ?day", re.IGNORECASE
)
_ONE_DAY: Final = timedelta(days=1)


class Names(msgspec.Struct, frozen=True):
    """What the file calls things, in the language of who asked for it."""

    calendar: str
    holiday: str
    make_up_day: str


class ReadDays(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds for one year; a make-up day without hours of its own has none here."""

    holidays: tuple[date, ...]
    make_up_days: dict[date, DayHours]


def written(definition: CalendarDefinition, year: int, names: Names, at: datetime) -> bytes:
    """The days of one year as a file; `at` is the instant it was made."""
    file = icalendar.Calendar()
    file.add("prodid", _PRODUCT)
    file.add("version", "2.0")
    file.add("x-wr-calname", names.calendar)
    for first, last in spans(day for day in definition.holidays if day.year == year):
        file.add_component(_event(names.holiday, "HOLIDAY", first, last, at))
    for day, hours in sorted(definition.extra.items()):
        if day.year == year:
            event = _event(names.make_up_day, "WORKDAY", day, day, at)
            event.add(_HOURS, text_of_hours(hours))
            file.add_component(event)
    return bytes(file.to_ical())


def read(content: bytes, year: int) -> ReadDays:
    """The days of one year in a file; raises `Invalid` naming `file` when it is none or too large.

    A large file takes a good part of a second: to be called beside the event loop.
    """
    if len(content) > LARGEST_FILE:
        raise Invalid.field("file", "file_too_heavy", limit=LARGEST_FILE // 1000)
    if sum(1 for _ in _EVENT.finditer(content)) > MOST_EVENTS:
        raise Invalid.field("file", "too_many", limit=MOST_EVENTS)
    if content.count(b"\n") > MOST_LINES:
        raise Invalid.field("file", "too_many", limit=MOST_LINES)
    holidays: set[date] = set()
    worked: dict[date, DayHours] = {}
    # The reader raises whatever the values it meets raise: ValueError mostly, but also errors of its own.
    try:
        for event in icalendar.Calendar.from_ical(content).walk("VEVENT"):
            for day in _days(event, year):
                if _is_worked(event):
                    worked[day] = hours_of_text(str(event.get(_HOURS, "")))
                else:
                    holidays.add(day)
    except Exception as error:
        raise Invalid.field("file", "not_an_icalendar_file") from error
    return ReadDays(
        holidays=tuple(sorted(holidays - worked.keys())), make_up_days=dict(sorted(worked.items()))
    )


def _event(name: str, category: str, first: date, last: date, at: datetime) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{category.lower()}-{first.isoformat()}@huiyin")
    event.add("dtstamp", at.astimezone(UTC))
    event.add("dtstart", first)
    event.add("dtend", last + _ONE_DAY)
    event.add("summary", name)
    event.add("categories", [category])
    event.add("transp", "TRANSPARENT")
    return event


def _days(event: Any, year: int) -> Iterator[date]:
    first = event.decoded("dtstart")
    if isinstance(first, datetime) or str(event.get("status", "")).upper() == "CANCELLED":
        return
    end = event.decoded("dtend", first + event.decoded("duration", _ONE_DAY))
    if isinstance(end, datetime) or end <= first:
        end = first + _ONE_DAY
    years = (year - 1, year) if event.get("rrule", {}).get("FREQ") == ["YEARLY"] else (first.year,)
    for each in years:
        if each < first.year:
            continue
        begin = _in_year(first, each)
        length = min((end - first).days, _LONGEST_DAYS)
        days = (begin + index * _ONE_DAY for index in range(length)) if begin else ()
        yield from (day for day in days if day.year == year)


def _in_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:
        return None


def _is_worked(event: Any) -> bool:
    categories = event.get("categories")
    named: list[str] = str(categories.to_ical(), "utf-8").upper().split(",") if categories else []
    return _HOURS in event or "WORKDAY" in named or bool(_WORKED.search(str(event.get("summary", ""))))
