"""Bringing OEMs, regions, dealers and their people in (R9.1)."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.accounts.directory import NewAccount, known_or_new_account, valid_email
from shared.accounts.own import LONGEST_NAME
from shared.accounts.passwords import check_strength
from shared.audit.log import AuditEntry, append
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid
from shared.onboarding.defaults import default_policies
from shared.onboarding.staff import Member, insert_member
from shared.permissions import Permission, Role
from shared.sla.wall_clock import zone_named
from shared.sla.working_time import WorkingTimeError
from shared.tenancy import Actor, Scope
from shared.tenants import dealers, oems, policies
from shared.tenants.dealers import Dealer, NewDealer, NewRegion, Region

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LOCALES: Final = ("zh-CN", "en")
DESK_CODE: Final = "desk"
"""The code of the built-in dealer and of the area and district it stands in."""


class NewOem(msgspec.Struct, frozen=True, kw_only=True):
    """An OEM to bring in, with its first administrator."""

    slug: str
    name: str
    name_en: str
    admin_email: str
    admin_name: str
    admin_password: str | None = None
    country: str = "CN"
    time_zone: str = "Asia/Shanghai"
    locale: str = "zh-CN"


class OnboardedOem(msgspec.Struct, frozen=True, kw_only=True):
    """What came into being."""

    oem_id: int
    desk_id: int
    admin_membership_id: UUID


async def onboard_oem(new: NewOem, *, as_of: datetime | None = None) -> OnboardedOem:
    """Create an OEM that can work at once: policies, the OEM desk, the first administrator.

    Raises `Invalid`, and `Conflict` (`slug_taken`) for an OEM that exists already. One that an earlier try
    left half made is completed.
    """
    check_oem(new)
    wanted = NewAccount(
        email=valid_email(new.admin_email, "admin_email"),
        name=new.admin_name.strip(),
        password=new.admin_password,
        locale=new.locale,
        time_zone=new.time_zone,
    )
    account = await known_or_new_account(wanted, as_of=as_of)
    oem_id = await oem_row(new, as_of)
    actor = Actor.system(oem_id)
    async with transaction(Scope.oem(oem_id), as_of=as_of) as tx:
        desk = await furnish(tx, actor, new)
        member = Member(
            account_id=account.id,
            email=account.email,
            name=wanted.name,
            locale=account.locale,
            time_zone=account.time_zone,
            role=Role.ADMINISTRATOR,
        )
        membership_id = await insert_member(tx, actor, member)
        entry = AuditEntry(action="oem.onboard", entity="oem", entity_id=str(oem_id))
        await append(tx, actor, await tx.now(), entry)
    return OnboardedOem(oem_id=oem_id, desk_id=desk.id, admin_membership_id=membership_id)


async def add_region(actor: Actor, new: NewRegion, *, as_of: datetime | None = None) -> Region:
    """Add an area, or a district of one. Raises `Conflict` (`region_code_taken`) and `Invalid`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), as_of=as_of) as tx:
        region = await dealers.create_region(tx, actor.oem_id, new)
        entry = AuditEntry(action="region.create", entity="region", entity_id=str(region.id))
        await append(tx, actor, await tx.now(), entry)
    return region


async def add_dealer(actor: Actor, new: NewDealer, *, as_of: datetime | None = None) -> Dealer:
    """Add a dealer to a district. Raises `Conflict` (`dealer_code_taken`) and `Invalid`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), as_of=as_of) as tx:
        dealer = await dealers.create_dealer(tx, actor.oem_id, new)
        entry = AuditEntry(
            action="dealer.create", entity="dealer", entity_id=str(dealer.id), dealer_id=dealer.id
        )
        await append(tx, actor, await tx.now(), entry)
    return dealer


async def oem_row(new: NewOem, as_of: datetime | None) -> int:
    """The id of the OEM's row, made unless an earlier try has."""
    profile = oems.OemProfile(
        slug=new.slug,
        name=new.name,
        name_en=new.name_en,
        country=new.country,
        time_zone=new.time_zone,
        locale=new.locale,
    )
    try:
        async with transaction(Scope.platform(), as_of=as_of) as tx:
            return await oems.create(tx, profile)
    except Conflict:
        return (await oems.by_slug(new.slug)).id


async def furnish(tx: Transaction, actor: Actor, new: NewOem) -> Dealer:
    """Give a new OEM what it needs to work: policies and the desk, which comes back.

    Raises `Conflict` (`slug_taken`) for one that has them already.
    """
    # Two tries at the same time: the second waits here and then finds the desk.
    await tx.execute("SELECT 1 FROM oems WHERE id = $1 FOR UPDATE", actor.oem_id)
    if await tx.value("SELECT 1 FROM dealers WHERE oem_id = $1 AND is_desk", actor.oem_id):
        raise Conflict("slug_taken", {"slug": new.slug})
    year = (await tx.now()).year
    for name, body in default_policies(new.country, new.time_zone, year).items():
        await policies.publish(tx, actor, name, body)
    return await _create_desk(tx, actor.oem_id)


async def _create_desk(tx: Transaction, oem_id: int) -> Dealer:
    area = await dealers.create_region(
        tx, oem_id, NewRegion(code=DESK_CODE, name="总部", name_en="Head office")
    )
    district = await dealers.create_region(
        tx,
        oem_id,
        NewRegion(code=f"{DESK_CODE}-1", name="总部", name_en="Head office", parent_id=area.id),
    )
    return await dealers.create_dealer(
        tx,
        oem_id,
        NewDealer(region_id=district.id, code=DESK_CODE, name="主机厂受理台", name_en="OEM desk"),
        is_desk=True,
    )


def check_oem(new: NewOem) -> None:
    """Raise `Invalid` for what cannot be an OEM."""
    problems: list[FieldError] = []
    if not _SLUG.fullmatch(new.slug):
        problems.append(FieldError("slug", "slug_not_understood"))
    problems += [
        FieldError(name, "required")
        for name in ("name", "name_en", "admin_name")
        if not getattr(new, name).strip()
    ]
    problems += [
        FieldError(name, "too_long", {"limit": LONGEST_NAME})
        for name in ("name", "name_en", "admin_name")
        if len(getattr(new, name)) > LONGEST_NAME
    ]
    if not _COUNTRY.fullmatch(new.country):
        problems.append(FieldError("country", "unknown_value"))
    if new.locale not in _LOCALES:
        problems.append(FieldError("locale", "unknown_value"))
    try:
        zone_named(new.time_zone)
    except WorkingTimeError:
        problems.append(FieldError("time_zone", "unknown_time_zone", {"name": new.time_zone}))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    if new.admin_password is not None:
        check_strength(new.admin_password, "admin_password")
