"""What the overview across dealers shows. Every figure links to the list it was counted from."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from services.admin.cases.models import Caution
from shared.cases.vocabulary import Urgency
from shared.web.components import ClockChip, Kpi


class LeagueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One dealer in the league: the share of promises kept this month and in each of twelve weeks.

    `change` is the difference of the last full week to four weeks before it, in percentage points; None
    where either had none.
    """

    dealer: str
    href: str
    share_met: float | None
    change: float | None
    trend: list[float | None]
    open_cases: int
    due_soon: int
    breached: int
    major: int


class WaitingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One case with an escalation that waits for the reader's acknowledgement.

    `level` and `clock` are None where a person called for help, with the `reason`.
    """

    case_id: UUID
    number: str
    title: str
    dealer: str
    reason: str
    level: int | None
    raised_at: datetime
    clock: ClockChip | None


class NextBreachRow(msgspec.Struct, frozen=True, kw_only=True):
    """One case whose clock runs out next."""

    case_id: UUID
    title: str
    dealer: str
    owner: str
    urgency: Urgency
    clock: ClockChip


class DueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One dealer's open clocks by due day: `late` before today, then one count per day of `DueTable.days`."""

    dealer: str
    href: str
    late: int
    counts: list[int]


class DueTable(msgspec.Struct, frozen=True):
    """What falls due in the next seven days, the first being today at the reader's place."""

    days: list[date]
    rows: list[DueRow]


class ReportProgress(msgspec.Struct, frozen=True):
    """How many dealers' reports of a month are ready."""

    month: date
    ready: int
    failed: int
    dealers: int


class WaitingCard(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for the reader, by itself; `waiting_count` cases in all."""

    waiting: list[WaitingRow]
    waiting_count: int


class NextBreachCard(msgspec.Struct, frozen=True, kw_only=True):
    """What runs out next, by itself."""

    next_breach: list[NextBreachRow]


class ConspicuousRow(msgspec.Struct, frozen=True, kw_only=True):
    """How often one dealer solved just before due, held, and left product quality, this month."""

    dealer: str
    href: str
    just_in_time: int
    held: int
    left_quality: int


class RegionPage(msgspec.Struct, frozen=True, kw_only=True):
    """The whole overview; `target` is the share of promises to keep (0 to 1), lists are worst first.

    `conspicuous` is for the OEM alone; None for dealers.
    """

    name: str
    dealer_count: int
    updated_at: datetime
    target: float
    kpis: list[Kpi]
    league: list[LeagueRow]
    waiting: list[WaitingRow]
    waiting_count: int
    next_breach: list[NextBreachRow]
    due: DueTable
    reports: ReportProgress | None = None
    cautions: list[Caution] = []
    conspicuous: list[ConspicuousRow] | None = None
