"""Changing what somebody is, taking a place away and giving it back; the open cases never stay behind.

What a person may not handle any more is handed over in the same transaction: to somebody named, or to whom
each case would come in new (R1.6). That person may be the OEM's, so these run in OEM scope, after the actor's
own scope has shown the place.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from shared.audit.log import append
from shared.cases.handover import hand_over_all
from shared.cases.texts import clean
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, Forbidden, Invalid
from shared.onboarding.roster import StaffMember, member_in_reach
from shared.onboarding.staff import Post, check_place, staff_entry
from shared.permissions import Permission, Role, may, may_give
from shared.tenancy import Actor, Scope
from shared.tenants.oems import oem
from shared.web.locale import DEFAULT_LOCALE, locale_of, msgid, translator

_LONGEST_REASON: Final = 2_000
_HAS_LEFT: Final = msgid("%(name)s does not work here any more.")
_HAS_MOVED: Final = msgid("%(name)s has another role now.")


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets the open cases: `to`, or (None) each its own by the owner rules; `reason` may stay empty."""

    to: UUID | None = None
    reason: str = ""


BY_THE_RULES: Final = HandOver()


async def change_post(
    actor: Actor, membership_id: UUID, post: Post, *, version: int | None, hand_over: HandOver = BY_THE_RULES
) -> StaffMember:
    """Give somebody another role, dealer or regions.

    Cases that go with the old post are handed over. Raises `NotFound`, `Forbidden` (`role_above_own`),
    `Invalid`, and `Conflict`: `stale_version`, `last_administrator`, `not_oneself`, `already_member`,
    `nobody_to_own_case`.
    """
    async with transaction(actor.scope, read_only=True) as tx:
        await member_in_reach(tx, actor, membership_id)
        actor.require(Permission.STAFF_MANAGE)
        await check_place(tx, actor, post)
    async with _held(actor, membership_id, version) as (tx, member):
        if member.role is Role.ADMINISTRATOR and post.role is not Role.ADMINISTRATOR:
            await _keep_an_administrator(tx, actor, membership_id)
        try:
            await tx.execute(
                "UPDATE memberships SET role = $3, dealer_id = $4, region_ids = $5, version = version + 1"
                " WHERE oem_id = $1 AND id = $2",
                actor.oem_id,
                membership_id,
                post.role.value,
                post.dealer_id,
                sorted(set(post.region_ids)),
            )
        except asyncpg.UniqueViolationError as error:
            raise Conflict("already_member") from error
        if post.dealer_id != member.dealer_id:
            await _end_absences(tx, actor.oem_id, membership_id)
        if post.dealer_id != member.dealer_id or not may(post.role, Permission.CASE_CONTACT):
            await _hand_over(tx, actor, member, hand_over, _HAS_MOVED)
        fields = [
            name
            for name, changed in (
                ("role", post.role is not member.role),
                ("dealer_id", post.dealer_id != member.dealer_id),
                ("region_ids", sorted(set(post.region_ids)) != sorted(member.region_ids)),
            )
            if changed
        ]
        entry = staff_entry("membership.change", membership_id, post.dealer_id, fields)
        await append(tx, actor, await tx.now(), entry)
        return await member_in_reach(tx, actor, membership_id)


async def deactivate_staff(
    actor: Actor, membership_id: UUID, *, version: int | None = None, hand_over: HandOver = BY_THE_RULES
) -> StaffMember:
    """Take a person's place away: sessions acting in it end at once, the open cases are handed over.

    Raises as `change_post`, and `Conflict` (`member_inactive`).
    """
    await _see(actor, membership_id)
    async with _held(actor, membership_id, version) as (tx, member):
        if not member.active:
            raise Conflict("member_inactive")
        if member.role is Role.ADMINISTRATOR:
            await _keep_an_administrator(tx, actor, membership_id)
        await _set_active(tx, actor.oem_id, membership_id, active=False)
        await _end_absences(tx, actor.oem_id, membership_id)
        await _hand_over(tx, actor, member, hand_over, _HAS_LEFT)
        await append(
            tx,
            actor,
            await tx.now(),
            staff_entry("membership.deactivate", membership_id, member.dealer_id, ["active"]),
        )
        return await member_in_reach(tx, actor, membership_id)


async def reactivate_staff(actor: Actor, membership_id: UUID, *, version: int | None = None) -> StaffMember:
    """Give a place back as it was; raises as `change_post`, and `Conflict` (`member_active`)."""
    await _see(actor, membership_id)
    async with _held(actor, membership_id, version) as (tx, member):
        if member.active:
            raise Conflict("member_active")
        await _set_active(tx, actor.oem_id, membership_id, active=True)
        await append(
            tx,
            actor,
            await tx.now(),
            staff_entry("membership.reactivate", membership_id, member.dealer_id, ["active"]),
        )
        return await member_in_reach(tx, actor, membership_id)


async def _see(actor: Actor, membership_id: UUID) -> None:
    async with transaction(actor.scope, read_only=True) as tx:
        await member_in_reach(tx, actor, membership_id)
    actor.require(Permission.STAFF_MANAGE)


@asynccontextmanager
async def _held(
    actor: Actor, membership_id: UUID, version: int | None
) -> AsyncGenerator[tuple[Transaction, StaffMember]]:
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await tx.execute(
            "SELECT 1 FROM memberships WHERE oem_id = $1 AND id = $2 FOR UPDATE", actor.oem_id, membership_id
        )
        member = await member_in_reach(tx, actor, membership_id)
        if membership_id == actor.membership_id:
            raise Conflict("not_oneself")
        if not may_give(actor.role, member.role):
            raise Forbidden("role_above_own")
        if version is not None and version != member.version:
            raise Conflict("stale_version", {"current": member.version})
        yield tx, member


async def _set_active(tx: Transaction, oem_id: int, membership_id: UUID, *, active: bool) -> None:
    await tx.execute(
        "UPDATE memberships SET active = $3, version = version + 1 WHERE oem_id = $1 AND id = $2",
        oem_id,
        membership_id,
        active,
    )


async def _keep_an_administrator(tx: Transaction, actor: Actor, membership_id: UUID) -> None:
    # Two administrators who remove each other at the same time: one waits here for the other.
    await tx.execute("SELECT 1 FROM oems WHERE id = $1 FOR UPDATE", actor.oem_id)
    others = await tx.value(
        "SELECT count(*) FROM memberships"
        " WHERE oem_id = $1 AND role = 'administrator' AND active AND id <> $2",
        actor.oem_id,
        membership_id,
    )
    if not others:
        raise Conflict("last_administrator")


async def _end_absences(tx: Transaction, oem_id: int, membership_id: UUID) -> None:
    await tx.execute(
        "DELETE FROM absences WHERE oem_id = $1 AND (membership_id = $2 OR substitute_id = $2)",
        oem_id,
        membership_id,
    )


async def _hand_over(
    tx: Transaction, actor: Actor, member: StaffMember, hand_over: HandOver, otherwise: str
) -> None:
    reason = clean(hand_over.reason)
    if len(reason) > _LONGEST_REASON:
        raise Invalid.field("reason", "too_long", limit=_LONGEST_REASON)
    if not reason:
        home = await oem(tx, actor.oem_id)
        speak = translator(locale_of(home.locale) or DEFAULT_LOCALE)
        reason = speak.gettext(otherwise, name=member.name)
    await hand_over_all(tx, actor, member.id, hand_over.to, reason)
