"""Working time: due instants of a three-working-day target, in China's calendar, one process (R4.3)."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from infra.bench.figures import Figure, at_least, median
from shared.calendars.china import china
from shared.calendars.definition import build
from shared.sla.working_time import Span, WorkingCalendar

ROUNDS = 5
STARTS = tuple(datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=97 * step) for step in range(5_000))
HOURS_OF_THREE_DAYS = timedelta(hours=27)


async def measure() -> list[Figure]:
    """Each figure begins with a calendar that remembers no day."""
    return [
        at_least("due, 3 working days in hours", _rate(_by_hours), "due/s", 5_000),
        at_least("due, the same with two pauses", _rate(_with_pauses), "due/s", 5_000),
        at_least("the closing of the 3rd working day", _rate(_by_days), "due/s", 5_000),
    ]


def _rate(reckon: Callable[[WorkingCalendar, datetime], datetime]) -> float:
    rates: list[float] = []
    for _ in range(ROUNDS):
        calendar = build(china())
        begun = time.perf_counter()
        for start in STARTS:
            reckon(calendar, start)
        rates.append(len(STARTS) / (time.perf_counter() - begun))
    return median(rates)


def _by_hours(calendar: WorkingCalendar, start: datetime) -> datetime:
    return calendar.due(start, HOURS_OF_THREE_DAYS)


def _with_pauses(calendar: WorkingCalendar, start: datetime) -> datetime:
    return calendar.due(start, HOURS_OF_THREE_DAYS, _pauses(start))


def _by_days(calendar: WorkingCalendar, start: datetime) -> datetime:
    return calendar.add_working_days(start, 3)


def _pauses(start: datetime) -> tuple[Span, Span]:
    hour = timedelta(hours=1)
    return (start + 2 * hour, start + 20 * hour), (start + 19 * hour, start + 30 * hour)
