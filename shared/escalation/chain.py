"""Who is told when a clock fires (R4.2, R4.4): from a step of the clock to people.

Resolved when the step fires, so that it is whoever holds the role then. Nothing late is ever silent: where
nobody holds the role, the next level is told instead and the administrator hears of the gap.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from shared.permissions import DEALER_ROLES, Role
from shared.sla.clock import level_of
from shared.sla.policy import ChainLevel

FIRST_LEVEL = 1


class Person(msgspec.Struct, frozen=True):
    """A membership of the case's OEM that may be told.

    `dealer_id` is the dealer somebody of a dealer works at, `covers` the dealers of a regional manager's
    regions, `on_duty` whether the roster has him at the instant of telling.
    """

    membership_id: UUID
    role: str
    dealer_id: int | None = None
    covers: frozenset[int] = frozenset()
    active: bool = True
    on_duty: bool = False


class Told(msgspec.Struct, frozen=True):
    """Whom a step is told to.

    `level` is the level of the chain that `recipients` were found at; None when only the owner is told.
    `nobody` says that the people meant could not be found: an alarm for the administrator, also when somebody
    else is told in their place.
    """

    recipients: tuple[UUID, ...]
    level: int | None
    nobody: bool


def choose(
    step: str,
    chain: Sequence[ChainLevel],
    people: Collection[Person],
    dealer_id: int,
    owner_id: UUID | None,
) -> Told:
    """The people told of `step` on a case of that dealer.

    A warning goes to the case's owner; an owner who is not active any more is replaced by the first level.
    The breach goes to the first level and to the owner, each further level to its own people. A level without
    anybody is replaced by the next one that has somebody. Without `owner_id` the promise is not the owner's:
    the first level is warned, too.
    """
    active = [person for person in people if person.active]
    owner = tuple(person.membership_id for person in active if person.membership_id == owner_id)
    level = level_of(step)
    if level is None and owner:
        return Told(owner, None, nobody=False)
    wanted = level or FIRST_LEVEL
    meant = wanted if owner_id is None else level
    climbing = sorted((rung for rung in chain if rung.level >= wanted), key=lambda rung: rung.level)
    for rung in climbing:
        found = _holders(rung, active, dealer_id)
        if found:
            recipients = (*found, *owner) if wanted == FIRST_LEVEL else found
            return Told(tuple(dict.fromkeys(recipients)), rung.level, nobody=meant != rung.level)
    return Told(owner if wanted == FIRST_LEVEL else (), None, nobody=True)


def _holders(rung: ChainLevel, active: Sequence[Person], dealer_id: int) -> tuple[UUID, ...]:
    return tuple(
        sorted(
            person.membership_id
            for person in active
            if person.role == rung.role
            and _answers_for(person, dealer_id)
            and (person.on_duty or not rung.on_duty)
        )
    )


def _answers_for(person: Person, dealer_id: int) -> bool:
    if person.role in DEALER_ROLES:
        return person.dealer_id == dealer_id
    if person.role == Role.REGIONAL_MANAGER:
        return dealer_id in person.covers
    return True
