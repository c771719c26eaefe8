"""OEMs: the tenants."""

from datetime import datetime

import msgspec

from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, NotFound
from shared.tenancy import Scope


class Oem(msgspec.Struct, frozen=True, kw_only=True):
    """A car maker: `time_zone` an IANA name, `locale` the language its people are written to by default.

    `number_prefix` begins its case numbers (R1.3). `complaint_line` is the number on customers' pages (R1.1).
    """

    id: int
    slug: str
    name: str
    name_en: str
    country: str
    time_zone: str
    locale: str
    active: bool
    created_at: datetime
    number_prefix: str = "AF"
    complaint_line: str = ""


class OemProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What an OEM is created with; `slug` names it on the command line, `country` is ISO 3166-1 alpha-2."""

    slug: str
    name: str
    name_en: str
    country: str = "CN"
    time_zone: str = "Asia/Shanghai"
    locale: str = "zh-CN"


_COLUMNS = (
    "id, slug, name, name_en, country, time_zone, locale, active, created_at, number_prefix, complaint_line"
)


async def oem(tx: Transaction, oem_id: int) -> Oem:
    """The OEM; raises `NotFound` outside its scope."""
    found = await tx.row(Oem, f"SELECT {_COLUMNS} FROM oems WHERE id = $1", oem_id)
    if found is None:
        raise NotFound("not_found")
    return found


async def by_slug(slug: str, scope: Scope | None = None) -> Oem:
    """The OEM of a slug; opens its own transaction. Raises `NotFound` (`oem_not_found`).

    `scope` is the platform's unless given; the worker's login may not become that and passes the system's.
    """
    async with transaction(scope or Scope.platform(), read_only=True) as tx:
        found = await tx.row(Oem, f"SELECT {_COLUMNS} FROM oems WHERE slug = $1", slug)
    if found is None:
        raise NotFound("oem_not_found", {"slug": slug})
    return found


async def all_oems(scope: Scope | None = None) -> list[Oem]:
    """Every active OEM by slug; opens its own transaction in `scope`, see `by_slug`."""
    async with transaction(scope or Scope.platform(), read_only=True) as tx:
        return await tx.rows(Oem, f"SELECT {_COLUMNS} FROM oems WHERE active ORDER BY slug")


class Appearance(msgspec.Struct, frozen=True, kw_only=True):
    """How an OEM's messages and pages look; empty: as the installation does it. `logo`: see `settings`."""

    sms_signature: str
    public_url: str
    logo: str | None


_APPEARANCE = "SELECT sms_signature, public_url, encode(logo_sha256, 'hex') AS logo FROM oems WHERE id = $1"


async def appearance(tx: Transaction, oem_id: int) -> Appearance:
    """How the OEM's messages look, read once per transaction; raises `NotFound` outside its scope."""
    key = (__name__, oem_id)
    if key not in tx.remembered:
        found = await tx.row(Appearance, _APPEARANCE, oem_id)
        if found is None:
            raise NotFound("not_found")
        tx.remembered[key] = found
    return tx.remembered[key]


_INSERT = """
INSERT INTO oems (slug, name, name_en, country, time_zone, locale, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (slug) DO NOTHING RETURNING id
"""


async def create(tx: Transaction, new: OemProfile) -> int:
    """Create the row in the platform's scope; its id. Raises `Conflict` (`slug_taken`)."""
    oem_id = await tx.value(
        _INSERT, new.slug, new.name, new.name_en, new.country, new.time_zone, new.locale, await tx.now()
    )
    if oem_id is None:
        raise Conflict("slug_taken", {"slug": new.slug})
    return int(oem_id)
