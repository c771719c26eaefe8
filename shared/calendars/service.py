"""The calendars of an OEM and of its dealers: read, published in versions, missed years told (R4.3)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from shared.calendars.definition import CalendarDefinition, problems, years_missing
from shared.calendars.editing import following
from shared.db.engine import Transaction, transaction
from shared.errors import Invalid
from shared.outbox.events import EventKind, NewEvent, emit
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants import dealers, policies
from shared.tenants.policies import OF_OEM, PolicyName, StoredVersion

MOST_DAYS: Final = 5_000
"""Holidays and make-up days of one calendar: some decades of them."""


class CalendarInForce(msgspec.Struct, frozen=True, kw_only=True):
    """What counts for a dealer, or with `dealer_id` 0 for the OEM.

    `own`: the dealer has a calendar of its own; `version` is then that one's, else the OEM's. `missing_years`
    should be known by now and are not: promises that run into them are provisional.
    """

    dealer_id: int
    own: bool
    version: int
    definition: CalendarDefinition
    missing_years: list[int] = []

    @property
    def whose(self) -> int:
        """The dealer whose own it is, or the OEM (0)."""
        return self.dealer_id if self.own else OF_OEM


class MissedYears(msgspec.Struct, frozen=True):
    """Years whose holidays the calendar of a dealer (0: of the OEM) does not know and should."""

    dealer_id: int
    years: tuple[int, ...]


async def in_force(tx: Transaction, oem_id: int, dealer_id: int = OF_OEM) -> CalendarInForce:
    """The calendar new promises are counted by. Raises `NotFound` (`policy_missing`)."""
    own = dealer_id in await dealers_with_their_own(tx, oem_id) if dealer_id else False
    version, definition = await policies.decoded(
        tx, oem_id, PolicyName.CALENDAR, decode, dealer_id if own else OF_OEM
    )
    missing = years_missing(definition, await _today(tx, definition))
    return CalendarInForce(
        dealer_id=dealer_id, own=own, version=version, definition=definition, missing_years=list(missing)
    )


async def calendar(actor: Actor, dealer_id: int = OF_OEM) -> CalendarInForce:
    """As `in_force`, for whoever may read cases. Raises `Forbidden`, and `NotFound` outside the scope."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        if dealer_id:
            await dealers.dealer(tx, actor.oem_id, dealer_id)
        return await in_force(tx, actor.oem_id, dealer_id)


async def versions(actor: Actor, dealer_id: int = OF_OEM) -> list[StoredVersion]:
    """What was published for the OEM or one dealer, newest first. Raises `Forbidden`, `NotFound`."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        if dealer_id:
            await dealers.dealer(tx, actor.oem_id, dealer_id)
        return await policies.versions(tx, actor.oem_id, PolicyName.CALENDAR, dealer_id)


async def version_of(actor: Actor, version: int, dealer_id: int = OF_OEM) -> CalendarDefinition:
    """One version of the OEM or of one dealer. Raises `Forbidden`, `NotFound`."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        if dealer_id:
            await dealers.dealer(tx, actor.oem_id, dealer_id)
        _, body = await policies.version_of(tx, actor.oem_id, PolicyName.CALENDAR, version, dealer_id)
    return decode(body)


async def with_their_own(actor: Actor) -> list[CalendarInForce]:
    """The calendars of the dealers that have one of their own. Raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(actor.scope, read_only=True) as tx:
        own = await dealers_with_their_own(tx, actor.oem_id)
        return [await in_force(tx, actor.oem_id, dealer_id) for dealer_id in sorted(own)]


async def missed_years(tx: Transaction, oem_id: int) -> list[MissedYears]:
    """The calendars of the scope that should know a year and do not; the next year from mid-November."""
    known = await policies.decoded_of_all(tx, oem_id, PolicyName.CALENDAR, decode)
    missed = [
        MissedYears(dealer_id, years_missing(definition, await _today(tx, definition)))
        for dealer_id, definition in sorted(known.items())
    ]
    return [each for each in missed if each.years]


async def publish(
    actor: Actor,
    definition: CalendarDefinition,
    *,
    version: int,
    dealer_id: int = OF_OEM,
    anew: bool = False,
) -> CalendarInForce:
    """Publish a calendar for the OEM, or for one dealer instead of the OEM's.

    `version` is the one the change was made from: the dealer's own, or 0 for its first. Dealers that follow
    the OEM's holidays get theirs anew with the OEM's. Provisional promises are counted again by the new
    calendar; with `anew` all that are still open.

    Raises `Forbidden`, `NotFound` for a dealer that is not there, `Invalid` naming each wrong field,
    `Conflict` (`stale_version`) when somebody has published since.
    """
    actor.require(Permission.TENANT_MANAGE)
    _check(definition, dealer_id)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        if dealer_id:
            await dealers.dealer(tx, actor.oem_id, dealer_id)
        await policies.hold_at(tx, actor.oem_id, PolicyName.CALENDAR, version, dealer_id)
        await _publish(tx, actor, definition, dealer_id, anew=anew)
        if dealer_id == OF_OEM:
            for follower, own in await followers(tx, actor.oem_id):
                await _publish(tx, actor, own, follower, anew=anew)
        return await in_force(tx, actor.oem_id, dealer_id)


async def draft(tx: Transaction, oem_id: int, definition: CalendarDefinition) -> CalendarDefinition:
    """The definition as it would be published: with the OEM's holidays where it follows them."""
    if not definition.follows_oem:
        return definition
    _, of_oem = await policies.decoded(tx, oem_id, PolicyName.CALENDAR, decode)
    return following(definition, of_oem)


def decode(body: bytes) -> CalendarDefinition:
    """The definition that a version is stored as."""
    return msgspec.json.decode(body, type=CalendarDefinition)


def check(definition: CalendarDefinition) -> None:
    """Raises `Invalid` with every problem of the definition."""
    found = list(problems(definition))
    if found:
        raise Invalid("invalid_input", fields=found)


def _check(definition: CalendarDefinition, dealer_id: int) -> None:
    if definition.follows_oem and dealer_id == OF_OEM:
        raise Invalid.field("follows_oem", "only_dealers_follow")
    if len(definition.holidays) + len(definition.extra) > MOST_DAYS:
        raise Invalid.field("holidays", "too_many", limit=MOST_DAYS)
    check(definition)


async def _publish(
    tx: Transaction, actor: Actor, definition: CalendarDefinition, dealer_id: int, *, anew: bool
) -> None:
    body = msgspec.json.encode(await draft(tx, actor.oem_id, definition))
    version = await policies.publish(tx, actor, PolicyName.CALENDAR, body, dealer_id=dealer_id)
    event = NewEvent(
        kind=EventKind.CALENDAR_PUBLISHED, dealer_id=dealer_id, payload={"version": version, "anew": anew}
    )
    await emit(tx, actor.oem_id, await tx.now(), event)


async def followers(tx: Transaction, oem_id: int) -> Sequence[tuple[int, CalendarDefinition]]:
    """The dealers with hours of their own and the holidays of the OEM, with what theirs is now."""
    known: list[tuple[int, CalendarDefinition]] = []
    for dealer_id in sorted(await dealers_with_their_own(tx, oem_id)):
        _, definition = await policies.decoded(tx, oem_id, PolicyName.CALENDAR, decode, dealer_id)
        if definition.follows_oem:
            known.append((dealer_id, definition))
    return known


async def dealers_with_their_own(tx: Transaction, oem_id: int) -> set[int]:
    """The dealers of an OEM that have a calendar of their own."""
    return await policies.dealers_with_their_own(tx, oem_id, [PolicyName.CALENDAR])


async def _today(tx: Transaction, definition: CalendarDefinition) -> date:
    now: datetime = await tx.now()
    return now.astimezone(ZoneInfo(definition.time_zone)).date()
