"""The values that the component macros show; views fill them, `templates/components` draws them."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

CRITICAL_SPAN: Final = timedelta(hours=1)
WARNING_SPAN: Final = timedelta(hours=8)


class ChipState(StrEnum):
    """How a clock looks. Amber (warn, critical) can still be saved, red (over) is late."""

    OK = "ok"
    WARN = "warn"
    CRITICAL = "critical"
    OVER = "over"
    PAUSED = "paused"
    MET = "met"
    MET_LATE = "met_late"


class ClockChip(msgspec.Struct, frozen=True, kw_only=True):
    """One promise as a chip.

    `seconds` is the time left or past the due instant; for a met clock, how early or late it was met.
    `share_left` (0 to 1) is drawn as a ring. From `warn_at` and `critical_at` on, the browser changes the
    colour by itself.
    """

    metric: str
    state: ChipState
    due_at: datetime
    seconds: float
    share_left: float
    warn_at: datetime
    critical_at: datetime


def clock_chip(
    metric: str,
    *,
    started_at: datetime,
    due_at: datetime,
    now: datetime,
    met_at: datetime | None = None,
    is_paused: bool = False,
) -> ClockChip:
    """The chip of a clock at `now`.

    It warns in the last quarter, but at least 8 hours before the end, and is critical in the last tenth,
    but at least 1 hour before; short clocks warn for three quarters and are critical for half of their
    length.
    """
    length = due_at - started_at
    warn_at = due_at - max(length / 4, min(WARNING_SPAN, length * 3 / 4))
    critical_at = due_at - max(length / 10, min(CRITICAL_SPAN, length / 2))
    left = due_at - (met_at or now)
    return ClockChip(
        metric=metric,
        state=_state(now, due_at, warn_at, critical_at, met_at, is_paused=is_paused),
        due_at=due_at,
        seconds=abs(left.total_seconds()),
        share_left=min(max(left / length, 0.0), 1.0) if length else 0.0,
        warn_at=warn_at,
        critical_at=critical_at,
    )


def _state(
    now: datetime,
    due_at: datetime,
    warn_at: datetime,
    critical_at: datetime,
    met_at: datetime | None,
    *,
    is_paused: bool,
) -> ChipState:
    if met_at is not None:
        return ChipState.MET if met_at <= due_at else ChipState.MET_LATE
    if is_paused:
        return ChipState.PAUSED
    if now >= due_at:
        return ChipState.OVER
    if now >= critical_at:
        return ChipState.CRITICAL
    return ChipState.WARN if now >= warn_at else ChipState.OK


class KpiKind(StrEnum):
    """How the value of a tile is written."""

    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"


class Kpi(msgspec.Struct, frozen=True, kw_only=True):
    """One figure with its trend, linked to the list it was counted from.

    `change` is the difference to a week before, in the unit of `value`; `more_is_better` decides its colour.
    """

    label: str
    value: float | None
    kind: KpiKind = KpiKind.COUNT
    change: float | None = None
    more_is_better: bool = False
    is_alarming: bool = False
    trend: list[float | None] = []
    href: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """One entry of a select: the value sent and the text shown."""

    value: str
    text: str


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """One tab of a list; `tone` colours its count: `bad` red, `warn` amber."""

    text: str
    href: str
    count: int | None = None
    tone: str = ""
    is_current: bool = False


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. `kind` picks icon and colour; `headline` is in the reader's language.

    `actor` is empty for the product itself. `body` is free text as somebody wrote it. An entry that the
    customer must not see is `is_internal`.
    """

    kind: str
    at: datetime
    headline: str
    actor: str = ""
    body: str = ""
    is_internal: bool = False


class Toast(msgspec.Struct, frozen=True):
    """A short message about what just happened; `tone` is good, warn or bad."""

    text: str
    tone: str = "good"


class FormState(msgspec.Struct, frozen=True):
    """What a refused form shows: the values as typed, a sentence per wrong field and one for all."""

    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    message: str = ""


EMPTY_FORM: Final = FormState()
