"""Customers and their vehicles known from earlier cases, found as they are typed (R1.5)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import reveals, search
from shared.cases.bigrams import compact, endings_of
from shared.cases.detail import case_view
from shared.cases.masking import Purpose, is_masked
from shared.cases.reveals import Reveal, RevealReason
from shared.db.engine import Transaction, transaction
from shared.errors import NotFound
from shared.tenancy import Actor
from shared.web.formatting import masked_email, masked_name, masked_phone, masked_plate, masked_vin

MOST_KNOWN: Final = 6
"""More than these would have to be read through."""
_MOST_CASES: Final = 200
_MOST_PAIRS: Final = 50


class KnownCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer of one dealer with one vehicle, as known now; what is not known is empty.

    `case_id` and `mileage_km` are of the newest case the two have together, `cases` how many were found,
    `last_received_at` when the newest came in. With `masked`, name, number, e-mail address, plate and VIN are
    partly hidden until they are revealed for that case (R9.2).
    """

    case_id: UUID
    customer_id: UUID
    vehicle_id: UUID | None
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    name: str
    phone: str
    phone_kind: str
    email: str
    vin: str
    plate: str
    brand: str
    series: str
    model: str
    purchased_on: date | None
    mileage_km: int | None
    cases: int
    last_received_at: datetime
    masked: bool = False


_KNOWN: Final = """
WITH pairs AS (
    SELECT DISTINCT ON (c.customer_id, c.vehicle_id)
           c.id, c.customer_id, c.vehicle_id, c.dealer_id, c.mileage_km, c.received_at,
           count(*) OVER (PARTITION BY c.customer_id, c.vehicle_id) AS cases
    FROM cases c WHERE c.oem_id = $1 AND {which}
    ORDER BY c.customer_id, c.vehicle_id, c.received_at DESC
)
SELECT p.id AS case_id, p.customer_id, p.vehicle_id, p.dealer_id,
       d.name AS dealer_name, d.name_en AS dealer_name_en,
       k.name, k.phone, k.phone_kind, k.email, coalesce(v.vin, '') AS vin, coalesce(v.plate, '') AS plate,
       coalesce(v.brand, '') AS brand, coalesce(v.series, '') AS series, coalesce(v.model, '') AS model,
       v.purchased_on, p.mileage_km, p.cases, p.received_at AS last_received_at
FROM pairs p
JOIN dealers d ON d.oem_id = $1 AND d.id = p.dealer_id
JOIN customers k ON k.oem_id = $1 AND k.id = p.customer_id
LEFT JOIN vehicles v ON v.oem_id = $1 AND v.id = p.vehicle_id
ORDER BY p.received_at DESC LIMIT {limit}
"""
_OF_CASES: Final = _KNOWN.format(which="c.id = ANY ($2::uuid[])", limit=_MOST_PAIRS)
_OF_PAIR: Final = _KNOWN.format(
    which="c.customer_id = $2 AND c.vehicle_id IS NOT DISTINCT FROM $3::uuid", limit=1
)


async def known_customers(tx: Transaction, actor: Actor, codes: Sequence[str]) -> list[KnownCustomer]:
    """Who is known in the scope by one of these, at most `MOST_KNOWN`, the newest case first.

    A code is a telephone number, plate or VIN in any writing, whole or its last four characters or more. They
    come as the actor may read them (`known_seen_by`).
    """
    found = await search.find_codes(tx, codes, _MOST_CASES)
    if not found:
        return []
    endings = tuple(ending for code in codes for ending in endings_of(compact(code)))
    pairs = await tx.rows(KnownCustomer, _OF_CASES, actor.oem_id, found)
    # A case is found by its number and its reference, too.
    meant = [
        each
        for each in pairs
        if any(compact(code).endswith(endings) for code in (each.phone, each.plate, each.vin))
    ]
    return [known_seen_by(actor, each) for each in meant[:MOST_KNOWN]]


def known_seen_by(actor: Actor, known: KnownCustomer) -> KnownCustomer:
    """The customer as somebody may read him who does not answer for his case (R9.2)."""
    if not is_masked(actor.role, Purpose.OTHER_CASE):
        return known
    return msgspec.structs.replace(
        known,
        masked=True,
        name=masked_name(known.name),
        phone=masked_phone(known.phone) if known.phone else "",
        email=masked_email(known.email),
        plate=masked_plate(known.plate),
        vin=masked_vin(known.vin) if known.vin else "",
    )


async def fill_in(actor: Actor, customer_id: UUID, vehicle_id: UUID | None, words: str) -> KnownCustomer:
    """All that is known of a customer and vehicle, to fill in a new complaint.

    Who reads others' cases masked reveals him by this, for their newest case and with `words` as the reason
    (R9.2). Raises `NotFound` where the two have no case in the scope, and what `reveals.reveal` raises.
    """
    async with transaction(actor.scope, read_only=True) as tx:
        found = await tx.row(KnownCustomer, _OF_PAIR, actor.oem_id, customer_id, vehicle_id)
        if found is None:
            raise NotFound("not_found")
        case = await reveals.seen(tx, actor, await case_view(tx, actor.oem_id, found.case_id))
    if case.masked:
        await reveals.reveal(actor, case.id, Reveal(reason=RevealReason.OTHER, words=words))
    return found
