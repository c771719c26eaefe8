"""Customers and vehicles of one dealer: found again, or made (R1.5).

A dealer's customers are its own: the same person at two dealers is two rows, linked by phone in the OEM's
scope.
"""

from datetime import date, datetime
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.ids import new_id


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A car owner as one dealer knows him; `phone` is E.164, everything may be empty.

    `changed`: a name known before is another one now.
    """

    id: UUID
    name: str
    phone: str
    phone_kind: str
    email: str
    locale: str
    changed: bool = False


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    """A car as one dealer knows it; VIN and plate in their one form, everything may be empty.

    `changed`: plate, VIN or what it is called are others now than before.
    """

    id: UUID
    vin: str
    plate: str
    brand: str
    series: str
    model: str
    purchased_on: date | None
    changed: bool = False


class CustomerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a complaint tells of its customer, in clean form."""

    name: str
    phone: str
    phone_kind: str
    email: str
    locale: str


class VehicleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a complaint tells of its vehicle, in clean form."""

    vin: str = ""
    plate: str = ""
    brand: str = ""
    series: str = ""
    model: str = ""
    purchased_on: date | None = None


# People may share a phone: the name decides, and a nameless row or a nameless caller fits any.
_CUSTOMER = """
WITH known AS (
    SELECT id, name = '' AND $4 <> '' AS changed FROM customers
    WHERE oem_id = $1 AND dealer_id = $2 AND phone = $5 AND phone <> ''
      AND (name = $4 OR name = '' OR $4 = '')
      AND ($10 OR (name = $4 AND $7 IN ('', email)))
    ORDER BY name = $4 DESC, created_at, id LIMIT 1
), filled AS (
    UPDATE customers AS customer
    SET name = CASE WHEN name = '' THEN $4 ELSE name END,
        email = CASE WHEN $7 = '' THEN email ELSE $7 END
    FROM known
    WHERE customer.oem_id = $1 AND customer.id = known.id
    RETURNING customer.id, name, phone, phone_kind, email, locale, known.changed
), made AS (
    INSERT INTO customers (oem_id, dealer_id, id, name, phone, phone_kind, email, locale, created_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE NOT EXISTS (SELECT FROM known)
    RETURNING id, name, phone, phone_kind, email, locale, false
)
SELECT * FROM filled UNION ALL SELECT * FROM made
"""


async def find_or_create_customer(
    tx: Transaction, oem_id: int, dealer_id: int, at: datetime, facts: CustomerFacts, *, may_change: bool
) -> Customer:
    """The dealer's customer with this phone, what was unknown of him filled in; a new one otherwise.

    The newest e-mail address replaces the one before. Without a phone nobody is recognised. Where the facts
    may not change what is known, because anybody could have told them, only a customer whom they would leave
    as he is is recognised: else a stranger could have another's messages sent to himself.
    """
    found = await tx.row(
        Customer,
        _CUSTOMER,
        oem_id,
        dealer_id,
        new_id(at),
        facts.name,
        facts.phone,
        facts.phone_kind,
        facts.email,
        facts.locale,
        at,
        may_change,
    )
    assert found is not None  # noqa: S101  # the statement finds a row or makes one
    return found


# A car is known by its VIN; by its plate only where the VIN does not tell it apart.
_VEHICLE = """
WITH known AS (
    SELECT id, (vin = '' AND $4 <> '') OR ($5 <> '' AND plate <> $5) OR (brand = '' AND $6 <> '')
               OR (series = '' AND $7 <> '') OR (model = '' AND $8 <> '') AS changed
    FROM vehicles
    WHERE oem_id = $1 AND dealer_id = $2
      AND (($4 <> '' AND vin = $4) OR ($5 <> '' AND plate = $5 AND (vin = '' OR $4 = '')))
      AND ($11 OR ($4 IN ('', vin) AND $5 IN ('', plate)))
    ORDER BY vin = $4 DESC, created_at, id LIMIT 1
), filled AS (
    UPDATE vehicles AS vehicle
    SET vin = CASE WHEN vin = '' THEN $4 ELSE vin END,
        plate = CASE WHEN $5 = '' THEN plate ELSE $5 END,
        brand = CASE WHEN brand = '' THEN $6 ELSE brand END,
        series = CASE WHEN series = '' THEN $7 ELSE series END,
        model = CASE WHEN model = '' THEN $8 ELSE model END,
        purchased_on = coalesce(purchased_on, $9)
    FROM known
    WHERE vehicle.oem_id = $1 AND vehicle.id = known.id
    RETURNING vehicle.id, vin, plate, brand, series, model, purchased_on, known.changed
), made AS (
    INSERT INTO vehicles (oem_id, dealer_id, id, vin, plate, brand, series, model, purchased_on, created_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE NOT EXISTS (SELECT FROM known)
    RETURNING id, vin, plate, brand, series, model, purchased_on, false
)
SELECT * FROM filled UNION ALL SELECT * FROM made
"""


async def find_or_create_vehicle(
    tx: Transaction, oem_id: int, dealer_id: int, at: datetime, facts: VehicleFacts, *, may_change: bool
) -> Vehicle | None:
    """The dealer's car with this VIN or plate, what was unknown of it filled in; a new one otherwise.

    The newest plate replaces the one before. None when nothing is told of a car. Where the facts may not
    change what is known, only a car whose VIN and plate they would leave as they are is recognised.
    """
    if facts == VehicleFacts():
        return None
    found = await tx.row(
        Vehicle,
        _VEHICLE,
        oem_id,
        dealer_id,
        new_id(at),
        facts.vin,
        facts.plate,
        facts.brand,
        facts.series,
        facts.model,
        facts.purchased_on,
        at,
        may_change,
    )
    assert found is not None  # noqa: S101  # the statement finds a row or makes one
    return found


_RENEW_CONTACT = """
UPDATE customers SET phone = CASE WHEN $3 = '' THEN phone ELSE $3 END,
                     email = CASE WHEN $4 = '' THEN email ELSE $4 END
WHERE oem_id = $1 AND id = $2
"""


async def renew_contact(tx: Transaction, oem_id: int, customer_id: UUID, *, phone: str, email: str) -> None:
    """The customer is reached by these from now on, in their one form; what is empty stays as it was."""
    await tx.execute(_RENEW_CONTACT, oem_id, customer_id, phone, email)


_CUSTOMER_OF = "SELECT name, phone, phone_kind, email, locale FROM customers WHERE oem_id = $1 AND id = $2"
_VEHICLE_OF = (
    "SELECT vin, plate, brand, series, model, purchased_on FROM vehicles WHERE oem_id = $1 AND id = $2"
)


async def customer_facts(tx: Transaction, oem_id: int, customer_id: UUID) -> CustomerFacts:
    """What is known of a customer, to make him known to another dealer."""
    found = await tx.row(CustomerFacts, _CUSTOMER_OF, oem_id, customer_id)
    if found is None:
        raise NotFound("not_found")
    return found


async def vehicle_facts(tx: Transaction, oem_id: int, vehicle_id: UUID) -> VehicleFacts:
    """What is known of a car, to make it known to another dealer."""
    found = await tx.row(VehicleFacts, _VEHICLE_OF, oem_id, vehicle_id)
    if found is None:
        raise NotFound("not_found")
    return found
