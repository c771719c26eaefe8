"""Searching the words and codes of cases: what is written for each case, and how it is found.

The row of a case is written in the transaction that registers the case or changes one of its texts. Who
changes a name, plate or telephone number calls `refresh` for the cases concerned.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.bigrams import (
    SearchTerms,
    compact,
    endings_of,
    fold,
    grams_of,
    tails_of,
    understood,
)
from shared.cases.texts import clean
from shared.db.engine import Transaction
from shared.errors import Invalid

MOST_FOUND: Final = 1000
"""More hits than this help nobody: the reader is asked to say more."""


class SearchedCase(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a case is found by; texts as people wrote them, codes in their one form or empty."""

    case_id: UUID
    dealer_id: int
    received_at: datetime
    number: str
    title: str
    words: str
    description: str
    fault_label: str
    demand: str
    customer_name: str
    customer_phone: str
    vehicle_plate: str = ""
    vehicle_vin: str = ""
    vehicle_name: str = ""
    external_ref: str = ""
    plan: str = ""
    result: str = ""
    root_cause: str = ""
    preventive_measure: str = ""
    found: str = ""
    advice: str = ""


TEXT_COLUMNS: Final = frozenset(
    {
        "title",
        "words",
        "description",
        "fault_label",
        "demand",
        "plan",
        "result",
        "found",
        "advice",
        "root_cause",
        "preventive_measure",
    }
)
"""The columns of a case that are searched."""

_TEXTS: Final = (*sorted(TEXT_COLUMNS), "customer_name", "vehicle_plate", "vehicle_name")
_CODES: Final = ("number", "external_ref", "customer_phone", "vehicle_plate", "vehicle_vin")

_INSERT: Final = """
INSERT INTO case_search (oem_id, case_id, dealer_id, received_at, text, codes, grams)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_UPDATE: Final = """
UPDATE case_search SET text = $3, codes = $4, grams = $5 WHERE oem_id = $1 AND case_id = $2
"""
_SEARCHED: Final = """
SELECT c.id AS case_id, c.dealer_id, c.received_at, c.number, c.title, c.words, c.description, c.fault_label,
       c.demand, c.plan, c.result, c.found, c.advice, c.root_cause, c.preventive_measure,
       coalesce(c.external_ref, '') AS external_ref, p.name AS customer_name, p.phone AS customer_phone,
       coalesce(v.plate, '') AS vehicle_plate, coalesce(v.vin, '') AS vehicle_vin,
       concat_ws(' ', v.brand, v.series, v.model) AS vehicle_name
FROM cases c
JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
LEFT JOIN vehicles v ON v.oem_id = c.oem_id AND v.id = c.vehicle_id
WHERE c.oem_id = $1 AND
"""
_OF_CASES: Final = f"{_SEARCHED} c.id = ANY ($2::uuid[])"
_OF_CUSTOMER: Final = f"{_SEARCHED} c.customer_id = $2"
_OF_VEHICLE: Final = f"{_SEARCHED} c.vehicle_id = $2"
_FIND: Final = "SELECT search_cases($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"


async def insert(tx: Transaction, oem_id: int, cases: Sequence[SearchedCase]) -> None:
    """Make new cases known to the search."""
    rows = [(oem_id, case.case_id, case.dealer_id, case.received_at, *found_by(case)) for case in cases]
    await tx.execute_many(_INSERT, rows)


async def rewrite(tx: Transaction, oem_id: int, cases: Sequence[SearchedCase]) -> None:
    """Let known cases be found by what they say now."""
    await tx.execute_many(_UPDATE, [(oem_id, case.case_id, *found_by(case)) for case in cases])


async def searched(tx: Transaction, oem_id: int, case_ids: Sequence[UUID]) -> list[SearchedCase]:
    """What cases of the scope are found by, read anew."""
    return await tx.rows(SearchedCase, _OF_CASES, oem_id, list(case_ids))


async def refresh(tx: Transaction, oem_id: int, case_ids: Sequence[UUID]) -> None:
    """Let cases be found by what they, their customers and vehicles say now."""
    await rewrite(tx, oem_id, await searched(tx, oem_id, case_ids))


async def refresh_of_customer(tx: Transaction, oem_id: int, customer_id: UUID) -> None:
    """The same for all cases of a customer whose name or number has changed."""
    await rewrite(tx, oem_id, await tx.rows(SearchedCase, _OF_CUSTOMER, oem_id, customer_id))


async def refresh_of_vehicle(tx: Transaction, oem_id: int, vehicle_id: UUID) -> None:
    """The same for all cases of a vehicle whose plate, VIN or name has changed."""
    await rewrite(tx, oem_id, await tx.rows(SearchedCase, _OF_VEHICLE, oem_id, vehicle_id))


async def find(
    tx: Transaction,
    text: str,
    *,
    dealer_ids: Sequence[int] = (),
    received: tuple[datetime | None, datetime | None] = (None, None),
    only_open: bool = False,
) -> list[UUID]:
    """The cases of the scope that `text` finds, in no order; of these dealers and this time where given.

    Raises `Invalid` (field `q`): `too_short` for less than two characters together, `search_too_wide` for
    more than `MOST_FOUND` cases.
    """
    terms = understood(clean(text))
    if terms is None:
        raise Invalid.field("q", "too_short", limit=2)
    # A page asks for its list and for its counts.
    question = ("search", text, tuple(dealer_ids), received, only_open)
    if question not in tx.remembered:
        narrowed = [list(dealer_ids) or None, *received, only_open]
        tx.remembered[question] = await tx.values(_FIND, *_arguments(terms), *narrowed, MOST_FOUND + 1)
    found: list[UUID] = tx.remembered[question]
    if len(found) > MOST_FOUND:
        raise Invalid.field("q", "search_too_wide", limit=MOST_FOUND)
    return list(dict.fromkeys(found))


async def find_codes(tx: Transaction, codes: Sequence[str], most: int = MOST_FOUND) -> list[UUID]:
    """At most `most` cases of the scope one of whose codes ends in one of these, in no order.

    Codes are written in any way; one that is too short finds nothing.
    """
    endings = list(dict.fromkeys(ending for code in codes for ending in endings_of(compact(code))))
    if not endings:
        return []
    terms = SearchTerms(
        grams=None,
        chunks=[],
        endings=endings,
        tails=tails_of(endings),
        first_number=None,
        past_numbers=None,
    )
    found: list[UUID] = await tx.values(_FIND, *_arguments(terms), None, None, None, False, most)
    return list(dict.fromkeys(found))


def _arguments(terms: SearchTerms) -> list[object]:
    return [
        terms.grams,
        terms.chunks,
        terms.endings,
        terms.tails,
        terms.first_number,
        terms.past_numbers,
    ]


def found_by(case: SearchedCase) -> tuple[str, list[str], list[str]]:
    """The folded text, the codes and the grams of a case's row."""
    texts = dict.fromkeys(getattr(case, name) for name in _TEXTS)
    text = fold("\n".join(each for each in texts if each))
    codes = [code for code in (compact(getattr(case, name)) for name in _CODES) if code]
    return text, codes, grams_of(text) + tails_of(codes)
