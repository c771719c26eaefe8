"""The list of cases and the sizes of its tabs: the hottest reads of the product."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from shared.cases.conditions import (
    DUE,
    IS_MAJOR,
    Conditions,
    add_tab,
    choice,
    is_breached,
    is_due_soon,
    waits_for,
)
from shared.cases.filters import QueueFilter, Sort, Tab
from shared.cases.views import QueueCounts, QueuePage, QueueRow
from shared.cases.vocabulary import CaseState, Category, Channel, Kind, Urgency
from shared.cases.waits import waits_now
from shared.cursors import decode_cursor, encode_cursor
from shared.db.engine import Transaction
from shared.errors import Invalid

LONGEST_PAGE: Final = 200


class _Position(msgspec.Struct, frozen=True, array_like=True):
    """Where the next page begins: after this case, in this order; `at` None stands for nothing due."""

    sort: Sort
    at: datetime | None
    id: UUID


_OWN: Final = ", ".join(
    f"c.{name}"
    for name in QueueRow.__struct_fields__
    if not name.startswith(("dealer_name", "customer_", "vehicle_", "waits", "pause_"))
)
# The page is cut from an index alone: what it shows is read, and what does not match is not.
_PAGE: Final = """
SELECT {own}, d.name, d.name_en, p.name, v.plate, v.model,
       c.waiting_since, c.waits_for, c.oem_asked, c.pauses[cardinality(c.pauses)]
FROM (SELECT c.id FROM cases c WHERE {where} ORDER BY {order} LIMIT {limit}) page
JOIN cases c ON c.oem_id = $1 AND c.id = page.id
JOIN dealers d ON d.oem_id = $1 AND d.id = c.dealer_id
JOIN customers p ON p.oem_id = $1 AND p.id = c.customer_id
LEFT JOIN vehicles v ON v.oem_id = $1 AND v.id = c.vehicle_id
ORDER BY {order}
"""
_ORDERS: Final = {
    Sort.DUE: f"{DUE}, c.id",
    Sort.NEWEST: "c.received_at DESC, c.id DESC",
    Sort.OLDEST: "c.received_at, c.id",
}
_AFTER: Final = {
    Sort.DUE: f"({DUE}, c.id) > ({{at}}::timestamptz, {{id}})",
    Sort.NEWEST: "(c.received_at, c.id) < ({at}::timestamptz, {id})",
    Sort.OLDEST: "(c.received_at, c.id) > ({at}::timestamptz, {id})",
}


async def queue(
    tx: Transaction, oem_id: int, wanted: QueueFilter, *, cursor: str | None = None, limit: int = 50
) -> QueuePage:
    """One page of the list, at most `LONGEST_PAGE` long.

    Raises `Invalid`: `bad_cursor` for a cursor that another order or somebody else made, and as
    `search.find`.
    """
    conditions = await _conditions(tx, oem_id, wanted)
    order = wanted.order
    if cursor is not None:
        after = _decode(cursor, order)
        at = "'infinity'" if after.at is None else conditions.argument(after.at)
        conditions.parts.append(_AFTER[order].format(at=at, id=conditions.argument(after.id)))
    size = max(1, min(limit, LONGEST_PAGE))
    sql = _PAGE.format(
        own=_OWN,
        where=conditions.where,
        order=_ORDERS[order],
        limit=conditions.argument(size + 1),
    )
    records = await tx.connection.fetch(sql, *conditions.args)
    items = [_row(*record) for record in records[:size]]
    return QueuePage(items, _encode(order, items[-1]) if len(records) > size else None)


async def matching(tx: Transaction, oem_id: int, wanted: QueueFilter) -> int:
    """How many cases the list has in all."""
    conditions = await _conditions(tx, oem_id, wanted)
    return await tx.value(f"SELECT count(*) FROM cases c WHERE {conditions.where}", *conditions.args)


async def _conditions(tx: Transaction, oem_id: int, wanted: QueueFilter) -> Conditions:
    conditions = await choice(tx, oem_id, wanted, only_open=wanted.tab is not Tab.ALL)
    await add_tab(conditions, wanted, tx)
    return conditions


_COUNTS: Final = f"""
SELECT count(*) AS open,
       count(*) FILTER (WHERE c.owner_id = {{me}}) AS mine,
       count(*) FILTER (WHERE {{soon}}) AS due_soon,
       count(*) FILTER (WHERE {{breached}}) AS breached,
       count(*) FILTER (WHERE {IS_MAJOR}) AS major,
       count(*) FILTER (WHERE {{waits}}) AS waiting
FROM cases c WHERE {{where}}
"""


async def counts(tx: Transaction, oem_id: int, wanted: QueueFilter) -> QueueCounts:
    """The size of every tab under the other conditions of `wanted`; it reads every open case of the scope."""
    conditions = await choice(tx, oem_id, wanted, only_open=True)
    conditions.parts.append("c.closed_at IS NULL")
    me, now = conditions.argument(wanted.membership_id), conditions.argument(await tx.now())
    sql = _COUNTS.format(
        me=me,
        soon=is_due_soon(now),
        breached=is_breached(now),
        waits=waits_for(me),
        where=conditions.where,
    )
    found = await tx.row(QueueCounts, sql, *conditions.args)
    assert found is not None  # noqa: S101  # an aggregate always has a row
    return found


_STATES: Final = {each.value: each for each in CaseState}
_CATEGORIES: Final = {each.value: each for each in Category}
_KINDS: Final = {each.value: each for each in Kind}
_URGENCIES: Final = {each.value: each for each in Urgency}
_CHANNELS: Final = {each.value: each for each in Channel}


def _row(
    case_id: UUID,
    number: str,
    version: int,
    state: str,
    title: str,
    category: str,
    kind: str,
    urgency: str,
    major: bool,  # noqa: FBT001  # columns come by place
    major_candidate: bool,  # noqa: FBT001  # columns come by place
    channel: str,
    *rest: Any,
) -> QueueRow:
    """A row by place: checking again what the table's constraints hold costs more than the whole page."""
    waiting_since, waits_for, oem_asked, pause_ends_at = rest[-4:]
    waits = waits_now(
        _STATES[state], customer=waiting_since is not None, asked_for=waits_for, oem_asked=oem_asked
    )
    return QueueRow(
        case_id,
        number,
        version,
        _STATES[state],
        title,
        _CATEGORIES[category],
        _KINDS[kind],
        _URGENCIES[urgency],
        major,
        major_candidate,
        _CHANNELS[channel],
        *rest[:-4],
        waits=waits,
        pause_ends_at=pause_ends_at,
    )


def _encode(order: Sort, last: QueueRow) -> str:
    at = last.due_at if order is Sort.DUE else last.received_at
    return encode_cursor(_Position(order, at, last.id))


def _decode(cursor: str, order: Sort) -> _Position:
    position = decode_cursor(cursor, _Position)
    known_instant = position.at is None or position.at.tzinfo is not None
    if position.sort is not order or not known_instant or (order is not Sort.DUE and position.at is None):
        raise Invalid.field("cursor", "bad_cursor")
    return position
