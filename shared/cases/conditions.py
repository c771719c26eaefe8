"""The conditions of a list of cases in SQL.

Only what PostgreSQL calls leakproof may use an index under a policy: no LIKE, no arrays of the row. Every
plain condition compares a column that the list's indexes hold, so that what matches little is found without
reading the cases that do not match.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.cases import search
from shared.cases.filters import SOON, ClockState, MajorState, QueueFilter, Tab
from shared.cases.texts import clean
from shared.db.engine import Transaction
from shared.tenancy import DbRole
from shared.tenants import dealers, oems


class Conditions:
    """Parts of a WHERE clause over `cases c` and their arguments; `$1` is the OEM."""

    def __init__(self, oem_id: int) -> None:
        self.args: list[object] = [oem_id]
        self.parts: list[str] = ["c.oem_id = $1"]

    def argument(self, value: object) -> str:
        """The placeholder of a further argument."""
        self.args.append(value)
        return f"${len(self.args)}"

    def among(self, column: str, values: Sequence[object], type_name: str) -> None:
        """The column has one of the values; none given means any."""
        if values:
            self.parts.append(f"{column} = ANY ({self.argument(list(values))}::{type_name}[])")

    def between(self, column: str, beginning: datetime | None, end: datetime | None) -> None:
        """The column lies from `beginning` up to `end`; None leaves that side open."""
        if beginning is not None:
            self.parts.append(f"{column} >= {self.argument(beginning)}::timestamptz")
        if end is not None:
            self.parts.append(f"{column} < {self.argument(end)}::timestamptz")

    @property
    def where(self) -> str:
        """The clause without its keyword."""
        return " AND ".join(self.parts)


# What is due first comes first; a case without a promise comes last.
DUE: Final = "c.due_or_never"
IS_MAJOR: Final = "(c.major OR c.major_candidate)"
# Warnings are told; breaches and calls for help wait to be acknowledged, until the promise is kept after all.
WAITING: Final = """
e.acknowledged_at IS NULL AND e.suppressed IS NULL AND left(e.step, 5) <> 'warn_'
AND NOT EXISTS (
    SELECT FROM clocks k
    WHERE k.oem_id = e.oem_id AND k.id = e.clock_id AND k.state IN ('met', 'cancelled')
)
"""
_MAJORS: Final = {
    MajorState.CONFIRMED: "c.major",
    MajorState.CANDIDATE: "(c.major_candidate AND NOT c.major)",
    MajorState.ORDINARY: "NOT (c.major OR c.major_candidate)",
}
_TAGGED: Final = """
c.id IN (SELECT t.case_id FROM case_tags t WHERE t.oem_id = $1 AND t.tag = ANY ({tags}::text[]))
"""
_ONE_DAY: Final = timedelta(days=1)


def is_due_soon(now: str) -> str:
    """The condition that the next promise is due within `SOON` of the placeholder `now`."""
    return f"({DUE} > {now} AND {DUE} <= {_soon(now)})"


def is_breached(now: str) -> str:
    """The condition that a promise is overdue at the placeholder `now`."""
    return f"{DUE} <= {now}"


def waits_for(reader: str) -> str:
    """The condition that an escalation of the case waits for the person at the placeholder `reader`."""
    return (
        f"c.id IN (SELECT e.case_id FROM escalations e WHERE e.oem_id = $1 AND {WAITING}"
        f" AND {reader} = ANY (e.recipient_ids))"
    )


async def choice(tx: Transaction, oem_id: int, wanted: QueueFilter, *, only_open: bool) -> Conditions:
    """Everything of `wanted` but its tab; raises `Invalid` for a text that cannot be searched for.

    `only_open`: the caller goes on to leave closed cases out.
    """
    conditions = Conditions(oem_id)
    dealer_ids = await _dealer_ids(tx, oem_id, wanted)
    if dealer_ids is not None and not dealer_ids:
        conditions.parts.append("false")
        return conditions
    # A dealer sees its own anyway: saying so again would mislead the planner.
    if dealer_ids and tx.scope.role is not DbRole.DEALER:
        conditions.among("c.dealer_id", dealer_ids, "bigint")
    conditions.among("c.owner_id", wanted.owner_ids, "uuid")
    conditions.among("c.state", wanted.states, "text")
    conditions.among("c.urgency", wanted.urgencies, "text")
    conditions.among("c.category", wanted.categories, "text")
    conditions.among("c.kind", wanted.kinds, "text")
    conditions.among("c.nature", wanted.natures, "text")
    conditions.among("c.department", wanted.departments, "text")
    conditions.among("c.channel", wanted.channels, "text")
    _any_of(conditions, [_MAJORS[each] for each in wanted.majors])
    if wanted.clocks:
        told_by_time = set(wanted.clocks) - {ClockState.NONE}
        now = conditions.argument(await tx.now()) if told_by_time else ""
        _any_of(conditions, [_clock(each, now) for each in wanted.clocks])
    if wanted.tags:
        conditions.parts.append(_TAGGED.format(tags=conditions.argument(list(wanted.tags))))
    received = await _instants(tx, oem_id, wanted.received_from, wanted.received_to)
    conditions.between("c.received_at", *received)
    conditions.between("c.closed_at", *await _instants(tx, oem_id, wanted.closed_from, wanted.closed_to))
    if clean(wanted.text):
        found = await search.find(
            tx, wanted.text, dealer_ids=dealer_ids or (), received=received, only_open=only_open
        )
        conditions.parts.append(f"c.id = ANY ({conditions.argument(found)}::uuid[])")
    return conditions


async def add_tab(conditions: Conditions, wanted: QueueFilter, tx: Transaction) -> None:
    """The condition of the tab."""
    if wanted.tab is Tab.ALL:
        return
    conditions.parts.append("c.closed_at IS NULL")
    match wanted.tab:
        case Tab.MINE:
            conditions.parts.append(f"c.owner_id = {conditions.argument(wanted.membership_id)}")
        case Tab.WAITING:
            conditions.parts.append(waits_for(conditions.argument(wanted.membership_id)))
        case Tab.DUE_SOON:
            conditions.parts.append(is_due_soon(conditions.argument(await tx.now())))
        case Tab.BREACHED:
            conditions.parts.append(is_breached(conditions.argument(await tx.now())))
        case Tab.MAJOR:
            conditions.parts.append(IS_MAJOR)
        case Tab.OPEN:
            pass


def _any_of(conditions: Conditions, alternatives: Sequence[str]) -> None:
    if alternatives:
        conditions.parts.append(f"({' OR '.join(alternatives)})")


def _clock(state: ClockState, now: str) -> str:
    match state:
        case ClockState.LATE:
            return is_breached(now)
        case ClockState.SOON:
            return is_due_soon(now)
        case ClockState.ON_TRACK:
            return f"({DUE} > {_soon(now)} AND {DUE} < 'infinity')"
        case ClockState.NONE:
            return f"{DUE} = 'infinity'"


def _soon(now: str) -> str:
    return f"{now}::timestamptz + interval '{int(SOON.total_seconds())} seconds'"


async def _dealer_ids(tx: Transaction, oem_id: int, wanted: QueueFilter) -> list[int] | None:
    """The dealers chosen by themselves and by their regions, within reach; None for any."""
    chosen = set(wanted.dealer_ids) or None
    if wanted.region_ids:
        there = await dealers.ids_in_regions(tx, oem_id, wanted.region_ids)
        chosen = there if chosen is None else chosen & there
    if chosen is not None and tx.scope.role is DbRole.DEALER:
        chosen &= set(tx.scope.dealer_ids)
    return None if chosen is None else sorted(chosen)


async def _instants(
    tx: Transaction, oem_id: int, first: date | None, last: date | None
) -> tuple[datetime | None, datetime | None]:
    """From the first day's beginning up to the last one's end, in the OEM's time zone."""
    if first is None and last is None:
        return None, None
    zone = ZoneInfo((await oems.oem(tx, oem_id)).time_zone)
    return _midnight(first, zone), _midnight(_next(last), zone)


def _next(day: date | None) -> date | None:
    return None if day is None or day == date.max else day + _ONE_DAY


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    # The first day of the calendar has no beginning in zones east of Greenwich.
    if day is None or day == date.min:
        return None
    return datetime.combine(day, time(), zone).astimezone(UTC)
