"""Naming a substitute for a time away, for oneself or for somebody whose place one keeps."""

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shared.accounts import absences
from shared.accounts.absences import Absence
from shared.audit.log import AuditEntry, append
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.ids import new_id
from shared.onboarding.roster import StaffMember, colleagues, member_in_reach
from shared.permissions import DEALER_ROLES, Permission, may, may_give
from shared.tenancy import Actor, Scope

LONGEST: Final = timedelta(days=366)
_MOST_COLLEAGUES: Final = 500


class NewAbsence(msgspec.Struct, frozen=True, kw_only=True):
    """Away from the first to the last day, both included, in the person's time zone; None: the actor."""

    substitute_id: UUID
    first_day: date
    last_day: date
    membership_id: UUID | None = None


async def known_absences(actor: Actor) -> list[Absence]:
    """Present and coming absences: one's own, or with the right to keep staff all within reach."""
    own = None if actor.may(Permission.STAFF_MANAGE) else _membership(actor)
    async with transaction(_scope(actor), read_only=True) as tx:
        return await absences.absences(tx, actor.oem_id, own)


async def own_absences(actor: Actor) -> list[Absence]:
    """Present and coming absences of the actor; none for what is no person."""
    if actor.membership_id is None:
        return []
    return await absences_of(actor, actor.membership_id)


async def absences_of(actor: Actor, membership_id: UUID) -> list[Absence]:
    """Present and coming absences of somebody within reach."""
    async with transaction(_scope(actor), read_only=True) as tx:
        return await absences.absences(tx, actor.oem_id, membership_id)


async def add_absence(actor: Actor, new: NewAbsence) -> Absence:
    """Name a substitute: whoever would be told or given a case meanwhile is the substitute (R4.2, R1.6).

    Raises `Invalid` for somebody out of reach, for days or a substitute that cannot be, and `Conflict`
    (`absence_overlaps`).
    """
    membership_id = new.membership_id or _membership(actor)
    async with transaction(_scope(actor)) as tx:
        person = await _person(tx, actor, membership_id)
        now = await tx.now()
        starts_at, ends_at = _times(new, person.time_zone, now)
        substitute = await _substitute(tx, actor, person, new.substitute_id)
        # Two pages saved at the same time: the second waits here and sees the first.
        await tx.execute(
            "SELECT 1 FROM memberships WHERE oem_id = $1 AND id = $2 FOR NO KEY UPDATE",
            actor.oem_id,
            membership_id,
        )
        for each in await absences.absences(tx, actor.oem_id, membership_id):
            if starts_at < each.ends_at and each.starts_at < ends_at:
                raise Conflict("absence_overlaps")
        made = Absence(
            id=new_id(now),
            dealer_id=person.dealer_id,
            membership_id=membership_id,
            name=person.name,
            substitute_id=substitute.id,
            substitute=substitute.name,
            starts_at=starts_at,
            ends_at=ends_at,
        )
        await absences.insert_absence(tx, actor.oem_id, made, actor.name)
        await append(tx, actor, now, _entry("absence.create", made))
        return made


async def end_absence(actor: Actor, absence_id: UUID) -> None:
    """Take an absence back, at once; raises `NotFound`."""
    async with transaction(_scope(actor)) as tx:
        found = await absences.absence(tx, actor.oem_id, absence_id)
        if found is None:
            raise NotFound("not_found")
        if found.membership_id != actor.membership_id:
            person = await member_in_reach(tx, actor, found.membership_id)
            if not _keeps(actor, person):
                raise NotFound("not_found")
        await absences.delete_absence(tx, actor.oem_id, absence_id)
        await append(tx, actor, await tx.now(), _entry("absence.end", found))


async def possible_substitutes(actor: Actor, membership_id: UUID) -> list[StaffMember]:
    """Who could stand in for somebody: colleagues of the same dealer, or of the OEM."""
    async with transaction(_scope(actor), read_only=True) as tx:
        person = await member_in_reach(tx, actor, membership_id)
        found = await colleagues(tx, actor, person, _MOST_COLLEAGUES)
    return [each for each in found if _may_stand_in(each, person)]


def _scope(actor: Actor) -> Scope:
    # A regional manager's own place is at the OEM, outside the dealers of the region.
    return actor.scope if actor.role in DEALER_ROLES else Scope.oem(actor.oem_id)


def _membership(actor: Actor) -> UUID:
    if actor.membership_id is None:
        raise Forbidden("people_only")
    return actor.membership_id


def _keeps(actor: Actor, person: StaffMember) -> bool:
    return actor.may(Permission.STAFF_MANAGE) and may_give(actor.role, person.role)


async def _person(tx: Transaction, actor: Actor, membership_id: UUID) -> StaffMember:
    try:
        found = await member_in_reach(tx, actor, membership_id)
    except NotFound as error:
        raise Invalid.field("membership_id", "unknown_person") from error
    if found.id != actor.membership_id and not _keeps(actor, found):
        # Whose place one does not keep is as unknown as somebody who is not there.
        raise Invalid.field("membership_id", "unknown_person")
    return found


def _times(new: NewAbsence, time_zone: str, now: datetime) -> tuple[datetime, datetime]:
    zone = ZoneInfo(time_zone)
    try:
        starts_at = datetime.combine(new.first_day, time.min, zone)
        ends_at = datetime.combine(new.last_day + timedelta(days=1), time.min, zone)
    except OverflowError as error:
        raise Invalid.field("last_day", "not_a_date") from error
    problems: list[FieldError] = []
    if new.last_day < new.first_day:
        problems.append(FieldError("last_day", "before_first_day"))
    elif ends_at <= now:
        problems.append(FieldError("last_day", "in_the_past"))
    elif new.last_day - new.first_day >= LONGEST:
        problems.append(FieldError("last_day", "absence_too_long", {"days": LONGEST.days}))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return starts_at, ends_at


async def _substitute(tx: Transaction, actor: Actor, person: StaffMember, substitute_id: UUID) -> StaffMember:
    try:
        found = await member_in_reach(tx, actor, substitute_id)
    except NotFound as error:
        raise Invalid.field("substitute_id", "unknown_person") from error
    if found.id == person.id:
        raise Invalid.field("substitute_id", "substitute_is_oneself")
    if not found.active:
        raise Invalid.field("substitute_id", "person_inactive")
    if found.dealer_id != person.dealer_id:
        raise Invalid.field("substitute_id", "person_of_other_dealer")
    if not _may_stand_in(found, person):
        raise Invalid.field("substitute_id", "person_cannot_handle")
    return found


def _may_stand_in(substitute: StaffMember, person: StaffMember) -> bool:
    contact = Permission.CASE_CONTACT
    return may(substitute.role, contact) or not may(person.role, contact)


def _entry(action: str, absence: Absence) -> AuditEntry:
    return AuditEntry(action=action, entity="absence", entity_id=absence.id, dealer_id=absence.dealer_id)
