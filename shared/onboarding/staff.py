"""Giving people a place at an OEM or at one of its dealers, and taking it away."""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from shared.accounts.directory import NewAccount, ensure_account, valid_email
from shared.audit.log import AuditEntry, append
from shared.customers.identifiers import BadIdentifier, phone_number
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id
from shared.permissions import DEALER_ROLES, Permission, Role
from shared.tenancy import Actor, Scope
from shared.tenants.dealers import dealer
from shared.tenants.oems import Oem, oem


class NewStaff(msgspec.Struct, frozen=True, kw_only=True):
    """A person's new place: dealer roles need `dealer_id`, regional managers the regions (either level).

    `locale` and `time_zone` are the OEM's unless given. `password` is for a person without an account; an
    existing account keeps its own. Without one nobody can sign in until it is set.
    """

    email: str
    name: str
    role: Role
    dealer_id: int = 0
    region_ids: tuple[int, ...] = ()
    phone: str = ""
    locale: str | None = None
    time_zone: str | None = None
    password: str | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A place as it is stored, everything checked; `phone` is E.164 or empty."""

    account_id: UUID
    account: NewAccount
    role: Role
    dealer_id: int = 0
    region_ids: tuple[int, ...] = ()
    phone: str = ""


async def add_staff(actor: Actor, new: NewStaff, *, as_of: datetime | None = None) -> UUID:
    """Give a person a place in the actor's OEM; the membership's id.

    Raises `Invalid`, `NotFound` for a dealer of somebody else, `Conflict` (`already_member`) for one who has
    the same role at the same place already.
    """
    actor.require(Permission.STAFF_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        home = await oem(tx, actor.oem_id)
        await _check(tx, actor.oem_id, new)
    account = NewAccount(
        email=valid_email(new.email),
        name=new.name.strip(),
        password=new.password,
        locale=new.locale or home.locale,
        time_zone=new.time_zone or home.time_zone,
    )
    member = Member(
        account_id=await ensure_account(account, as_of=as_of),
        account=account,
        role=new.role,
        dealer_id=new.dealer_id,
        region_ids=tuple(sorted(set(new.region_ids))),
        phone=_phone(new.phone, home),
    )
    async with transaction(Scope.oem(actor.oem_id), as_of=as_of) as tx:
        return await insert_member(tx, actor, member)


_INSERT = """
INSERT INTO memberships (oem_id, id, dealer_id, account_id, role, region_ids, name, email, phone, locale,
                         created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""


async def insert_member(tx: Transaction, actor: Actor, member: Member) -> UUID:
    """Store a place in the open transaction, in OEM scope; its id. Raises `Conflict` (`already_member`)."""
    now = await tx.now()
    membership_id = new_id(now)
    try:
        await tx.execute(
            _INSERT,
            actor.oem_id,
            membership_id,
            member.dealer_id,
            member.account_id,
            member.role.value,
            member.region_ids,
            member.account.name,
            member.account.email,
            member.phone,
            member.account.locale,
            now,
        )
    except asyncpg.UniqueViolationError as error:
        raise Conflict("already_member") from error
    await append(tx, actor, now, _entry("membership.create", membership_id, member.dealer_id))
    return membership_id


_DEACTIVATE = """
UPDATE memberships SET active = false WHERE oem_id = $1 AND id = $2 AND active RETURNING dealer_id
"""


async def deactivate_staff(actor: Actor, membership_id: UUID) -> None:
    """Take a person's place away: sessions acting in it end at once. Raises `NotFound`."""
    actor.require(Permission.STAFF_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        dealer_id = await tx.value(_DEACTIVATE, actor.oem_id, membership_id)
        if dealer_id is None:
            raise NotFound("not_found")
        await append(tx, actor, await tx.now(), _entry("membership.deactivate", membership_id, dealer_id))


async def _check(tx: Transaction, oem_id: int, new: NewStaff) -> None:
    problems: list[FieldError] = []
    if not new.name.strip():
        problems.append(FieldError("name", "required"))
    if new.role in {Role.INTEGRATION, Role.PLATFORM_OPERATOR}:
        problems.append(FieldError("role", "unknown_value"))
    if (new.role in DEALER_ROLES) != (new.dealer_id > 0):
        problems.append(FieldError("dealer_id", "required" if new.role in DEALER_ROLES else "not_wanted"))
    if (new.role is Role.REGIONAL_MANAGER) != bool(new.region_ids):
        code = "required" if new.role is Role.REGIONAL_MANAGER else "not_wanted"
        problems.append(FieldError("region_ids", code))
    known = await tx.values(
        "SELECT id FROM regions WHERE oem_id = $1 AND id = ANY ($2::int[])", oem_id, list(new.region_ids)
    )
    if set(new.region_ids) - set(known):
        problems.append(FieldError("region_ids", "unknown_value"))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    if new.dealer_id:
        await dealer(tx, oem_id, new.dealer_id)


def _phone(phone: str, home: Oem) -> str:
    if not phone.strip():
        return ""
    try:
        return phone_number(phone, home.country)
    except BadIdentifier as error:
        raise Invalid.field("phone", str(error)) from error


def _entry(action: str, membership_id: UUID, dealer_id: int) -> AuditEntry:
    return AuditEntry(action=action, entity="membership", entity_id=membership_id, dealer_id=dealer_id)
