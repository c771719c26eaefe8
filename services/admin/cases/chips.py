"""Promises as the chips of pages: the look is decided by `shared/sla/chip.py`, here it only gets its name."""

from datetime import datetime

from shared.cases.views import ClockView, QueueRow
from shared.sla.chip import ClockFacts, chip
from shared.web.components import ClockChip


def clock_chip(metric: str, facts: ClockFacts, now: datetime) -> ClockChip:
    """The chip of a promise at `now`."""
    look = chip(facts, now)
    return ClockChip(
        metric=metric,
        state=look.state.value,
        due_at=look.due_at,
        seconds=look.seconds,
        share_left=look.share_left,
        warn_at=look.warn_at,
        critical_at=look.critical_at,
    )


def chip_of_clock(clock: ClockView, now: datetime) -> ClockChip:
    """The chip of one of a case's clocks."""
    facts = ClockFacts(
        started_at=clock.started_at,
        due_at=clock.due_at,
        met_at=clock.met_at,
        breached_at=clock.breached_at,
        is_paused=clock.state == "paused",
    )
    return clock_chip(clock.metric, facts, now)


def chip_of_row(row: QueueRow, now: datetime) -> ClockChip | None:
    """The chip of what is due next on a case; None when nothing is promised any more."""
    if row.due_at is None or row.due_metric is None or row.due_started_at is None:
        return None
    facts = ClockFacts(started_at=row.due_started_at, due_at=row.due_at)
    return clock_chip(row.due_metric, facts, now)
