"""Who is to be called when: the list of one day, by dealer and person (R5.2)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shared.cases import promises
from shared.cases.masking import Purpose, is_masked
from shared.cursors import cut_page, decode_cursor
from shared.db.engine import Transaction
from shared.follow_up.vocabulary import CallKind
from shared.sla.working_time import UnknownYear
from shared.tenancy import Actor
from shared.tenants import oems
from shared.tenants.policies import OF_OEM
from shared.web.formatting import masked_name, masked_plate

LONGEST_PAGE: Final = 200


class CallDay(StrEnum):
    """Which calls are asked for: due by today, due by the next working day, or all that are planned."""

    TODAY = "today"
    NEXT = "next"
    ALL = "all"


class CallFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which calls; what is empty does not narrow."""

    day: CallDay = CallDay.TODAY
    caller_id: UUID | None = None
    dealer_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None


class CallRow(msgspec.Struct, frozen=True, kw_only=True):
    """A call to make, with what the caller needs: whom about what, and how to reach him."""

    id: UUID
    version: int
    kind: CallKind
    call_on: date
    asked_at: datetime | None
    due_at: datetime | None
    attempts: int
    reason: str
    caller_id: UUID
    caller_name: str
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    case_id: UUID
    number: str
    title: str
    customer_name: str
    customer_phone: str
    plate: str | None
    model: str | None


class CallPage(msgspec.Struct, frozen=True):
    """A page of calls, by day and promise; `next_cursor` is None at the end."""

    items: list[CallRow]
    next_cursor: str | None


class _Position(msgspec.Struct, frozen=True, array_like=True):
    call_on: date
    id: UUID


_ROWS: Final = """
SELECT f.id, f.version, f.kind, f.call_on, f.asked_at, f.due_at, f.attempts, f.reason, f.caller_id,
       f.caller_name, f.dealer_id, d.name AS dealer_name, d.name_en AS dealer_name_en, f.case_id, c.number,
       c.title, p.name AS customer_name, p.phone AS customer_phone, v.plate, v.model
FROM follow_up_calls f
JOIN cases c ON c.oem_id = f.oem_id AND c.id = f.case_id
JOIN dealers d ON d.oem_id = f.oem_id AND d.id = f.dealer_id
JOIN customers p ON p.oem_id = f.oem_id AND p.id = c.customer_id
LEFT JOIN vehicles v ON v.oem_id = f.oem_id AND v.id = c.vehicle_id
WHERE f.oem_id = $1 AND f.state = 'planned' AND ($2::date IS NULL OR f.call_on <= $2)
  AND ($3::uuid IS NULL OR f.caller_id = $3) AND ($4::bigint IS NULL OR f.dealer_id = $4)
  AND ($5::date IS NULL OR (f.call_on, f.id) > ($5, $6::uuid))
ORDER BY f.call_on, f.id
LIMIT $7
"""
_COUNTS: Final = """
SELECT count(*) FILTER (WHERE call_on <= $3) AS today, count(*) FILTER (WHERE call_on <= $4) AS next,
       count(*) AS all
FROM follow_up_calls
WHERE oem_id = $1 AND state = 'planned' AND ($2::uuid IS NULL OR caller_id = $2)
  AND ($5::bigint IS NULL OR dealer_id = $5)
"""


class CallCounts(msgspec.Struct, frozen=True):
    """How many calls each day's list has."""

    today: int
    next: int
    all: int


async def calls_to_make(
    tx: Transaction, actor: Actor, wanted: CallFilter, *, cursor: str | None = None, limit: int = 50
) -> CallPage:
    """One page of the list, the oldest day first; raises `Invalid` (`bad_cursor`).

    Whose data the actor may not read is masked and without a number (R9.2).
    """
    oem_id = actor.oem_id
    after = decode_cursor(cursor, _Position) if cursor is not None else None
    size = max(1, min(limit, LONGEST_PAGE))
    rows = await tx.rows(
        CallRow,
        _ROWS,
        oem_id,
        await last_day(tx, oem_id, wanted),
        wanted.caller_id,
        wanted.dealer_id,
        after.call_on if after else None,
        after.id if after else None,
        size + 1,
    )
    items, more = cut_page(rows, size, lambda each: _Position(each.call_on, each.id))
    return CallPage([_seen_by(actor, each) for each in items], more)


def _seen_by(actor: Actor, row: CallRow) -> CallRow:
    # Who makes the call needs the number, whoever answers for the case.
    if row.caller_id == actor.membership_id or not is_masked(actor.role, Purpose.OTHER_CASE):
        return row
    return msgspec.structs.replace(
        row,
        customer_name=masked_name(row.customer_name),
        customer_phone="",
        plate=masked_plate(row.plate) if row.plate else None,
    )


async def call_counts(tx: Transaction, oem_id: int, wanted: CallFilter) -> CallCounts:
    """The sizes of the lists of all days, under the other conditions of `wanted`."""
    today, following = await _days(tx, oem_id, wanted.dealer_id)
    found = await tx.row(CallCounts, _COUNTS, oem_id, wanted.caller_id, today, following, wanted.dealer_id)
    assert found is not None  # noqa: S101  # an aggregate always has a row
    return found


async def last_day(tx: Transaction, oem_id: int, wanted: CallFilter) -> date | None:
    """The local day up to which calls are listed; None for all."""
    today, following = await _days(tx, oem_id, wanted.dealer_id)
    return {CallDay.TODAY: today, CallDay.NEXT: following, CallDay.ALL: None}[wanted.day]


async def _days(tx: Transaction, oem_id: int, dealer_id: int | None) -> tuple[date, date]:
    """Today and the next working day, by the calendar of the dealer or of the OEM."""
    now = await tx.now()
    terms = await promises.terms(tx, oem_id, dealer_id or OF_OEM)
    zone = ZoneInfo((await oems.oem(tx, oem_id)).time_zone)
    try:
        closing = terms.hours.calendar.add_working_days(now, 1)
    except UnknownYear:
        closing = terms.hours.fallback.add_working_days(now, 1)
    return now.astimezone(zone).date(), closing.astimezone(zone).date()
