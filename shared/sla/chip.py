"""How a clock looks to the people who work on it: what is left, and how much that should worry them."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

WARNING_SPAN = timedelta(hours=8)
CRITICAL_SPAN = timedelta(hours=1)


class ChipState(StrEnum):
    """Warn and critical can still be saved, over is late."""

    OK = "ok"
    WARN = "warn"
    CRITICAL = "critical"
    OVER = "over"
    PAUSED = "paused"
    MET = "met"
    MET_LATE = "met_late"


class ClockFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A stored clock that is not cancelled, as far as its look depends on it."""

    started_at: datetime
    due_at: datetime
    met_at: datetime | None = None
    breached_at: datetime | None = None
    is_paused: bool = False


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """The look of a clock at one instant.

    `seconds` is the real time left, or past the due instant; for a met clock, how early or late it was met.
    `share_left` goes from 1 at the start to 0 when due. From `warn_at` and `critical_at` on the state changes
    by itself.
    """

    state: ChipState
    due_at: datetime
    seconds: float
    share_left: float
    warn_at: datetime
    critical_at: datetime


def chip(clock: ClockFacts, now: datetime) -> Chip:
    """The chip of a clock at `now`, all in real time, as people read a countdown.

    It warns in the last quarter and in the last 8 hours, and is critical in the last tenth and in the last
    hour. A short clock begins to warn when a quarter of it has passed, and is critical in its second half.
    Late is late: a clock met after its breach was recorded is met late, whatever its due instant became
    since.
    """
    length = clock.due_at - clock.started_at
    warn_at = clock.due_at - max(length / 4, min(WARNING_SPAN, length * 3 / 4))
    critical_at = clock.due_at - max(length / 10, min(CRITICAL_SPAN, length / 2))
    left = clock.due_at - (clock.met_at or now)
    return Chip(
        state=_state(clock, now, warn_at, critical_at),
        due_at=clock.due_at,
        seconds=abs(left.total_seconds()),
        share_left=min(max(left / length, 0.0), 1.0) if length else 0.0,
        warn_at=warn_at,
        critical_at=critical_at,
    )


def _state(clock: ClockFacts, now: datetime, warn_at: datetime, critical_at: datetime) -> ChipState:
    is_late = clock.breached_at is not None or (clock.met_at or now) >= clock.due_at
    if clock.met_at is not None:
        return ChipState.MET_LATE if is_late else ChipState.MET
    if clock.is_paused:
        return ChipState.PAUSED if clock.breached_at is None else ChipState.OVER
    if is_late:
        return ChipState.OVER
    if now >= critical_at:
        return ChipState.CRITICAL
    return ChipState.WARN if now >= warn_at else ChipState.OK
