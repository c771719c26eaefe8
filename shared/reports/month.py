"""A calendar month as reports count it: by local dates of the dealer. Pure."""

from datetime import UTC, date, datetime
from typing import Self
from zoneinfo import ZoneInfo

import msgspec

from shared.errors import Invalid


class Month(msgspec.Struct, frozen=True, order=True):
    """One month of one year, such as 2026-10; sorts by time."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Self:
        """The month a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The month written `YYYY-MM`; raises `Invalid` (field `month`, code `not_a_month`)."""
        try:
            return cls.of(date.fromisoformat(f"{text}-01"))
        except ValueError:
            raise Invalid.field("month", "not_a_month", value=text[:20]) from None

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first_day(self) -> date:
        """The first day."""
        return date(self.year, self.month, 1)

    def plus(self, months: int) -> Self:
        """The month that many months later, or earlier for a negative number."""
        years, index = divmod(self.month - 1 + months, 12)
        return type(self)(self.year + years, index + 1)

    def back(self, count: int) -> tuple[Self, ...]:
        """The `count` months that end with this one, oldest first."""
        return tuple(self.plus(-distance) for distance in reversed(range(count)))

    def bounds(self, time_zone: str) -> tuple[datetime, datetime]:
        """(first instant of the month, first instant of the next) in UTC, for a place in that time zone."""
        zone = ZoneInfo(time_zone)
        start, end = self.first_day, self.plus(1).first_day
        return (
            datetime(start.year, start.month, start.day, tzinfo=zone).astimezone(UTC),
            datetime(end.year, end.month, end.day, tzinfo=zone).astimezone(UTC),
        )
