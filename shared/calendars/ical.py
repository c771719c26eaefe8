"""Holidays and make-up days as an iCalendar file (RFC 5545), written and read.

Written, a run of holidays is one event that lasts whole days, and each make-up day one with its hours. Read,
every event of whole days is a holiday, unless it says that it is worked: by our own property, the category
`WORKDAY`, or a title such as 补班 or 春节（班）, as China's public holiday calendars have it.
Whole days are also those written from midnight to midnight. Rules of recurrence, further days and days left
out are followed (`recurrence`); whatever of the year could not be read is counted, never guessed.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, cast

import icalendar
import msgspec
from icalendar.error import BrokenCalendarProperty

from shared.calendars.definition import CalendarDefinition, DayHours
from shared.calendars.editing import spans
from shared.calendars.recurrence import UnreadableRule, rule_of
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
    """What a file holds for one year; a make-up day without hours of its own has none here.

    `skipped` counts the events that may fall into the year and are not among its days: appointments, and
    those whose rule of recurrence cannot be followed.
    """

    holidays: tuple[date, ...]
    make_up_days: dict[date, DayHours]
    skipped: int = 0


_Moved = Mapping[str, frozenset[date]]
"""The days of each series (its UID) of which the file says otherwise."""


class _UnreadableEvent(Exception):
    """An event of which nobody can say whether it closes a day of the year."""


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
    # The reader raises whatever the values it meets raise: ValueError mostly, but also errors of its own.
    try:
        return _read(icalendar.Calendar.from_ical(content).walk("VEVENT"), year)
    except Exception as error:
        raise Invalid.field("file", "not_an_icalendar_file") from error


def _read(events: list[Any], year: int) -> ReadDays:
    holidays: set[date] = set()
    worked: dict[date, DayHours] = {}
    moved = _moved(events)
    skipped = 0
    for event in events:
        try:
            days = _days(event, year, moved)
        except _UnreadableEvent:
            skipped += 1
            continue
        if _is_worked(event):
            worked |= dict.fromkeys(days, hours_of_text(str(event.get(_HOURS, ""))))
        else:
            holidays |= days
    return ReadDays(
        holidays=tuple(sorted(holidays - worked.keys())),
        make_up_days=dict(sorted(worked.items())),
        skipped=skipped,
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


def _moved(events: list[Any]) -> _Moved:
    found: dict[str, frozenset[date]] = {}
    for event in events:
        if "recurrence-id" in event:
            uid, day = str(event.get("uid", "")), _day_of(event.decoded("recurrence-id"))
            found[uid] = found.get(uid, frozenset()) | {day}
    return found


def _days(event: Any, year: int, moved: _Moved) -> set[date]:
    """The event's days in the year; raises `_UnreadableEvent` when there may be some that are not known."""
    begin = event.decoded("dtstart")
    if str(event.get("status", "")).upper() == "CANCELLED":
        return set()
    first, length = _day_of(begin), _length(event, begin)
    reach = timedelta(days=max(length, 1) - 1)
    since, until = date(year, 1, 1), date(year, 12, 31)
    if first > until and "rdate" not in event:
        return set()
    try:
        begins = _begins(event, begin, since - reach, until, moved)
    except (UnreadableRule, BrokenCalendarProperty) as error:
        raise _UnreadableEvent from error
    days: set[date] = set()
    reached = since
    for each in sorted(begins):
        day, end = max(each, reached), min(each + reach, until)
        days.update(day + index * _ONE_DAY for index in range((end - day).days + 1))
        reached = max(reached, end + _ONE_DAY)
    if days and not length:
        raise _UnreadableEvent
    return days


def _begins(event: Any, begin: date, since: date, until: date, moved: _Moved) -> set[date]:
    """The first day of each time that the event takes place between two days."""
    first, rule = _day_of(begin), event.get("rrule")
    found = {first}
    if (
        isinstance(rule, list)
        or "exrule" in event
        or "range" in getattr(event.get("recurrence-id"), "params", {})
    ):
        raise UnreadableRule("rrule")
    if rule is not None:
        ends = next(iter(rule.get("UNTIL", ())), None)
        last = None if ends is None else _day_of(ends, begin)
        found = set(rule_of(rule, first, last).between(since, until))
    found.update(_listed(event, "rdate", begin))
    if "recurrence-id" not in event:
        found -= moved.get(str(event.get("uid", "")), frozenset())
    return {day for day in found.difference(_listed(event, "exdate", begin)) if since <= day <= until}


def _listed(event: Any, name: str, begin: date) -> Iterator[date]:
    listed: Any = event.get(name, [])
    values = cast("list[Any]", listed if isinstance(listed, list) else [listed])
    for value in values:
        for each in value.dts:
            # A further day may be a period: its begin and its end.
            at: Any = cast("tuple[Any, ...]", each.dt)[0] if isinstance(each.dt, tuple) else each.dt
            yield _day_of(at, begin)


def _day_of(value: date, begin: date | None = None) -> date:
    """The day of a value, where the event begins; an instant is read by the clock of `begin`."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is not None and isinstance(begin, datetime) and begin.tzinfo is not None:
        return value.astimezone(begin.tzinfo).date()
    return value.date()


def _length(event: Any, begin: date) -> int:
    """How many whole days the event lasts each time; 0 for an appointment."""
    if not isinstance(begin, datetime):
        end = event.decoded("dtend", begin + event.decoded("duration", _ONE_DAY))
        lasts = 1 if isinstance(end, datetime) else max((end - begin).days, 1)
        return min(lasts, _LONGEST_DAYS)
    end = event.decoded("dtend", begin + event.decoded("duration", timedelta(0)))
    if not isinstance(end, datetime):
        return 0
    if begin.tzinfo is not None and end.tzinfo is not None:
        end = end.astimezone(begin.tzinfo)
    midnights = begin.time() == time() == end.time()
    return min(max((end.date() - begin.date()).days, 0), _LONGEST_DAYS) if midnights else 0


def _is_worked(event: Any) -> bool:
    categories = event.get("categories")
    named: list[str] = str(categories.to_ical(), "utf-8").upper().split(",") if categories else []
    return _HOURS in event or "WORKDAY" in named or bool(_WORKED.search(str(event.get("summary", ""))))
