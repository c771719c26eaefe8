"""The values that the component macros show; views fill them, `templates/components` draws them."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec


class ClockChip(msgspec.Struct, frozen=True, kw_only=True):
    """One promise as a chip.

    `state` is how worried to look (`shared/sla/chip.py`): ok, warn, critical, over, paused, met or met_late.
    `seconds` is the time left or past the due instant; for a met clock, how early or late it was met.
    `share_left` (0 to 1) is drawn as a ring. From `warn_at` and `critical_at` on, the browser changes the
    colour by itself.
    """

    metric: str
    state: str
    due_at: datetime
    seconds: float
    share_left: float
    warn_at: datetime
    critical_at: datetime


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
