"""A stretch of opening hours as people say it, on the wall clock."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from shared.sla.errors import WorkingTimeError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The keys of a week in text form, Monday first as in `date.weekday()`."""

DAY = timedelta(days=1)

_HOURS_AND_MINUTES = re.compile(r"(\d\d):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class LocalInterval:
    """A half-open stretch of the wall clock, each bound as time since the midnight its day begins with.

    `closes` beyond 24 hours means that the interval runs into the next day. Raises `WorkingTimeError` when it
    is empty, longer than a day, or does not begin on its own day.
    """

    opens: timedelta
    closes: timedelta

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.opens < DAY:
            raise WorkingTimeError("an interval opens at 00:00 or later and before 24:00")
        if not timedelta(0) < self.closes - self.opens <= DAY:
            raise WorkingTimeError("an interval is longer than nothing and no longer than a day")

    @classmethod
    def parse(cls, opens: str, closes: str) -> Self:
        """An interval as people write it.

        `("09:00", "18:00")`, `("22:00", "06:00")` across midnight, `("00:00", "24:00")` for a whole day.
        Raises `WorkingTimeError` for anything that is no such pair. Equal bounds are refused: they could mean
        a whole day as well as nothing.
        """
        start, end = _since_midnight(opens), _since_midnight(closes)
        if start == end:
            raise WorkingTimeError(f"{opens} to {closes} is empty; a whole day is 00:00 to 24:00")
        return cls(start, end if start < end else end + DAY)


def _since_midnight(text: str) -> timedelta:
    match = _HOURS_AND_MINUTES.fullmatch(text)
    since = timedelta(hours=int(match[1]), minutes=int(match[2])) if match else DAY + DAY
    if since > DAY:
        raise WorkingTimeError(f"{text!r} is no time of day between 00:00 and 24:00")
    return since
