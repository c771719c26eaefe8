"""Reading cases: the one list for API and console, the case page, the regional overview.

Every function runs in the caller's open transaction; the scope decides what is seen, so nothing here repeats it.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.cases.views import CaseView, ClockView, EscalationView, QueueRow, TimelineEntry
from shared.cases.vocabulary import CaseState, Category, Urgency
from shared.db.engine import Transaction


class Tab(StrEnum):
    """The ready-made views of the list."""

    OPEN = "open"
    MINE = "mine"
    DUE_SOON = "due_soon"
    BREACHED = "breached"
    MAJOR = "major"
    WAITING = "waiting"
    ALL = "all"


class Sort(StrEnum):
    """The order of the list: what is due first (nothing due comes last), or the newest received first."""

    DUE = "due"
    NEWEST = "newest"


class QueueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases: all given conditions hold; several values of one are alternatives.

    `membership_id` is the reader, for `mine` and `waiting`. `text` is the beginning of a case number or a plate.
    """

    tab: Tab = Tab.OPEN
    sort: Sort = Sort.DUE
    membership_id: UUID | None = None
    dealer_ids: tuple[int, ...] = ()
    states: tuple[CaseState, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    categories: tuple[Category, ...] = ()
    text: str = ""


class QueuePage(msgspec.Struct, frozen=True):
    """A page of the list; `next_cursor` None on the last one."""

    items: list[QueueRow]
    next_cursor: str | None


class QueueCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases stand in each tab."""

    open: int
    mine: int
    due_soon: int
    breached: int
    major: int
    waiting: int


async def queue(
    tx: Transaction, oem_id: int, wanted: QueueFilter, *, cursor: str | None = None, limit: int = 50
) -> QueuePage:
    """One page of the list; raises `Invalid` (code `bad_cursor`) for a cursor that is not ours."""
    raise NotImplementedError


async def counts(tx: Transaction, oem_id: int, wanted: QueueFilter) -> QueueCounts:
    """The size of every tab under the other conditions of `wanted`; its own call, for it reads every open case."""
    raise NotImplementedError


async def case_view(tx: Transaction, oem_id: int, case_id: UUID) -> CaseView:
    """One case; raises `NotFound` (code `case_not_found`) for none in the scope."""
    raise NotImplementedError


async def timeline(tx: Transaction, oem_id: int, case_id: UUID) -> list[TimelineEntry]:
    """Everything that happened to a case, oldest first; raises `NotFound`."""
    raise NotImplementedError


async def clocks_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[ClockView]:
    """The case's clocks by due time, all cycles; raises `NotFound`."""
    raise NotImplementedError


async def escalations_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[EscalationView]:
    """Every firing on the case, oldest first; raises `NotFound`."""
    raise NotImplementedError


class WeekPoint(msgspec.Struct, frozen=True):
    """A week's on-time share, None when nothing was decided in it; `week` is its Monday's local midnight."""

    week: datetime
    on_time: float | None


class LeagueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A dealer in the league: how much is open and how it keeps its promises; `weeks` holds 12, oldest first."""

    dealer_id: int
    dealer_code: str
    dealer_name: str
    dealer_name_en: str
    open: int
    breached: int
    major: int
    on_time: float | None
    weeks: list[WeekPoint]


class HeatCell(msgspec.Struct, frozen=True):
    """How many open promises of a dealer fall due on a local day (`day` 0 is today, up to 6)."""

    dealer_id: int
    day: int
    due: int


class WaitingEscalation(msgspec.Struct, frozen=True, kw_only=True):
    """An escalation that waits for the reader."""

    id: UUID
    case_id: UUID
    number: str
    title: str
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    metric: str
    step: str
    due_at: datetime
    fired_at: datetime
    reason: str


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The dealers of a scope at a glance.

    A promise is decided when it is met or breached, whichever comes first; `on_time` is the share met in time of
    those decided since the local month began, None when there were none.
    """

    as_of: datetime
    open: int
    due_soon: int
    breached: int
    major: int
    on_time: float | None
    league: list[LeagueRow]
    next_to_breach: list[QueueRow]
    waiting: list[WaitingEscalation]
    heat: list[HeatCell]


async def overview(tx: Transaction, oem_id: int, *, time_zone: str, membership_id: UUID | None) -> Overview:
    """The overview of the transaction's scope; the OEM desk is left out of the league."""
    raise NotImplementedError
