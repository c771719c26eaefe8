"""The page model of the overview across dealers, read in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from services.admin.cases.cautions import caution_of
from services.admin.cases.chips import chip_of_row, clock_chip
from services.admin.region.models import (
    ConspicuousRow,
    DueRow,
    DueTable,
    LeagueRow,
    NextBreachCard,
    NextBreachRow,
    RegionPage,
    WaitingCard,
    WaitingRow,
)
from services.admin.reports.reports_page import progress
from services.admin.session import Reader
from shared.cases import queries, risk_service
from shared.cases.overview import HEAT_DAYS, HeatCell, Overview, WaitingEscalation, WeekPoint
from shared.cases.overview import LeagueRow as Standing
from shared.cases.queries import QueueFilter, Tab
from shared.cases.views import QueueCounts, QueueRow
from shared.db.engine import Transaction
from shared.permissions import DEALER_ROLES, Role
from shared.sla.chip import ClockFacts
from shared.sla.clock import level_of
from shared.tenants import dealers
from shared.web.components import ClockChip, Kpi, KpiKind
from shared.web.locale import translator

TARGET: Final = 0.9
"""The share of promises to keep: the monthly report's standard for timeliness (R6.3)."""

_WEEKS_BETWEEN: Final = 4
_WAITING_SHOWN: Final = 8


async def overview_page(tx: Transaction, reader: Reader, sizes: QueueCounts) -> RegionPage:
    """The whole overview in the reader's scope and time zone; `sizes` of its open cases."""
    found = await queries.overview(
        tx,
        reader.actor.oem_id,
        time_zone=reader.zone.key,
        membership_id=reader.actor.membership_id,
    )
    return RegionPage(
        name=await _name(tx, reader, found),
        dealer_count=len(found.league),
        updated_at=found.as_of,
        target=TARGET,
        kpis=_kpis(found, sizes, reader),
        league=[_standing(each, reader) for each in found.league],
        waiting=_waiting_rows(found.waiting, reader, found.as_of),
        waiting_count=sizes.waiting,
        next_breach=_next_breach(found.next_to_breach, reader, found.as_of),
        due=_due(found, reader),
        reports=await progress(tx, reader, len(found.league)),
        conspicuous=await _conspicuous(tx, reader),
        cautions=[
            caution_of(each, reader) for each in await risk_service.running_now(tx, reader.actor.oem_id)
        ],
    )


async def _conspicuous(tx: Transaction, reader: Reader) -> list[ConspicuousRow] | None:
    if reader.actor.role in DEALER_ROLES:
        return None
    return [
        ConspicuousRow(
            dealer=reader.named(each.dealer_name, each.dealer_name_en),
            href=f"/cases?dealer={each.dealer_id}",
            just_in_time=each.just_in_time,
            held=each.held,
            left_quality=each.left_quality,
        )
        for each in await queries.conspicuous(tx, reader.actor.oem_id, reader.zone.key)
    ]


async def waiting_card(tx: Transaction, reader: Reader) -> WaitingCard:
    """What waits for the reader, and nothing else of the overview."""
    oem_id, me = reader.actor.oem_id, reader.actor.membership_id
    found = await queries.waiting_for(tx, oem_id, me)
    wanted = QueueFilter(tab=Tab.WAITING, membership_id=me)
    return WaitingCard(
        waiting=_waiting_rows(found, reader, await tx.now()),
        waiting_count=await queries.matching(tx, oem_id, wanted),
    )


async def next_breach_card(tx: Transaction, reader: Reader) -> NextBreachCard:
    """What runs out next, and nothing else of the overview."""
    found = await queries.next_to_breach(tx, reader.actor.oem_id)
    return NextBreachCard(next_breach=_next_breach(found, reader, await tx.now()))


def _waiting_rows(waiting: Sequence[WaitingEscalation], reader: Reader, now: datetime) -> list[WaitingRow]:
    """One row per case: acknowledging answers all that waits on it; the newest escalation speaks for them."""
    newest: dict[object, WaitingEscalation] = {}
    for each in waiting:
        newest.setdefault(each.case_id, each)
    return [
        WaitingRow(
            case_id=each.case_id,
            number=each.number,
            title=each.title,
            dealer=reader.named(each.dealer_name, each.dealer_name_en),
            reason=each.reason,
            level=level_of(each.step),
            raised_at=each.fired_at,
            clock=_late(each, now),
        )
        for each in list(newest.values())[:_WAITING_SHOWN]
    ]


def _late(waiting: WaitingEscalation, now: datetime) -> ClockChip | None:
    if level_of(waiting.step) is None:
        return None
    # How long the promise was tells nothing any more: it is late.
    facts = ClockFacts(started_at=waiting.due_at - timedelta(hours=1), due_at=min(waiting.due_at, now))
    return clock_chip(waiting.metric, facts, now)


async def _name(tx: Transaction, reader: Reader, found: Overview) -> str:
    """The dealer, district or area that the reader oversees, else the OEM."""
    actor, session = reader.actor, reader.session
    if actor.role in DEALER_ROLES:
        own = await dealers.dealer(tx, actor.oem_id, actor.scope.dealer_ids[0])
        return reader.named(own.name, own.name_en)
    oem = reader.named(session.oem_name or "", session.oem_name_en or "")
    if actor.role is not Role.REGIONAL_MANAGER:
        return oem
    ids = {each.dealer_id for each in found.league}
    regions = {each.id: each for each in await dealers.regions(tx, actor.oem_id)}
    districts = {each.region_id for each in await dealers.dealers(tx, actor.oem_id) if each.id in ids}
    names = {regions[each].parent_id or each for each in districts} if len(districts) > 1 else districts
    if len(names) != 1:
        return oem
    region = regions[names.pop()]
    return reader.named(region.name, region.name_en)


def _kpis(found: Overview, sizes: QueueCounts, reader: Reader) -> list[Kpi]:
    speak = translator(reader.locale)
    return [
        Kpi(label=speak.gettext("Open cases"), value=found.open, href="/cases"),
        Kpi(label=speak.gettext("Due in 8 h"), value=found.due_soon, href="/cases?view=due_soon"),
        Kpi(
            label=speak.gettext("Breached"),
            value=found.breached,
            is_alarming=found.breached > 0,
            href="/cases?view=breached",
        ),
        Kpi(label=speak.gettext("Major complaints"), value=found.major, href="/cases?view=major"),
        Kpi(
            label=speak.gettext("Promises kept this month"),
            value=found.on_time,
            kind=KpiKind.SHARE,
            change=_change(found.weeks, 1),
            more_is_better=True,
            trend=[each.on_time for each in found.weeks],
        ),
        Kpi(
            label=speak.gettext("Waiting on me"),
            value=sizes.waiting,
            is_alarming=sizes.waiting > 0,
            href="/cases?view=waiting",
        ),
    ]


def _change(weeks: Sequence[WeekPoint], distance: int) -> float | None:
    """The last full week's share against the one `distance` weeks before it."""
    now, before = weeks[-2].on_time, weeks[-2 - distance].on_time
    return None if now is None or before is None else now - before


def _standing(row: Standing, reader: Reader) -> LeagueRow:
    change = _change(row.weeks, _WEEKS_BETWEEN)
    return LeagueRow(
        dealer=reader.named(row.dealer_name, row.dealer_name_en),
        href=f"/cases?dealer={row.dealer_id}",
        share_met=row.on_time,
        change=None if change is None else change * 100,
        trend=[each.on_time for each in row.weeks],
        open_cases=row.open,
        due_soon=row.due_soon,
        breached=row.breached,
        major=row.major,
    )


def _next_breach(found: Sequence[QueueRow], reader: Reader, now: datetime) -> list[NextBreachRow]:
    rows: list[NextBreachRow] = []
    for each in found:
        chip = chip_of_row(each, now)
        if chip is not None:
            rows.append(
                NextBreachRow(
                    case_id=each.id,
                    title=each.title,
                    dealer=reader.named(each.dealer_name, each.dealer_name_en),
                    owner=each.owner_name,
                    urgency=each.urgency,
                    clock=chip,
                )
            )
    return rows


def _due(found: Overview, reader: Reader) -> DueTable:
    """Dealers with something late or due within the week, as the league orders them."""
    today = found.as_of.astimezone(reader.zone).date()
    cells: dict[int, list[HeatCell]] = {}
    for cell in found.heat:
        cells.setdefault(cell.dealer_id, []).append(cell)
    rows = [
        DueRow(
            dealer=reader.named(each.dealer_name, each.dealer_name_en),
            href=f"/cases?dealer={each.dealer_id}",
            late=each.breached,
            counts=_per_day(cells.get(each.dealer_id, [])),
        )
        for each in found.league
        if each.breached or each.dealer_id in cells
    ]
    return DueTable(days=[today + timedelta(days=day) for day in range(HEAT_DAYS)], rows=rows)


def _per_day(cells: Sequence[HeatCell]) -> list[int]:
    counts = [0] * HEAT_DAYS
    for cell in cells:
        counts[cell.day] = cell.due
    return counts
