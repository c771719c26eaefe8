"""Working time the slow way: read the wall clock minute by minute and ask whether it lies inside an interval.

Independent of the product's arithmetic on purpose: no cutting of days, no offsets, no caching.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.sla.working_time import LocalInterval, Span, WorkingCalendar

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Hours:
    """The data of a calendar, for both calculators."""

    time_zone: str
    weekly: Mapping[int, Sequence[LocalInterval]]
    holidays: frozenset[date] = frozenset()
    extra: Mapping[date, Sequence[LocalInterval]] = field(default_factory=dict)

    def calendar(self) -> WorkingCalendar:
        return WorkingCalendar(self.time_zone, self.weekly, self.holidays, self.extra)

    def is_open(self, instant: datetime) -> bool:
        wall = instant.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)
        today = wall.date()
        return any(
            midnight + interval.opens <= wall < midnight + interval.closes
            for midnight in (datetime.combine(day, time()) for day in (today - timedelta(days=1), today))
            for interval in self._intervals(midnight.date())
        )

    def is_worked(self, instant: datetime, pauses: Iterable[Span]) -> bool:
        return self.is_open(instant) and not any(begins <= instant < ends for begins, ends in pauses)

    def elapsed_minutes(self, start: datetime, end: datetime, pauses: Sequence[Span] = ()) -> int:
        minutes = (end - start) // MINUTE
        return sum(self.is_worked(start + minute * MINUTE, pauses) for minute in range(minutes))

    def due(
        self, start: datetime, minutes: int, limit: datetime, pauses: Sequence[Span] = ()
    ) -> datetime | None:
        """None when the target is not worked before the limit."""
        instant, left = start, minutes
        while left and instant < limit:
            left -= self.is_worked(instant, pauses)
            instant += MINUTE
        return None if left else instant

    def _intervals(self, day: date) -> Sequence[LocalInterval]:
        if day in self.extra:
            return self.extra[day]
        return () if day in self.holidays else self.weekly.get(day.weekday(), ())
