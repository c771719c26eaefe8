"""Everything about one case, read in the caller's scope."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.made_by import pausing_policies
from shared.cases.states import REPORT_STATUSES
from shared.cases.views import (
    CaseView,
    ClockView,
    EscalationPage,
    EscalationView,
    TimelineEntry,
    TimelinePage,
)
from shared.cases.vocabulary import CaseState
from shared.cursors import cut_page, decode_place
from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.sla.pause import paused_until, spans_of
from shared.sla.policy import Metric

ENTRIES_PER_PAGE: Final = 100
"""Of a list of what happened to a case, where nobody asks for more or fewer."""
MOST_ENTRIES: Final = 200
"""Its longest page."""

_OF_CASE: Final = tuple(
    name
    for name in CaseView.__struct_fields__
    if not name.startswith(("dealer_", "customer_", "vehicle_"))
    and name not in {"report_status", "masked", "wants_messages"}
)
_CASE = f"""
SELECT {", ".join(f"c.{name}" for name in _OF_CASE)}, c.dealer_id, c.customer_id, c.vehicle_id,
       d.code AS dealer_code, d.name AS dealer_name, d.name_en AS dealer_name_en,
       p.name AS customer_name, p.phone AS customer_phone, p.phone_kind AS customer_phone_kind,
       p.email AS customer_email, p.locale AS customer_locale,
       wants_messages(c.customer_id, c.id) AS wants_messages,
       v.vin AS vehicle_vin, v.plate AS vehicle_plate, v.brand AS vehicle_brand, v.series AS vehicle_series,
       v.model AS vehicle_model
FROM cases c
JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
LEFT JOIN vehicles v ON v.oem_id = c.oem_id AND v.id = c.vehicle_id
WHERE c.oem_id = $1 AND c.id = $2
"""


async def case_view(tx: Transaction, oem_id: int, case_id: UUID) -> CaseView:
    """One case; raises `NotFound` (code `case_not_found`) for none in the scope."""
    record = await tx.connection.fetchrow(_CASE, oem_id, case_id)
    if record is None:
        raise NotFound("case_not_found")
    columns = dict(record)
    columns["report_status"] = REPORT_STATUSES[CaseState(columns["state"])]
    return msgspec.convert(columns, CaseView)


_TIMELINE = """
SELECT id, at, kind, actor_kind, actor_id, actor_name, internal, text, data
FROM timeline_entries
WHERE oem_id = $1 AND case_id = $2 AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4::uuid))
ORDER BY at DESC, id DESC LIMIT $5
"""
_CLOCKS = f"""
SELECT {", ".join(ClockView.__struct_fields__)}
FROM clocks WHERE oem_id = $1 AND case_id = $2 ORDER BY cycle, due_at, metric
"""
_ESCALATIONS = f"""
SELECT {", ".join(EscalationView.__struct_fields__)}
FROM escalations
WHERE oem_id = $1 AND case_id = $2 AND ($3::timestamptz IS NULL OR (fired_at, id) < ($3, $4::uuid))
ORDER BY fired_at DESC, id DESC LIMIT $5
"""
_PAUSES = "SELECT dealer_id, cycle, pauses FROM cases WHERE oem_id = $1 AND id = $2"
_KEPT = """
SELECT id FROM clocks
WHERE oem_id = $1 AND case_id = $2 AND cycle = $3 AND state = 'running' AND pauses_kept_until > $4
"""
_EXISTS = "SELECT 1 FROM cases WHERE oem_id = $1 AND id = $2"


class _Paused(msgspec.Struct, frozen=True):
    dealer_id: int
    cycle: int
    pauses: list[datetime]


async def timeline(
    tx: Transaction,
    oem_id: int,
    case_id: UUID,
    *,
    cursor: str | None = None,
    limit: int = ENTRIES_PER_PAGE,
) -> TimelinePage:
    """What last happened to a case, at most `MOST_ENTRIES`; with the cursor of a page, what was before it.

    Raises `NotFound`, and `Invalid` (`bad_cursor`) for a strange cursor.
    """
    before, size = decode_place(cursor), _size(limit)
    found = await tx.rows(TimelineEntry, _TIMELINE, oem_id, case_id, *before, size + 1)
    if not found:
        await require_case(tx, oem_id, case_id)
    items, more = cut_page(found, size, lambda each: (each.at, each.id))
    return TimelinePage(items[::-1], more)


async def clocks_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[ClockView]:
    """The case's clocks by cycle and due time; raises `NotFound`.

    Those that pause now, by the policy that made them or still by one before it, are `paused`.
    """
    found = await tx.rows(ClockView, _CLOCKS, oem_id, case_id)
    if not found:
        await require_case(tx, oem_id, case_id)
    case = await tx.row(_Paused, _PAUSES, oem_id, case_id)
    now = await tx.now()
    if case is None or paused_until(spans_of(case.pauses), now) is None:
        return found
    running = {
        each.id: Metric(each.metric) for each in found if each.cycle == case.cycle and each.state == "running"
    }
    paused = {
        *await pausing_policies(tx, oem_id, case.dealer_id, running),
        *await tx.values(_KEPT, oem_id, case_id, case.cycle, now),
    }
    return [msgspec.structs.replace(each, state="paused") if each.id in paused else each for each in found]


async def escalations_of(
    tx: Transaction,
    oem_id: int,
    case_id: UUID,
    *,
    cursor: str | None = None,
    limit: int = MOST_ENTRIES,
) -> EscalationPage:
    """What last fired on the case, page by page as `timeline`; raises as it does."""
    before, size = decode_place(cursor), _size(limit)
    found = await tx.rows(EscalationView, _ESCALATIONS, oem_id, case_id, *before, size + 1)
    if not found:
        await require_case(tx, oem_id, case_id)
    items, more = cut_page(found, size, lambda each: (each.fired_at, each.id))
    return EscalationPage(items[::-1], more)


def _size(limit: int) -> int:
    return max(1, min(limit, MOST_ENTRIES))


async def require_case(tx: Transaction, oem_id: int, case_id: UUID) -> None:
    """Raise `NotFound` (`case_not_found`) for no case in the scope."""
    if await tx.value(_EXISTS, oem_id, case_id) is None:
        raise NotFound("case_not_found")
