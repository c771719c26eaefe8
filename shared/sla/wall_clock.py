"""What the wall clock of a time zone reads, without the ambiguity of local times.

Going from a local time to an instant has no single answer around a change of the clocks. Going from an
instant to the local time always has. So everything here starts from UTC: a UTC day is cut where the offset
changes, and within each piece the wall clock runs evenly.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.sla.errors import WorkingTimeError
from shared.sla.local_interval import DAY

_SECONDS_PER_DAY = 86_400


class EvenStretch(NamedTuple):
    """A half-open stretch of UTC over which the wall clock runs `offset` ahead of it."""

    since: datetime
    until: datetime
    offset: timedelta

    def to_wall(self, instant: datetime) -> datetime:
        """What the wall clock reads at that instant, naive."""
        return instant.replace(tzinfo=None) + self.offset

    def to_utc(self, wall: datetime) -> datetime:
        """The instant at which it reads that naive local time."""
        return (wall - self.offset).replace(tzinfo=UTC)


def zone_named(name: str) -> ZoneInfo:
    """The zone of the tz database. Raises `WorkingTimeError` when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WorkingTimeError(f"no such time zone: {name!r}") from error


def even_stretches(zone: ZoneInfo, ordinal: int) -> Iterator[EvenStretch]:
    """The UTC day of that proleptic ordinal, cut where the zone's offset changes.

    At most one change a day is looked for: the closest two of any zone in the tz database are four days apart
    (Freetown, September 1939).
    """
    begin = datetime.combine(date.fromordinal(ordinal), time(), UTC)
    end = begin + DAY
    before, after = _offset(zone, begin), _offset(zone, end)
    if before == after:
        yield EvenStretch(begin, end, before)
        return
    change = begin + timedelta(
        seconds=bisect_left(
            range(_SECONDS_PER_DAY),
            1,
            key=lambda second: _offset(zone, begin + timedelta(seconds=second)) != before,
        )
    )
    yield EvenStretch(begin, change, before)
    yield EvenStretch(change, end, after)


def last_reading(zone: ZoneInfo, opens: datetime, closes: datetime) -> datetime | None:
    """The instant at which the wall clock leaves `[opens, closes)`, two naive local times, for the last time.

    None when it never reads a time in there: the interval lies in a gap, or on a date the zone skipped.
    """
    last: datetime | None = None
    for ordinal in range(opens.toordinal() - 1, closes.toordinal() + 2):
        for stretch in even_stretches(zone, ordinal):
            entered = max(stretch.since, stretch.to_utc(opens))
            left = min(stretch.until, stretch.to_utc(closes))
            if entered < left:
                last = left
    return last


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)
