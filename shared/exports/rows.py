"""The rows of an export: what is read of each case, and what of it the reader may take out (R9.2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.masking import Purpose, is_masked
from shared.db.engine import Transaction
from shared.tenancy import Actor
from shared.web.formatting import masked_name, masked_phone, masked_plate, masked_vin


class ExportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One case as an export shows it; values of closed lists as the API has them."""

    id: UUID
    number: str
    state: str
    channel: str
    report_code: int
    category: str
    kind: str
    urgency: str
    nature: str
    department: str
    major: bool
    title: str
    words: str
    description: str
    demand: str
    plan: str
    found: str
    result: str
    advice: str
    root_cause: str
    preventive_measure: str
    tags: str
    dealer_code: str
    dealer_name: str
    dealer_name_en: str
    owner_name: str
    customer_name: str
    customer_phone: str
    vehicle_plate: str
    vehicle_vin: str
    vehicle_model: str
    mileage_km: int | None
    external_ref: str
    received_at: datetime
    registered_at: datetime
    due_at: datetime | None
    contacted_at: datetime | None
    result_told_at: datetime | None
    closed_at: datetime | None


_OF_CASE: Final = (
    "id",
    "number",
    "state",
    "channel",
    "report_code",
    "category",
    "kind",
    "urgency",
    "nature",
    "department",
    "major",
    "title",
    "words",
    "description",
    "demand",
    "plan",
    "found",
    "result",
    "advice",
    "root_cause",
    "preventive_measure",
    "owner_name",
    "mileage_km",
    "received_at",
    "registered_at",
    "due_at",
    "contacted_at",
    "result_told_at",
    "closed_at",
)
_ROWS: Final = f"""
SELECT {", ".join(f"c.{name}" for name in _OF_CASE)}, coalesce(c.external_ref, '') AS external_ref,
       d.code AS dealer_code, d.name AS dealer_name, d.name_en AS dealer_name_en,
       p.name AS customer_name, p.phone AS customer_phone,
       coalesce(v.plate, '') AS vehicle_plate, coalesce(v.vin, '') AS vehicle_vin,
       concat_ws(' ', v.brand, v.series, v.model) AS vehicle_model,
       coalesce((SELECT string_agg(t.tag, ', ' ORDER BY t.tag) FROM case_tags t
                 WHERE t.oem_id = c.oem_id AND t.case_id = c.id), '') AS tags
FROM cases c
JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
LEFT JOIN vehicles v ON v.oem_id = c.oem_id AND v.id = c.vehicle_id
WHERE c.oem_id = $1 AND c.id = ANY ($2::uuid[])
"""


async def rows_of(tx: Transaction, oem_id: int, case_ids: Sequence[UUID]) -> list[ExportRow]:
    """The rows of these cases, in their order."""
    found = {each.id: each for each in await tx.rows(ExportRow, _ROWS, oem_id, list(case_ids))}
    return [found[case_id] for case_id in case_ids if case_id in found]


def taken_out_by(actor: Actor, row: ExportRow) -> ExportRow:
    """The row as the actor may take it out."""
    if not is_masked(actor.role, Purpose.EXPORT):
        return row
    return msgspec.structs.replace(
        row,
        customer_name=masked_name(row.customer_name),
        customer_phone=masked_phone(row.customer_phone) if row.customer_phone else "",
        vehicle_plate=masked_plate(row.vehicle_plate) if row.vehicle_plate else "",
        vehicle_vin=masked_vin(row.vehicle_vin) if row.vehicle_vin else "",
    )
