"""Giving people a place at an OEM or at one of its dealers.

Everything here runs in the actor's own scope: an administrator keeps the people of the whole OEM, a station
head those of the own dealer, and the database holds both to it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from shared.accounts.directory import NewAccount, known_or_new_account, valid_email
from shared.accounts.own import name_problems
from shared.audit.log import AuditEntry, append
from shared.customers.identifiers import BadIdentifier, phone_number
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.ids import new_id
from shared.permissions import DEALER_ROLES, MEMBER_ROLES, Permission, Role, may_give
from shared.tenancy import Actor
from shared.tenants.dealers import dealer
from shared.tenants.oems import oem


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is and where: dealer roles need `dealer_id`, regional managers `region_ids`."""

    role: Role
    dealer_id: int = 0
    region_ids: tuple[int, ...] = ()


class NewStaff(msgspec.Struct, frozen=True, kw_only=True):
    """A person's new place: dealer roles need `dealer_id`, regional managers the regions (either level).

    `locale` and `time_zone` are the OEM's unless given, and the account's own where there is one already.
    `password` is for a person without an account; an existing account keeps its own. Without one nobody can
    sign in until it is set.
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

    @property
    def post(self) -> Post:
        """The place without the person."""
        return Post(role=self.role, dealer_id=self.dealer_id, region_ids=self.region_ids)


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A place as it is stored, everything checked; `phone` is E.164 or empty."""

    account_id: UUID
    email: str
    name: str
    locale: str
    time_zone: str
    role: Role
    dealer_id: int = 0
    region_ids: tuple[int, ...] = ()
    phone: str = ""


async def add_staff(actor: Actor, new: NewStaff, *, as_of: datetime | None = None) -> UUID:
    """Give a person a place in the actor's OEM at once; the membership's id. See `invitations` for asking.

    Raises `Invalid`, `Forbidden` for a role above one's own, `Conflict` (`already_member`) for one who has
    the same role at the same place already.
    """
    actor.require(Permission.STAFF_MANAGE)
    async with transaction(actor.scope, read_only=True) as tx:
        home = await oem(tx, actor.oem_id)
        await check_place(tx, actor, new.post, name_problems(new.name))
    wanted = NewAccount(
        email=valid_email(new.email),
        name=new.name.strip(),
        password=new.password,
        locale=new.locale or home.locale,
        time_zone=new.time_zone or home.time_zone,
    )
    phone = staff_phone(new.phone, home.country)
    account = await known_or_new_account(wanted, as_of=as_of)
    member = Member(
        account_id=account.id,
        email=account.email,
        name=wanted.name,
        locale=account.locale,
        time_zone=account.time_zone,
        role=new.role,
        dealer_id=new.dealer_id,
        region_ids=tuple(sorted(set(new.region_ids))),
        phone=phone,
    )
    async with transaction(actor.scope, as_of=as_of) as tx:
        return await insert_member(tx, actor, member)


_INSERT = """
INSERT INTO memberships (oem_id, id, dealer_id, account_id, role, region_ids, name, email, phone, locale,
                         time_zone, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


async def insert_member(tx: Transaction, actor: Actor, member: Member) -> UUID:
    """Store a place in the open transaction; its id. Raises `Conflict` (`already_member`)."""
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
            member.name,
            member.email,
            member.phone,
            member.locale,
            member.time_zone,
            now,
        )
    except asyncpg.UniqueViolationError as error:
        raise Conflict("already_member") from error
    await append(tx, actor, now, staff_entry("membership.create", membership_id, member.dealer_id))
    return membership_id


async def check_place(tx: Transaction, actor: Actor, post: Post, problems: Sequence[FieldError] = ()) -> None:
    """Whether the actor may give this post, and whether there is such a post.

    Raises `Invalid` with `problems` and what is wrong here, and `Forbidden` (`role_above_own`).
    """
    found = list(problems)
    if post.role not in MEMBER_ROLES:
        found.append(FieldError("role", "unknown_value"))
    if (post.role in DEALER_ROLES) != (post.dealer_id > 0):
        code = "required" if post.role in DEALER_ROLES else "not_wanted"
        found.append(FieldError("dealer_id", code))
    if (post.role is Role.REGIONAL_MANAGER) != bool(post.region_ids):
        code = "required" if post.role is Role.REGIONAL_MANAGER else "not_wanted"
        found.append(FieldError("region_ids", code))
    wanted = list(post.region_ids)
    known = await tx.values(
        "SELECT id FROM regions WHERE oem_id = $1 AND id = ANY ($2::int[])", actor.oem_id, wanted
    )
    if set(wanted) - set(known):
        found.append(FieldError("region_ids", "unknown_value"))
    if found:
        raise Invalid("invalid_input", fields=found)
    if post.dealer_id:
        try:
            await dealer(tx, actor.oem_id, post.dealer_id)
        except NotFound as error:
            raise Invalid.field("dealer_id", "unknown_dealer") from error
    if not may_give(actor.role, post.role):
        raise Forbidden("role_above_own")


def staff_phone(phone: str, country: str) -> str:
    """A number in E.164, empty for none; raises `Invalid`."""
    if not phone.strip():
        return ""
    try:
        return phone_number(phone, country)
    except BadIdentifier as error:
        raise Invalid.field("phone", str(error)) from error


def staff_entry(action: str, membership_id: UUID, dealer_id: int, fields: Sequence[str] = ()) -> AuditEntry:
    """The log's entry of something done to a place."""
    return AuditEntry(
        action=action, entity="membership", entity_id=membership_id, dealer_id=dealer_id, fields=fields
    )
