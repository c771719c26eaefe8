"""Totals, handling times and buckets of a month, counted from its case list: both agree (R6.1). Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from shared.cases.vocabulary import Category, ReportCode
from shared.reports.figures import CaseRow, CategoryCounts, DealerMonth
from shared.reports.month import Month

BUCKET_LAST_DAYS: Final = (3, 7, 14, 30, 60)
"""Last day of each bucket of R6.1: to 3 days, 4–7, 8–14, 15–30, 1–2 months (31–60); the sixth is beyond."""

BUCKETS: Final = len(BUCKET_LAST_DAYS) + 1


class HandlingTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of handling times in seconds; percentiles by nearest rank, so each is a real case's time."""

    cases: int
    mean_seconds: int
    median_seconds: int
    p90_seconds: int
    longest_seconds: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A month at a glance. Buckets are tuples of `BUCKETS` counts, shortest first."""

    received: tuple[CaseRow, ...]
    """Cases received in the month, oldest first."""
    carried_over: tuple[CaseRow, ...]
    """Cases received earlier and not resolved when the month began, oldest first."""
    categories: CategoryCounts
    channels: dict[ReportCode, int]
    major: int
    open_cases: tuple[CaseRow, ...]
    """Cases not resolved when the report was made, oldest first."""
    resolved_in_month: int
    resolved_buckets: tuple[int, ...]
    """Cases resolved in the month by days from receipt to result."""
    open_buckets: tuple[int, ...]
    """Open cases by days since receipt."""
    handling: HandlingTimes | None
    """Cases resolved in the month, in gross time; None when there are none."""
    net_handling: HandlingTimes | None
    """The same without the time in which they waited for the customer (R4)."""
    own_handling: HandlingTimes | None
    """The same without the time in which they waited for anybody: the dealer's own."""
    handling_by_category: dict[Category, HandlingTimes]
    first_contact_median_seconds: int | None
    """Over the cases received in the month that were contacted; None when there are none."""


def summarise(figures: DealerMonth) -> Summary:
    """Count the month."""
    rows = sorted(figures.cases, key=lambda row: (row.received_at, row.number))
    received = tuple(row for row in rows if _in_month(figures, row.received_at))
    open_cases = tuple(row for row in rows if row.result_at is None)
    resolved = [row for row in rows if row.result_at is not None and _in_month(figures, row.result_at)]
    contacted = [row.first_contact_seconds for row in received if row.first_contact_seconds is not None]
    return Summary(
        received=received,
        carried_over=tuple(row for row in rows if not _in_month(figures, row.received_at)),
        categories=_by_category(received),
        channels={code: sum(row.channel == code for row in received) for code in ReportCode},
        major=sum(row.is_major for row in received),
        open_cases=open_cases,
        resolved_in_month=len(resolved),
        resolved_buckets=_buckets(handling_days(figures, row) for row in resolved),
        open_buckets=_buckets(handling_days(figures, row) for row in open_cases),
        handling=_statistics(resolved),
        net_handling=_statistics(resolved, lambda row: row.customer_seconds),
        own_handling=_statistics(resolved, lambda row: row.waited_seconds),
        handling_by_category={
            category: times
            for category in Category
            if (times := _statistics([row for row in resolved if row.category is category])) is not None
        },
        first_contact_median_seconds=_percentile(sorted(contacted), 50) if contacted else None,
    )


def handling_days(figures: DealerMonth, row: CaseRow) -> int:
    """Calendar days from receipt to the result or, while open, to `generated_at`; never negative."""
    end = row.result_at or figures.generated_at
    return max((figures.local_date(end) - figures.local_date(row.received_at)).days, 0)


def bucket_of(days: int) -> int:
    """The bucket a number of days falls into, 0 for the shortest."""
    return next((index for index, last in enumerate(BUCKET_LAST_DAYS) if days <= last), BUCKETS - 1)


def share_permille(part: int, whole: int) -> int:
    """A share in per mille, rounded to the nearest; 0 of nothing."""
    return (2000 * part + whole) // (2 * whole) if whole else 0


def _in_month(figures: DealerMonth, instant: datetime) -> bool:
    return Month.of(figures.local_date(instant)) == figures.month


def _by_category(rows: Iterable[CaseRow]) -> CategoryCounts:
    counts = Counter(row.category.name.lower() for row in rows)
    return CategoryCounts(**counts)


def _buckets(days: Iterable[int]) -> tuple[int, ...]:
    counts = Counter(bucket_of(count) for count in days)
    return tuple(counts[index] for index in range(BUCKETS))


def _nothing(_: CaseRow) -> int:
    return 0


def _statistics(rows: Sequence[CaseRow], less: Callable[[CaseRow], int] = _nothing) -> HandlingTimes | None:
    seconds = sorted(
        max(int((row.result_at - row.received_at).total_seconds()) - less(row), 0)
        for row in rows
        if row.result_at is not None
    )
    if not seconds:
        return None
    return HandlingTimes(
        cases=len(seconds),
        mean_seconds=sum(seconds) // len(seconds),
        median_seconds=_percentile(seconds, 50),
        p90_seconds=_percentile(seconds, 90),
        longest_seconds=seconds[-1],
    )


def _percentile(ordered: Sequence[int], percent: int) -> int:
    rank = -(-percent * len(ordered) // 100)
    return ordered[max(rank, 1) - 1]
