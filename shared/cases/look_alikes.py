"""Earlier cases of the same vehicle, the same customer, or with similar words (R1.7).

Codes are found in the whole scope by the index of the search; words are compared with those of the newest
cases only, so that the time it takes does not grow with the number of cases.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import search
from shared.cases.bigrams import compact, endings_of
from shared.cases.likeness import grams_to_compare, shares
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState, Urgency
from shared.db.engine import Transaction
from shared.web.formatting import masked_name, masked_plate

MOST_ALIKE: Final = 6
"""More than these would not be read."""
_MOST_BY_CODE: Final = 100
_MOST_BY_WORDS: Final = 3
_NEWEST: Final = 400
_FEWEST_OF_CODE: Final = 6


class Likeness(StrEnum):
    """What two cases have in common."""

    VEHICLE = "vehicle"
    CUSTOMER = "customer"
    WORDS = "words"


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What a complaint tells; codes in any writing, whole; empty is not compared.

    With `dealer_id` words are compared within that dealer. `but` are cases left out.
    """

    phone: str = ""
    plate: str = ""
    vin: str = ""
    words: str = ""
    description: str = ""
    dealer_id: int | None = None
    but: frozenset[UUID] = frozenset()


class LookAlike(msgspec.Struct, frozen=True, kw_only=True):
    """A case like the one being looked at, and why; `result` is the solution where the customer was told.

    As in every list, name and plate are masked (R9.2).
    """

    id: UUID
    number: str
    version: int
    title: str
    state: CaseState
    urgency: Urgency
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    customer_name: str
    vehicle_plate: str
    owner_name: str
    received_at: datetime
    closed_at: datetime | None
    result: str
    root_cause: str
    alike: list[Likeness] = []


class _Found(LookAlike, frozen=True, kw_only=True):
    customer_phone: str
    vehicle_vin: str


class _Shared(msgspec.Struct, frozen=True):
    case_id: UUID
    grams: list[str]


_CASES: Final = """
SELECT c.id, c.number, c.version, c.title, c.state, c.urgency, c.dealer_id, d.name AS dealer_name,
       d.name_en AS dealer_name_en, p.name AS customer_name, p.phone AS customer_phone,
       coalesce(v.plate, '') AS vehicle_plate, coalesce(v.vin, '') AS vehicle_vin, c.owner_name,
       c.received_at, c.closed_at, c.root_cause,
       CASE WHEN c.result_told_at IS NULL THEN '' ELSE c.result END AS result
FROM cases c
JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
LEFT JOIN vehicles v ON v.oem_id = c.oem_id AND v.id = c.vehicle_id
WHERE c.oem_id = $1 AND c.id = ANY ($2::uuid[]) AND c.state <> 'merged'
ORDER BY c.received_at DESC, c.id DESC
"""
_SHARED: Final = f"""
WITH newest AS (
    SELECT c.id FROM cases c WHERE c.oem_id = $1 AND {{whose}} AND c.state <> 'merged'
    ORDER BY c.received_at DESC, c.id DESC LIMIT {_NEWEST}
)
SELECT s.case_id, ARRAY(SELECT gram FROM unnest(s.grams) AS gram WHERE gram = ANY ($2::text[])) AS grams
FROM newest n JOIN case_search s ON s.oem_id = $1 AND s.case_id = n.id
"""
_SHARED_IN_SCOPE: Final = _SHARED.format(whose="true")
_SHARED_AT_DEALER: Final = _SHARED.format(whose="c.dealer_id = $3")


async def look_alikes(tx: Transaction, oem_id: int, sought: Sought) -> list[LookAlike]:
    """At most `MOST_ALIKE` cases of the scope: of the vehicle or customer first, each group newest first."""
    codes = [
        code for code in (sought.phone, sought.plate, sought.vin) if len(compact(code)) >= _FEWEST_OF_CODE
    ]
    by_code = await search.find_codes(tx, codes, _MOST_BY_CODE)
    by_words = await _by_words(tx, oem_id, sought)
    wanted = {*by_code, *by_words} - sought.but
    if not wanted:
        return []
    cases = await tx.rows(_Found, _CASES, oem_id, sorted(wanted))
    found = [_explained(case, sought, by_words) for case in cases]
    same = [case for case in found if {Likeness.VEHICLE, Likeness.CUSTOMER} & set(case.alike)]
    similar = [case for case in found if case.alike == [Likeness.WORDS]]
    return [*same, *similar[: max(_MOST_BY_WORDS, MOST_ALIKE - len(same))]][:MOST_ALIKE]


async def _by_words(tx: Transaction, oem_id: int, sought: Sought) -> Collection[UUID]:
    grams = grams_to_compare(sought.words, sought.description)
    if not grams:
        return []
    if sought.dealer_id is None:
        rows = await tx.rows(_Shared, _SHARED_IN_SCOPE, oem_id, grams)
    else:
        rows = await tx.rows(_Shared, _SHARED_AT_DEALER, oem_id, grams, sought.dealer_id)
    # What is left out would make its own words seem common.
    return shares(grams, {each.case_id: each.grams for each in rows if each.case_id not in sought.but})


def _explained(case: _Found, sought: Sought, by_words: Collection[UUID]) -> LookAlike:
    alike = {
        Likeness.VEHICLE: _same(sought.vin, case.vehicle_vin) or _same(sought.plate, case.vehicle_plate),
        Likeness.CUSTOMER: _same(sought.phone, case.customer_phone),
        Likeness.WORDS: case.id in by_words,
    }
    values = {name: getattr(case, name) for name in LookAlike.__struct_fields__ if name != "alike"}
    values["customer_name"] = masked_name(case.customer_name)
    values["vehicle_plate"] = masked_plate(case.vehicle_plate) if case.vehicle_plate else ""
    return LookAlike(**values, alike=[each for each, is_so in alike.items() if is_so])


def _same(typed: str, known: str) -> bool:
    code = compact(typed)
    return len(code) >= _FEWEST_OF_CODE and any(compact(known).endswith(each) for each in endings_of(code))


async def alike_to(tx: Transaction, oem_id: int, case: CaseView) -> list[LookAlike]:
    """The cases like one that is there already."""
    sought = Sought(
        phone=case.customer_phone,
        plate=case.vehicle_plate or "",
        vin=case.vehicle_vin or "",
        words=case.words,
        description=case.description,
        dealer_id=case.dealer_id,
        but=frozenset({case.id}),
    )
    return await look_alikes(tx, oem_id, sought)
