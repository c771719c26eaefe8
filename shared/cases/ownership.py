"""Who owns a case: no complaint is ever without a named person (R1.6)."""

from typing import Final
from uuid import UUID

import msgspec

from shared.accounts import people
from shared.accounts.people import Person
from shared.cases import repository
from shared.db.engine import Transaction
from shared.errors import Conflict, Invalid, NotFound
from shared.permissions import DEALER_ROLES, Permission, Role, may
from shared.tenancy import Actor
from shared.tenants.dealers import Dealer

_AT_OEM: Final = 0
# Each group is asked only when there is nobody in the one before.
_OF_DEALER: Final = ((Role.CUSTOMER_RELATIONS, Role.SERVICE_MANAGER), (Role.STATION_HEAD, Role.ADVISOR))
_OF_OEM: Final = ((Role.CAC_AGENT,), (Role.ADMINISTRATOR,))


class Owner(msgspec.Struct, frozen=True):
    """The membership that answers for a case."""

    id: UUID
    name: str


async def owner_of_new_case(tx: Transaction, actor: Actor, dealer: Dealer) -> Owner:
    """The first person to hear it; what comes in otherwise goes to the least busy (R1.6, R3.1).

    Dealer staff own what they register, CAC agents what they register at the OEM desk. Anything else goes to
    the dealer's customer relations or service manager, at a dealer without staff to the person who registers
    it, else to the OEM's CAC agents or administrators. Raises `Conflict` (`nobody_to_own_case`).
    """
    hears = actor.role in DEALER_ROLES or (dealer.is_desk and actor.role is Role.CAC_AGENT)
    if actor.membership_id is not None and hears:
        return Owner(actor.membership_id, actor.name)
    if not dealer.is_desk:
        found = await _least_busy(tx, actor.oem_id, dealer.id, _OF_DEALER)
        if found is not None:
            return found
        if actor.membership_id is not None:
            return Owner(actor.membership_id, actor.name)
    found = await _least_busy(tx, actor.oem_id, _AT_OEM, _OF_OEM)
    if found is None:
        raise Conflict("nobody_to_own_case", {"dealer": dealer.code})
    return found


async def _least_busy(
    tx: Transaction, oem_id: int, dealer_id: int, groups: tuple[tuple[Role, ...], ...]
) -> Owner | None:
    for roles in groups:
        found = await repository.least_busy(tx, oem_id, dealer_id, roles)
        if found is not None:
            return Owner(found.id, found.name)
    return None


async def new_owner(tx: Transaction, oem_id: int, dealer_id: int, membership_id: UUID) -> Owner:
    """The person a case of the dealer is handed to: one of its own or of the OEM who may speak to customers.

    Raises `NotFound` (`person_not_found`) outside the scope, `Invalid` for someone who cannot own it.
    """
    person = await people.person(tx, oem_id, membership_id)
    if person is None:
        raise NotFound("person_not_found")
    problem = _problem(person, dealer_id)
    if problem is not None:
        raise Invalid.field("owner_id", problem)
    return Owner(person.membership_id, person.name)


def _problem(person: Person, dealer_id: int) -> str | None:
    if not person.active:
        return "person_inactive"
    if person.dealer_id not in {_AT_OEM, dealer_id}:
        return "person_of_other_dealer"
    if not may(person.role, Permission.CASE_CONTACT):
        return "person_cannot_handle"
    return None
