"""Who at the OEM is told of a complaint that media or courts may take up, by its nature (R3.10)."""

from typing import Annotated, Final
from uuid import UUID

import msgspec

from shared.accounts import people
from shared.accounts.people import Person
from shared.cases.vocabulary import Nature
from shared.db.engine import Transaction, transaction
from shared.errors import FieldError
from shared.permissions import Permission, Role
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.policies import PolicyName

MOST_PERSONS: Final = 100
ROLES: Final = (Role.READER, Role.HEAD_OFFICE, Role.CAC_AGENT, Role.ADMINISTRATOR)
"""Who may be named: quality, PR and legal, and others who see every dealer's cases."""
NATURES: Final = tuple(each for each in Nature if each is not Nature.ORDINARY)
"""The natures somebody can be named for."""


class NamedPerson(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A membership of the OEM, and the natures of complaints it is told of."""

    membership_id: UUID
    natures: tuple[Nature, ...]


class MajorPersons(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which natures owe the OEM a written report within the policy's time, and who is told of which."""

    report_natures: tuple[Nature, ...] = (Nature.POTENTIAL_MEDIA, Nature.LEGAL)
    persons: Annotated[tuple[NamedPerson, ...], msgspec.Meta(max_length=MOST_PERSONS)] = ()

    def named_for(self, nature: Nature) -> list[UUID]:
        """The memberships that are told of a nature, in their order."""
        return [each.membership_id for each in self.persons if nature in each.natures]


class MajorPersonsInForce(msgspec.Struct, frozen=True, kw_only=True):
    """The list in force; `version` is 0 while the OEM has published none."""

    version: int
    policy: MajorPersons


async def in_force(tx: Transaction, oem_id: int) -> MajorPersonsInForce:
    """The list in force; nobody is named until the OEM names somebody."""
    version, policy = await policies.decoded_or(tx, oem_id, PolicyName.MAJOR_PERSONS, _decode, MajorPersons)
    return MajorPersonsInForce(version=version, policy=policy)


async def major_persons(actor: Actor) -> MajorPersonsInForce:
    """The list in force; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(actor.scope, read_only=True) as tx:
        return await in_force(tx, actor.oem_id)


async def publish(actor: Actor, wanted: MajorPersons, *, version: int) -> MajorPersonsInForce:
    """Let another list hold from now on.

    Raises `Forbidden`, `Invalid` naming every field that is wrong, `Conflict` (`stale_version`) when it has
    changed since `version`.
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(actor.scope, read_only=True) as tx:
        able = {each.membership_id for each in await to_choose_from(tx, actor.oem_id)}
    new = await policies.replace(
        actor, PolicyName.MAJOR_PERSONS, wanted, problems_of(wanted, able), version=version
    )
    return MajorPersonsInForce(version=new, policy=wanted)


async def to_choose_from(tx: Transaction, oem_id: int) -> list[Person]:
    """The active people who may be named; needs OEM scope."""
    return [each for each in await people.members(tx, oem_id) if each.active and each.role in ROLES]


def problems_of(wanted: MajorPersons, able: set[UUID]) -> list[FieldError]:
    """What keeps a list from being published; fields as `persons.<place>.<name>` (pure)."""
    problems: list[FieldError] = []
    known: set[UUID] = set()
    for place, person in enumerate(wanted.persons):
        field = f"persons.{place}"
        if person.membership_id not in able:
            problems.append(FieldError(f"{field}.membership_id", "unknown_person"))
        if person.membership_id in known:
            problems.append(FieldError(f"{field}.membership_id", "duplicate_id"))
        if not person.natures:
            problems.append(FieldError(f"{field}.natures", "required"))
        if Nature.ORDINARY in person.natures:
            problems.append(FieldError(f"{field}.natures", "unknown_value"))
        known.add(person.membership_id)
    if Nature.ORDINARY in wanted.report_natures:
        problems.append(FieldError("report_natures", "unknown_value"))
    return problems


def _decode(body: bytes) -> MajorPersons:
    return msgspec.json.decode(body, type=MajorPersons)
