"""The chain in force for a case and the people it may name, read when a step is told (R4.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from shared.accounts import people
from shared.accounts.absences import answering_for, stand_ins
from shared.accounts.people import Person
from shared.db.engine import Transaction
from shared.escalation import chain, repository
from shared.notifications.facts import CaseFacts
from shared.permissions import Role
from shared.sla import policy
from shared.sla.policy import ChainLevel, ClockPolicy
from shared.tenants import policies
from shared.tenants.policies import PolicyName


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody the chain may name for a case, and its owner; `managers` answer for its dealer's region."""

    people: tuple[Person, ...]
    managers: frozenset[UUID]

    def without(self, membership_id: UUID | None) -> "Staff":
        """The others."""
        return Staff(tuple(one for one in self.people if one.membership_id != membership_id), self.managers)

    def find(self, membership_id: UUID | None) -> Person | None:
        """The person, None when he is not among them."""
        return next((one for one in self.people if one.membership_id == membership_id), None)

    def choose(self, step: str, levels: Sequence[ChainLevel], facts: CaseFacts, at: datetime) -> chain.Told:
        """Whom the chain names for a step at that instant."""
        covers = frozenset({facts.dealer_id})
        candidates = [
            chain.Person(
                membership_id=one.membership_id,
                role=one.role.value,
                dealer_id=one.dealer_id or None,
                covers=covers if one.membership_id in self.managers else frozenset(),
                on_duty=one.is_on_duty(at),
            )
            for one in self.people
        ]
        return chain.choose(step, levels, candidates, facts.dealer_id, facts.owner_id)


async def answering(
    tx: Transaction, oem_id: int, told: Sequence[Person], but_not: UUID | None = None
) -> tuple[Person, ...]:
    """The people, or while one is away whoever stands in; nobody twice. `but_not` stands in for nobody."""
    known = await stand_ins(tx, oem_id)
    found: dict[UUID, Person] = {}
    for one in told:
        stand_in = answering_for(one.membership_id, known)
        chosen = one
        if stand_in not in {one.membership_id, but_not}:
            instead = await people.person(tx, oem_id, stand_in)
            chosen = instead if instead is not None and instead.active else one
        found[chosen.membership_id] = chosen
    return tuple(found.values())


async def levels_for(tx: Transaction, oem_id: int, facts: CaseFacts, metric: str) -> tuple[ChainLevel, ...]:
    """The chain in force for a metric of the case; another metric's where this one has no clock any more."""
    _, clocks = await policies.decoded(tx, oem_id, PolicyName.CLOCKS, _policy, facts.dealer_id)
    asked = policy.CaseFacts(facts.kind, facts.category, facts.urgency, facts.channel, facts.major)
    promised = policy.targets_for(clocks, asked)
    own = [each.target.chain for each in promised if each.metric == metric]
    return next((levels for levels in (*own, *(each.target.chain for each in promised)) if levels), ())


async def staff_for(tx: Transaction, oem_id: int, facts: CaseFacts, levels: Sequence[ChainLevel]) -> Staff:
    """The active people of the case's dealer, of its region and of the OEM whom the chain may name."""
    roles = {level.role for level in levels}
    at_dealer = await people.staff_of_dealer(tx, oem_id, facts.dealer_id)
    managers: list[Person] = []
    if Role.REGIONAL_MANAGER.value in roles:
        managers = await people.regional_managers_of(tx, oem_id, facts.dealer_id)
    at_oem = await repository.people_at_oem(tx, oem_id, sorted(roles))
    found = {one.membership_id: one for one in (*at_dealer, *managers, *at_oem)}
    if facts.owner_id not in found:
        owner = await people.person(tx, oem_id, facts.owner_id)
        if owner is not None and owner.active:
            found[owner.membership_id] = owner
    return Staff(tuple(found.values()), frozenset(one.membership_id for one in managers))


def _policy(body: bytes) -> ClockPolicy:
    return msgspec.json.decode(body, type=ClockPolicy)
