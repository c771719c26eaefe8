"""The dealers of a scope at a glance: what a regional manager opens the day with."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shared.cases.conditions import DUE, IS_MAJOR, WAITING, is_breached, is_due_soon
from shared.cases.filters import QueueFilter, Tab
from shared.cases.listing import queue
from shared.cases.views import QueueRow
from shared.db.engine import Transaction

WEEKS: Final = 12
HEAT_DAYS: Final = 7
_NEXT_SHOWN: Final = 8
_WAITING_SHOWN: Final = 20


class WeekPoint(msgspec.Struct, frozen=True):
    """A week's on-time share, None when nothing was decided in it; `week` is its Monday's local midnight."""

    week: datetime
    on_time: float | None


class LeagueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A dealer in the league; `weeks` holds twelve, oldest first, the last one still running."""

    dealer_id: int
    dealer_code: str
    dealer_name: str
    dealer_name_en: str
    open: int
    due_soon: int
    breached: int
    major: int
    on_time: float | None
    weeks: list[WeekPoint]


class HeatCell(msgspec.Struct, frozen=True):
    """How many cases of a dealer have their next promise due on a local day (`day` 0 is today, up to 6)."""

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

    A promise is decided when it is met or breached, whichever comes first; `on_time` is the share met in time
    of those decided since the local month began, None when there were none. The league has the dealer with
    the most broken promises first and leaves the OEM desk out, which the totals count, as do `weeks`.
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
    weeks: list[WeekPoint]


class _OpenCases(msgspec.Struct, frozen=True):
    dealer_id: int
    code: str
    name: str
    name_en: str
    is_desk: bool
    open: int
    due_soon: int
    breached: int
    major: int


class _Decided(msgspec.Struct, frozen=True):
    dealer_id: int
    week: int
    decided: int
    in_time: int
    decided_this_month: int
    in_time_this_month: int


_OPEN: Final = f"""
SELECT d.id AS dealer_id, d.code, d.name, d.name_en, d.is_desk, coalesce(o.open, 0) AS open,
       coalesce(o.due_soon, 0) AS due_soon, coalesce(o.breached, 0) AS breached, coalesce(o.major, 0) AS major
FROM dealers d
LEFT JOIN (
    SELECT c.dealer_id, count(*) AS open,
           count(*) FILTER (WHERE {is_due_soon("$2")}) AS due_soon,
           count(*) FILTER (WHERE {is_breached("$2")}) AS breached,
           count(*) FILTER (WHERE {IS_MAJOR}) AS major
    FROM cases c WHERE c.oem_id = $1 AND c.closed_at IS NULL GROUP BY c.dealer_id
) o ON o.dealer_id = d.id
WHERE d.oem_id = $1 AND (d.active OR o.open > 0)
"""
# width_bucket numbers the weeks by their beginnings: 1 is the oldest.
_DECIDED: Final = """
SELECT dealer_id, width_bucket(decided_at, $3::timestamptz[]) AS week,
       count(*) AS decided,
       count(*) FILTER (WHERE breached_at IS NULL) AS in_time,
       count(*) FILTER (WHERE decided_at >= $2) AS decided_this_month,
       count(*) FILTER (WHERE breached_at IS NULL AND decided_at >= $2) AS in_time_this_month
FROM clocks
WHERE oem_id = $1 AND decided_at >= $4 AND decided_at <= $5
GROUP BY 1, 2
"""
_HEAT: Final = f"""
SELECT c.dealer_id, width_bucket({DUE}, $2::timestamptz[]) - 1 AS day, count(*) AS due
FROM cases c
WHERE c.oem_id = $1 AND c.closed_at IS NULL AND {DUE} >= $3 AND {DUE} < $4
GROUP BY 1, 2 ORDER BY 1, 2
"""
_WAITING: Final = f"""
SELECT e.id, e.case_id, c.number, c.title, c.dealer_id, d.name AS dealer_name, d.name_en AS dealer_name_en,
       e.metric, e.step, e.due_at, e.fired_at, e.reason
FROM escalations e
JOIN cases c ON c.oem_id = e.oem_id AND c.id = e.case_id AND c.closed_at IS NULL
JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
WHERE e.oem_id = $1 AND {WAITING} AND $2 = ANY (e.recipient_ids)
ORDER BY e.fired_at DESC, e.id LIMIT {_WAITING_SHOWN}
"""


async def overview(tx: Transaction, oem_id: int, *, time_zone: str, membership_id: UUID | None) -> Overview:
    """The overview of the transaction's scope, with days, weeks and months of `time_zone`."""
    now = await tx.now()
    local = now.astimezone(ZoneInfo(time_zone))
    weeks = _week_beginnings(local)
    month = midnight(local.replace(day=1))
    dealers = await tx.rows(_OpenCases, _OPEN, oem_id, now)
    decided = await tx.rows(_Decided, _DECIDED, oem_id, month, weeks, min(weeks[0], month), now)
    return Overview(
        as_of=now,
        open=sum(each.open for each in dealers),
        due_soon=sum(each.due_soon for each in dealers),
        breached=sum(each.breached for each in dealers),
        major=sum(each.major for each in dealers),
        on_time=_on_time_this_month(decided),
        league=_league(dealers, decided, weeks),
        next_to_breach=await next_to_breach(tx, oem_id),
        waiting=await waiting_for(tx, oem_id, membership_id),
        heat=await _heat(tx, oem_id, now, local),
        weeks=_points(decided, weeks),
    )


async def next_to_breach(tx: Transaction, oem_id: int) -> list[QueueRow]:
    """The cases of the scope whose promises fall due next, at most eight."""
    found = await queue(tx, oem_id, QueueFilter(tab=Tab.DUE_SOON), limit=_NEXT_SHOWN)
    return found.items


async def waiting_for(tx: Transaction, oem_id: int, membership_id: UUID | None) -> list[WaitingEscalation]:
    """The escalations that wait for a person, newest first, at most twenty; nobody waits for a machine."""
    if membership_id is None:
        return []
    return await tx.rows(WaitingEscalation, _WAITING, oem_id, membership_id)


async def _heat(tx: Transaction, oem_id: int, now: datetime, local: datetime) -> list[HeatCell]:
    days = [midnight(local + timedelta(days=day)) for day in range(HEAT_DAYS + 1)]
    return await tx.rows(HeatCell, _HEAT, oem_id, days, now, days[-1])


def _league(
    dealers: Sequence[_OpenCases], decided: Sequence[_Decided], weeks: Sequence[datetime]
) -> list[LeagueRow]:
    of_dealer: dict[int, list[_Decided]] = defaultdict(list)
    for each in decided:
        of_dealer[each.dealer_id].append(each)
    rows = [
        LeagueRow(
            dealer_id=each.dealer_id,
            dealer_code=each.code,
            dealer_name=each.name,
            dealer_name_en=each.name_en,
            open=each.open,
            due_soon=each.due_soon,
            breached=each.breached,
            major=each.major,
            on_time=_on_time_this_month(of_dealer[each.dealer_id]),
            weeks=_points(of_dealer[each.dealer_id], weeks),
        )
        for each in dealers
        if not each.is_desk
    ]
    return sorted(rows, key=lambda row: (-row.breached, _or_all(row.on_time), row.dealer_code))


def _points(decided: Sequence[_Decided], weeks: Sequence[datetime]) -> list[WeekPoint]:
    in_time, whole = Counter[int](), Counter[int]()
    for each in decided:
        in_time[each.week] += each.in_time
        whole[each.week] += each.decided
    return [WeekPoint(week, _share(in_time[place], whole[place])) for place, week in enumerate(weeks, 1)]


def _on_time_this_month(decided: Sequence[_Decided]) -> float | None:
    return _share(
        sum(each.in_time_this_month for each in decided),
        sum(each.decided_this_month for each in decided),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _or_all(share: float | None) -> float:
    return 1.0 if share is None else share


def _week_beginnings(local: datetime) -> list[datetime]:
    monday = local - timedelta(days=local.weekday())
    return [midnight(monday - timedelta(weeks=back)) for back in range(WEEKS - 1, -1, -1)]


def midnight(local: datetime) -> datetime:
    """The beginning of a local day."""
    return datetime.combine(local.date(), time(), local.tzinfo).astimezone(UTC)
