"""Who works where: the members of an OEM and of its dealers, as the packages above need them."""

from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shared.accounts.duty import DutyHours, is_on_duty
from shared.db.engine import Transaction
from shared.permissions import Role


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A member of an OEM; `dealer_id` 0 means at the OEM itself, `phone` is E.164 or empty.

    `muted` are the messages the person does not want, as `<template>/<channel>`; hours on duty are in the
    own `time_zone`.
    """

    membership_id: UUID
    role: Role
    dealer_id: int
    name: str
    email: str
    phone: str
    locale: str
    time_zone: str = "Asia/Shanghai"
    muted: frozenset[str] = frozenset()
    active: bool
    duty: tuple[DutyHours, ...] = ()

    def is_on_duty(self, at: datetime) -> bool:
        """Whether the roster has the person at the instant."""
        return bool(self.duty) and is_on_duty(self.duty, at.astimezone(ZoneInfo(self.time_zone)))


_PERSON = "id AS membership_id, role, dealer_id, name, email, phone, locale, time_zone, muted, active, duty"


async def person(tx: Transaction, oem_id: int, membership_id: UUID) -> Person | None:
    """The member, active or not; None outside the scope."""
    return await tx.ahead.one("person", "membership", membership_id, partial(_people, tx, oem_id))


async def _people(tx: Transaction, oem_id: int, ids: list[UUID]) -> dict[UUID, Person]:
    found = await tx.rows(
        Person,
        f"SELECT {_PERSON} FROM memberships WHERE oem_id = $1 AND id = ANY ($2::uuid[])",
        oem_id,
        ids,
    )
    return {each.membership_id: each for each in found}


async def staff_of_dealer(tx: Transaction, oem_id: int, dealer_id: int) -> list[Person]:
    """The active staff of a dealer, longest there first."""
    return await tx.ahead.one("staff", "dealer", dealer_id, partial(_staff, tx, oem_id)) or []


async def _staff(tx: Transaction, oem_id: int, dealer_ids: list[int]) -> dict[int, list[Person]]:
    found = await tx.rows(
        Person,
        f"SELECT {_PERSON} FROM memberships"
        " WHERE oem_id = $1 AND dealer_id = ANY ($2::bigint[]) AND active ORDER BY created_at, id",
        oem_id,
        dealer_ids,
    )
    by_dealer: dict[int, list[Person]] = {}
    for each in found:
        by_dealer.setdefault(each.dealer_id, []).append(each)
    return by_dealer


async def regional_managers_of(tx: Transaction, oem_id: int, dealer_id: int) -> list[Person]:
    """The active managers of the dealer's district, then those of its area; needs OEM scope."""
    return await tx.ahead.one("managers", "dealer", dealer_id, partial(_managers, tx, oem_id)) or []


class _Manager(Person, frozen=True, kw_only=True):
    manages: int


async def _managers(tx: Transaction, oem_id: int, dealer_ids: list[int]) -> dict[int, list[Person]]:
    found = await tx.rows(
        _Manager,
        "SELECT m.id AS membership_id, m.role, m.dealer_id, m.name, m.email, m.phone, m.locale, m.time_zone,"
        " m.muted, m.active, m.duty, d.id AS manages"
        " FROM dealers d"
        " JOIN regions r ON r.oem_id = d.oem_id AND r.id = d.region_id"
        " JOIN memberships m ON m.oem_id = d.oem_id AND m.role = 'regional_manager' AND m.active"
        "  AND (r.id = ANY (m.region_ids) OR r.parent_id = ANY (m.region_ids))"
        " WHERE d.oem_id = $1 AND d.id = ANY ($2::bigint[])"
        " ORDER BY r.id = ANY (m.region_ids) DESC, m.created_at, m.id",
        oem_id,
        dealer_ids,
    )
    by_dealer: dict[int, list[Person]] = {}
    for each in found:
        by_dealer.setdefault(each.manages, []).append(each)
    return by_dealer


async def covers(tx: Transaction, oem_id: int, membership_id: UUID, dealer_id: int) -> bool:
    """Whether the dealer's district or area is one of the member's regions."""
    sql = (
        "SELECT EXISTS (SELECT FROM dealers d"
        " JOIN regions r ON r.oem_id = d.oem_id AND r.id = d.region_id"
        " JOIN memberships m ON m.oem_id = d.oem_id AND m.id = $2"
        "  AND (r.id = ANY (m.region_ids) OR r.parent_id = ANY (m.region_ids))"
        " WHERE d.oem_id = $1 AND d.id = $3)"
    )
    return bool(await tx.value(sql, oem_id, membership_id, dealer_id))


async def administrators(tx: Transaction, oem_id: int) -> list[Person]:
    """The OEM's active administrators; needs OEM scope."""

    async def read(_: list[int]) -> dict[int, list[Person]]:
        found = await tx.rows(
            Person,
            f"SELECT {_PERSON} FROM memberships"
            " WHERE oem_id = $1 AND role = 'administrator' AND active ORDER BY created_at, id",
            oem_id,
        )
        return {oem_id: found}

    return await tx.ahead.one("administrators", "oem", oem_id, read) or []


async def members(tx: Transaction, oem_id: int) -> list[Person]:
    """Everybody of the OEM and its dealers within the scope, by e-mail; those who left included."""
    return await tx.rows(
        Person,
        f"SELECT {_PERSON} FROM memberships WHERE oem_id = $1 ORDER BY email, id",
        oem_id,
    )
