"""The chain in force for a case and the people it may name, read when a step is told (R4.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.accounts import people
from shared.accounts.answering import answers
from shared.accounts.people import Person
from shared.cases.promises import policy_of
from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.escalation import chain, repository
from shared.escalation.repository import Firing
from shared.notifications.facts import CaseFacts
from shared.permissions import Role
from shared.sla import policy
from shared.sla.clock import level_of
from shared.sla.policy import ChainLevel, ClockPolicy, Metric
from shared.tenants import policies
from shared.tenants.policies import OF_OEM, PolicyName

_OWN: Final = f"{__name__}.own"


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody the chain may name for a case, and its owner; `managers` answer for its dealer's region.

    `answers` holds who answers for each of them (`accounts.answering`); who is not in it is not there.
    """

    people: tuple[Person, ...]
    managers: frozenset[UUID]
    answers: Mapping[UUID, Person]

    def find(self, membership_id: UUID | None) -> Person | None:
        """The person, None when he is not among them."""
        return next((one for one in self.people if one.membership_id == membership_id), None)

    def choose(
        self,
        step: str,
        levels: Sequence[ChainLevel],
        facts: CaseFacts,
        at: datetime,
        owner_id: UUID | None,
    ) -> chain.Told:
        """Whom the chain names for a step at that instant; `owner_id` is None for what others promised."""
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
            if one.membership_id in self.answers
        ]
        return chain.choose(step, levels, candidates, facts.dealer_id, owner_id)


async def levels_of(tx: Transaction, oem_id: int, facts: CaseFacts, firing: Firing) -> tuple[ChainLevel, ...]:
    """The chain that a clock was planned by: an open case keeps its policy when another is published.

    Where that policy does not explain the clock's levels any more, the chain in force.
    """
    planned = sum(level_of(step) is not None for step in firing.clock_steps or ())
    for clocks in await _planned_by(tx, oem_id, facts.dealer_id, firing):
        promised = policy.target_of(clocks, _asked(facts), Metric(firing.metric))
        if promised is not None and len(levels := promised.target.chain) == planned:
            return policy.chain_at_desk(clocks, levels) if facts.is_desk else levels
    return await levels_for(tx, oem_id, facts, firing.metric)


async def _planned_by(
    tx: Transaction, oem_id: int, dealer_id: int, firing: Firing
) -> tuple[ClockPolicy, ...]:
    """The policy that the clock was planned by; read once per transaction.

    A clock of before this was kept does not say whose version it was: the dealer's own comes first then.
    """
    version, whose = firing.clock_policy_version, firing.clock_policy_dealer_id
    if version is None:
        return ()
    known: dict[tuple[tuple[int, ...], int], tuple[ClockPolicy, ...]]
    known = tx.remembered.setdefault(__name__, {})
    if whose is not None:
        places = (whose,)
    else:
        own = await _dealers_with_their_own(tx, oem_id)
        places = (dealer_id, OF_OEM) if dealer_id in own else (OF_OEM,)
    key = (places, version)
    if key not in known:
        found = [await _version(tx, oem_id, place, version) for place in places]
        known[key] = tuple(each for each in found if each is not None)
    return known[key]


async def _dealers_with_their_own(tx: Transaction, oem_id: int) -> set[int]:
    if _OWN not in tx.remembered:
        tx.remembered[_OWN] = await policies.dealers_with_their_own(tx, oem_id, [PolicyName.CLOCKS])
    own: set[int] = tx.remembered[_OWN]
    return own


async def _version(tx: Transaction, oem_id: int, dealer_id: int, version: int) -> ClockPolicy | None:
    try:
        _, body = await policies.version_of(tx, oem_id, PolicyName.CLOCKS, version, dealer_id)
    except NotFound:
        return None
    return policy_of(body)


def _asked(facts: CaseFacts) -> policy.CaseFacts:
    return policy.CaseFacts(facts.kind, facts.category, facts.urgency, facts.channel, facts.major)


async def levels_for(tx: Transaction, oem_id: int, facts: CaseFacts, metric: str) -> tuple[ChainLevel, ...]:
    """The chain in force for a metric of the case; another metric's where this one has no clock any more."""
    _, clocks = await policies.decoded(tx, oem_id, PolicyName.CLOCKS, policy_of, facts.dealer_id)
    promised = policy.targets_for(clocks, _asked(facts))
    own = [each.target.chain for each in promised if each.metric == metric]
    levels = next((chain for chain in (*own, *(each.target.chain for each in promised)) if chain), ())
    return policy.chain_at_desk(clocks, levels) if facts.is_desk else levels


async def staff_for(
    tx: Transaction,
    oem_id: int,
    facts: CaseFacts,
    levels: Sequence[ChainLevel],
    but_not: UUID | None = None,
) -> Staff:
    """The active people of the case's dealer, of its region and of the OEM whom the chain may name.

    `but_not` is named by no step and stands in for nobody.
    """
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
    everybody = tuple(found.values())
    return Staff(
        everybody,
        frozenset(one.membership_id for one in managers),
        await answers(tx, oem_id, everybody, but_not),
    )
