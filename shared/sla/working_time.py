"""Working time: counting a promise in the hours a dealer is open (R4.3).

A `WorkingCalendar` answers two questions, each the exact inverse of the other: when has a target been worked
(`due`), and how much has been worked between two instants (`elapsed`). The conventions:

- What counts is elapsed real time while the wall clock of the calendar's time zone reads inside an interval.
  A day open round the clock has 23, 24 or 25 hours, whatever daylight saving makes of it; an hour the wall
  clock skips counts nothing, an hour it reads twice counts twice.
- Intervals are half-open: opening time is inside, closing time is outside.
- `due` is the earliest instant by which the target has been worked. A result at closing time stays there, and
  a zero target is due at its start, even outside hours.
- An interval may cross midnight. It belongs to the local date it begins on: a holiday closes the intervals of
  its own date and leaves the after-midnight tail of the evening before open.
- Pauses are half-open; overlapping pauses count once, and a pause outside hours changes nothing.
- Nothing is rounded.

Every instant taken must be aware and lie between the years 1900 and 9000; every instant returned is in UTC.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple, Self

from shared.sla.errors import NeverOpens, UnknownYear, WorkingTimeError
from shared.sla.local_interval import DAY, WEEKDAYS, LocalInterval
from shared.sla.wall_clock import EvenStretch, even_stretches, last_reading, zone_named

__all__ = ["LocalInterval", "NeverOpens", "Span", "UnknownYear", "WorkingCalendar", "WorkingTimeError"]

Span = tuple[datetime, datetime]
"""Two aware instants, half-open."""

_REMEMBERED_DAYS = 4_096
_FIRST_YEAR, _LAST_YEAR = 1900, 9000
_LONGEST = timedelta(days=100 * 366)
"""What is not worked within a hundred years never is: a mistake in the input, found without walking on."""


class _Reading(NamedTuple):
    """A stretch of one local date that is open, or whose year is not known; naive or in UTC, by context."""

    opens: datetime
    closes: datetime
    unknown_year: int | None


class WorkingCalendar:
    """A time zone, weekly hours, holidays and extra working days; immutable.

    `weekly` maps `date.weekday()` (Monday is 0) to that day's intervals; a day left out is closed. `holidays`
    are closed local dates. `extra` gives a local date its own intervals, whatever its weekday and also when
    it is a holiday. Intervals that overlap count once. `known_years` names the years whose holidays the data
    covers; None means every year.

    Make one calendar per version of the data and keep it: it remembers the days it has worked out.
    Raises `WorkingTimeError` for an unknown time zone or weekday.
    """

    def __init__(
        self,
        time_zone: str,
        weekly: Mapping[int, Iterable[LocalInterval]],
        holidays: Iterable[date] = (),
        extra: Mapping[date, Iterable[LocalInterval]] | None = None,
        known_years: Iterable[int] | None = None,
    ) -> None:
        if not set(weekly) <= set(range(7)):
            raise WorkingTimeError("a weekday is a number from 0, Monday, to 6")
        self._zone = zone_named(time_zone)
        self._weekly = tuple(tuple(weekly.get(weekday, ())) for weekday in range(7))
        self._holidays = frozenset(holidays)
        self._extra = {day: tuple(intervals) for day, intervals in (extra or {}).items()}
        self._known_years = None if known_years is None else frozenset(known_years)
        self._crosses_midnight = any(
            interval.closes > DAY
            for intervals in (*self._weekly, *self._extra.values())
            for interval in intervals
        )
        self._last_day = self._last_day_that_may_open()
        self._utc_day = lru_cache(_REMEMBERED_DAYS)(self._work_out_utc_day)
        self._closing = lru_cache(_REMEMBERED_DAYS)(self._work_out_closing)

    @classmethod
    def parse(
        cls,
        time_zone: str,
        week: Mapping[str, Iterable[tuple[str, str]]],
        holidays: Iterable[date] = (),
        extra: Mapping[date, Iterable[tuple[str, str]]] | None = None,
        known_years: Iterable[int] | None = None,
    ) -> Self:
        """A calendar from text: days are `"mon"` to `"sun"`, intervals as `LocalInterval.parse` reads them.

        Raises `WorkingTimeError` for what it cannot read.
        """
        unknown = set(week) - set(WEEKDAYS)
        if unknown:
            raise WorkingTimeError(f"no such weekday: {', '.join(sorted(unknown))}")
        return cls(
            time_zone,
            {WEEKDAYS.index(weekday): _parse_all(pairs) for weekday, pairs in week.items()},
            holidays,
            {day: _parse_all(pairs) for day, pairs in (extra or {}).items()},
            known_years,
        )

    @classmethod
    def always(cls) -> Self:
        """The calendar of clocks that run 24×7."""
        whole_day = LocalInterval(timedelta(0), DAY)
        return cls("UTC", dict.fromkeys(range(7), (whole_day,)))

    def due(self, start: datetime, working: timedelta, pauses: Iterable[Span] = ()) -> datetime:
        """The earliest instant, not before `start`, by which `working` has been worked outside the pauses.

        Raises `NeverOpens` when a hundred years of openings do not do, `UnknownYear` when the count enters a
        year that is not known, `WorkingTimeError` for a naive instant, a negative target or a pause that ends
        before it begins.
        """
        instant, paused = _in_utc(start), _in_order(pauses)
        if working < timedelta(0):
            raise WorkingTimeError("a target cannot be negative")
        if not working:
            return instant
        left = working
        for opens, closes in _without(self._openings(instant, instant + _LONGEST), paused):
            length = closes - opens
            if left <= length:
                return opens + left
            left -= length
        raise NeverOpens("the calendar has no opening in a hundred years in which the target could be worked")

    def elapsed(self, start: datetime, end: datetime, pauses: Iterable[Span] = ()) -> timedelta:
        """The time worked from `start` to `end` outside the pauses; negative when `end` lies before `start`.

        Raises as `due` does, except that a calendar that never opens has simply worked nothing.
        """
        since, until, paused = _in_utc(start), _in_utc(end), _in_order(pauses)
        if until < since:
            return -self.elapsed(until, since, paused)
        openings = _without(self._openings(since, until), paused)
        return sum((closes - opens for opens, closes in openings), timedelta(0))

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """The closing instant of the n-th working day after the local date of `start`, n being `days`.

        A working day is a local date on which at least one of its own intervals really opens. It closes with
        the last of them: the next morning for an overnight shift. The date of `start` itself is never
        counted, be `start` before, within or after its hours. Zero days are over at `start`.

        Raises `NeverOpens`, `UnknownYear`, and `WorkingTimeError` for a naive instant or a negative number.
        """
        instant = _in_utc(start)
        if days < 0:
            raise WorkingTimeError("a number of working days cannot be negative")
        if not days:
            return instant
        left, today = days, instant.astimezone(self._zone).toordinal()
        for ordinal in range(today + 1, min(self._last_day, today + _LONGEST.days) + 1):
            closing = self._closing(ordinal)
            if closing is None:
                continue
            left -= 1
            if not left:
                return closing
        raise NeverOpens("the calendar does not have that many working days in a hundred years")

    def is_open(self, at: datetime) -> bool:
        """Whether the instant lies in working time. Raises `UnknownYear`, and `WorkingTimeError` if naive."""
        instant = _in_utc(at)
        return any(True for _ in self._openings(instant, instant + timedelta.resolution))

    def _openings(self, start: datetime, end: datetime) -> Iterator[Span]:
        for ordinal in range(start.toordinal(), min(end.toordinal(), self._last_day) + 1):
            for opens, closes, unknown_year in self._utc_day(ordinal):
                if closes <= start:
                    continue
                if opens >= end:
                    return
                if unknown_year is not None:
                    raise UnknownYear(unknown_year)
                yield max(opens, start), min(closes, end)

    def _work_out_utc_day(self, ordinal: int) -> tuple[_Reading, ...]:
        return tuple(
            reading
            for stretch in even_stretches(self._zone, ordinal)
            for reading in self._readings_within(stretch)
        )

    def _readings_within(self, stretch: EvenStretch) -> Iterator[_Reading]:
        first, beyond = stretch.to_wall(stretch.since), stretch.to_wall(stretch.until)
        for ordinal in range(first.toordinal(), beyond.toordinal() + 1):
            midnight = datetime.combine(date.fromordinal(ordinal), time())
            earliest, latest = max(first, midnight), min(beyond, midnight + DAY)
            for reading in self._readings(midnight.date()):
                opens, closes = max(reading.opens, earliest), min(reading.closes, latest)
                if opens < closes:
                    yield _Reading(stretch.to_utc(opens), stretch.to_utc(closes), reading.unknown_year)

    def _readings(self, day: date) -> list[_Reading]:
        """What the wall clock may read on that local date while open: ordered, disjoint."""
        midnight = datetime.combine(day, time())
        try:
            bounds = [(midnight + own.opens, midnight + own.closes) for own in self._intervals_of(day)]
            if self._crosses_midnight:
                eve = midnight - DAY
                bounds += [(eve + own.opens, eve + own.closes) for own in self._intervals_of(eve.date())]
        except UnknownYear as unknown:
            return [_Reading(midnight, midnight + DAY, unknown.year)]
        readings: list[_Reading] = []
        for opens, closes in sorted(bounds):
            if readings and opens <= readings[-1].closes:
                readings[-1] = _Reading(readings[-1].opens, max(readings[-1].closes, closes), None)
            else:
                readings.append(_Reading(opens, closes, None))
        return readings

    def _intervals_of(self, day: date) -> tuple[LocalInterval, ...]:
        if self._known_years is not None and day.year not in self._known_years:
            raise UnknownYear(day.year)
        if day in self._extra:
            return self._extra[day]
        return () if day in self._holidays else self._weekly[day.weekday()]

    def _work_out_closing(self, ordinal: int) -> datetime | None:
        day = date.fromordinal(ordinal)
        midnight = datetime.combine(day, time())
        closings = (
            last_reading(self._zone, midnight + own.opens, midnight + own.closes)
            for own in self._intervals_of(day)
        )
        return max((closing for closing in closings if closing is not None), default=None)

    def _last_day_that_may_open(self) -> int:
        if any(self._weekly) or self._known_years is not None:
            return date(_LAST_YEAR, 12, 31).toordinal()
        last_extra = max((day for day, intervals in self._extra.items() if intervals), default=date.min)
        tail_and_zones_behind_utc = 2
        return last_extra.toordinal() + tail_and_zones_behind_utc


def _parse_all(pairs: Iterable[tuple[str, str]]) -> tuple[LocalInterval, ...]:
    return tuple(LocalInterval.parse(opens, closes) for opens, closes in pairs)


def _in_utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise WorkingTimeError(f"an instant needs a time zone: {at.isoformat()}")
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise WorkingTimeError(f"an instant lies between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return at.astimezone(UTC)


def _in_order(pauses: Iterable[Span]) -> list[Span]:
    paused = sorted((_in_utc(begins), _in_utc(ends)) for begins, ends in pauses)
    if any(ends < begins for begins, ends in paused):
        raise WorkingTimeError("a pause cannot end before it begins")
    return paused


def _without(openings: Iterable[Span], paused: list[Span]) -> Iterator[Span]:
    for opens, closes in openings:
        resumed = opens
        for begins, ends in paused:
            if begins >= closes:
                break
            if resumed < begins:
                yield resumed, begins
            resumed = max(resumed, ends)
        if resumed < closes:
            yield resumed, closes
