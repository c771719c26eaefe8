"""Dealers and the two-level tree of regions they belong to."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import asyncpg
import msgspec

from shared.db.engine import Transaction
from shared.errors import Conflict, Invalid, NotFound


class RegionLevel(StrEnum):
    """A district lies in an area; dealers belong to a district."""

    AREA = "area"
    DISTRICT = "district"


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """An area (`parent_id` None) or a district of one."""

    id: int
    parent_id: int | None
    level: RegionLevel
    code: str
    name: str
    name_en: str


class Dealer(msgspec.Struct, frozen=True, kw_only=True):
    """A dealer; `region_id` is its district. With `is_desk` it is the OEM's own desk, left out of leagues.

    `phone` is its complaint line, `complaints_officer` the person named for it (R1.1).
    """

    id: int
    region_id: int
    code: str
    name: str
    name_en: str
    province: str
    city: str
    phone: str
    is_desk: bool
    active: bool
    created_at: datetime
    complaints_officer: str = ""


class NewRegion(msgspec.Struct, frozen=True, kw_only=True):
    """A region to create: without `parent_id` an area, else a district of that area."""

    code: str
    name: str
    name_en: str
    parent_id: int | None = None


class NewDealer(msgspec.Struct, frozen=True, kw_only=True):
    """A dealer to create in the district `region_id`; `code` is the OEM's own, unique within it."""

    region_id: int
    code: str
    name: str
    name_en: str
    province: str = ""
    city: str = ""
    phone: str = ""
    complaints_officer: str = ""


_DEALER = (
    "id, region_id, code, name, name_en, province, city, phone, is_desk, active, created_at,"
    " complaints_officer"
)
_REGION = "id, parent_id, level, code, name, name_en"


async def dealer(tx: Transaction, oem_id: int, dealer_id: int) -> Dealer:
    """The dealer; raises `NotFound` outside the scope."""
    found = await tx.row(
        Dealer,
        f"SELECT {_DEALER} FROM dealers WHERE oem_id = $1 AND id = $2",
        oem_id,
        dealer_id,
    )
    if found is None:
        raise NotFound("not_found")
    return found


async def dealer_named(tx: Transaction, oem_id: int, dealer_id: int) -> Dealer:
    """The dealer that an input names in its field `dealer_id`; raises `Invalid` (`unknown_dealer`)."""
    try:
        return await dealer(tx, oem_id, dealer_id)
    except NotFound as error:
        raise unknown_dealer() from error


def unknown_dealer() -> Invalid:
    """The refusal of a dealer that does not exist, or not for the actor: both read the same (R9.1)."""
    return Invalid.field("dealer_id", "unknown_dealer")


async def dealers(tx: Transaction, oem_id: int) -> list[Dealer]:
    """Every dealer of the scope by code, the desk and closed ones included."""
    return await tx.rows(
        Dealer,
        f"SELECT {_DEALER} FROM dealers WHERE oem_id = $1 ORDER BY code",
        oem_id,
    )


async def regions(tx: Transaction, oem_id: int) -> list[Region]:
    """The OEM's regions, areas first, each level by code."""
    return await tx.rows(
        Region,
        f"SELECT {_REGION} FROM regions WHERE oem_id = $1 ORDER BY level, code",
        oem_id,
    )


_IN_REGIONS = """
SELECT d.id FROM dealers d JOIN regions r ON r.oem_id = d.oem_id AND r.id = d.region_id
WHERE d.oem_id = $1 AND (r.id = ANY ($2::int[]) OR r.parent_id = ANY ($2::int[]))
"""


async def ids_in_regions(tx: Transaction, oem_id: int, region_ids: Sequence[int]) -> set[int]:
    """The dealers of the scope in these areas and districts."""
    return set(await tx.values(_IN_REGIONS, oem_id, list(region_ids)))


async def desk(tx: Transaction, oem_id: int) -> Dealer:
    """The OEM desk, in OEM scope; raises `NotFound` where onboarding has not finished."""
    found = await tx.row(
        Dealer,
        f"SELECT {_DEALER} FROM dealers WHERE oem_id = $1 AND is_desk",
        oem_id,
    )
    if found is None:
        raise NotFound("not_found")
    return found


_NEXT_REGION = "SELECT coalesce(max(id), 0) + 1 FROM regions WHERE oem_id = $1"
_INSERT_REGION = """
INSERT INTO regions (oem_id, id, parent_id, level, code, name, name_en) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def create_region(tx: Transaction, oem_id: int, new: NewRegion) -> Region:
    """Create a region in OEM scope. Raises `Conflict` (`region_code_taken`), `Invalid` for a wrong parent."""
    await _one_at_a_time(tx, oem_id)
    if new.parent_id is not None:
        level = await tx.value(
            "SELECT level FROM regions WHERE oem_id = $1 AND id = $2", oem_id, new.parent_id
        )
        if level != RegionLevel.AREA:
            raise Invalid.field("parent_id", "unknown_value")
    region_id = await tx.value(_NEXT_REGION, oem_id)
    level = RegionLevel.AREA if new.parent_id is None else RegionLevel.DISTRICT
    try:
        await tx.execute(
            _INSERT_REGION, oem_id, region_id, new.parent_id, level.value, new.code, new.name, new.name_en
        )
    except asyncpg.UniqueViolationError as error:
        raise Conflict("region_code_taken", {"code": new.code}) from error
    return Region(
        id=region_id,
        parent_id=new.parent_id,
        level=level,
        code=new.code,
        name=new.name,
        name_en=new.name_en,
    )


_NEXT_DEALER = "SELECT coalesce(max(id), 0) + 1 FROM dealers WHERE oem_id = $1"
_INSERT_DEALER = f"""
INSERT INTO dealers (oem_id, id, region_id, code, name, name_en, province, city, phone, is_desk, created_at,
                     complaints_officer)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING {_DEALER}
"""


async def create_dealer(tx: Transaction, oem_id: int, new: NewDealer, *, is_desk: bool = False) -> Dealer:
    """Create a dealer in OEM scope. Raises `Conflict` (`dealer_code_taken`), `Invalid` unless a district."""
    await _one_at_a_time(tx, oem_id)
    level = await tx.value("SELECT level FROM regions WHERE oem_id = $1 AND id = $2", oem_id, new.region_id)
    if level != RegionLevel.DISTRICT:
        raise Invalid.field("region_id", "unknown_value")
    dealer_id = await tx.value(_NEXT_DEALER, oem_id)
    try:
        created = await tx.row(
            Dealer,
            _INSERT_DEALER,
            oem_id,
            dealer_id,
            new.region_id,
            new.code,
            new.name,
            new.name_en,
            new.province,
            new.city,
            new.phone,
            is_desk,
            await tx.now(),
            new.complaints_officer,
        )
    except asyncpg.UniqueViolationError as error:
        raise Conflict("dealer_code_taken", {"code": new.code}) from error
    assert created is not None  # noqa: S101  # an INSERT that raised nothing returns its row
    return created


async def _one_at_a_time(tx: Transaction, oem_id: int) -> None:
    # Ids count up per OEM; the lock on its row keeps two creations from taking the same one.
    await tx.execute("SELECT 1 FROM oems WHERE id = $1 FOR UPDATE", oem_id)
