"""Who owns a case: no complaint is ever without a named person (R1.6)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from shared.accounts import people
from shared.accounts.absences import answering_for, stand_ins
from shared.accounts.people import Person
from shared.cases import assignment_service, repository
from shared.cases.assignment import AssignmentFacts, AssignmentRule, chosen, rules_for
from shared.cases.repository import Candidate, LockedCase
from shared.cases.vocabulary import Department
from shared.db.engine import Transaction
from shared.errors import Conflict, Invalid
from shared.permissions import DEALER_ROLES, Permission, Role, may
from shared.tenancy import Actor
from shared.tenants.dealers import Dealer, Region, regions

AT_OEM: Final = 0
_ABLE: Final = tuple(role for role in Role if may(role, Permission.CASE_CONTACT))
# Each group is asked only when there is nobody in the one before.
_OF_DEALER: Final = ((Role.CUSTOMER_RELATIONS, Role.SERVICE_MANAGER), (Role.STATION_HEAD, Role.ADVISOR))
_OF_OEM: Final = ((Role.CAC_AGENT,), (Role.ADMINISTRATOR,))


class Owner(msgspec.Struct, frozen=True):
    """The membership that answers for a case; `rule` is the one that named it, None where none did."""

    id: UUID
    name: str
    rule: AssignmentRule | None = None


class Owners:
    """Finds owners for new cases of one actor; of several cases, each given one counts for the next."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._candidates: dict[int, list[Candidate]] = {}
        self._given: Counter[UUID] = Counter()
        self._stand_ins: dict[UUID, UUID | None] | None = None
        self._answers: dict[tuple[int, UUID], Owner | None] = {}

    async def of_intake(
        self, tx: Transaction, dealer: Dealer, wanted: UUID | None, facts: AssignmentFacts
    ) -> Owner:
        """The owner whom the intake names, else as `of_new_case`.

        Raises `Forbidden` for who may not hand cases to others, and what `new_owner` raises.
        """
        if wanted is None:
            return await self.of_new_case(tx, dealer, facts)
        if wanted != self._actor.membership_id:
            self._actor.require(Permission.CASE_ASSIGN)
        return await new_owner(tx, self._actor.oem_id, dealer.id, wanted)

    async def of_new_case(self, tx: Transaction, dealer: Dealer, facts: AssignmentFacts) -> Owner:
        """The first person to hear it; else by rule, else the least busy (R1.6, R3.1).

        Dealer staff own what they register, CAC agents what they register at the OEM desk, unless a rule
        takes it from them. Anything else goes to whom a rule names, else to the dealer's customer relations
        or service manager, at a dealer without staff to the person who registers it, else to the OEM's CAC
        agents or administrators. Who is away with nobody to stand in is passed over, unless all of them are.
        Raises `Conflict` (`nobody_to_own_case`).
        """
        person = self._actor.membership_id
        hears = self._actor.role in DEALER_ROLES or (dealer.is_desk and self._actor.role is Role.CAC_AGENT)
        heard = Owner(person, self._actor.name) if person is not None and hears else None
        named = await self._by_rule(tx, dealer, facts, heard=heard is not None) or heard
        if named is not None:
            return named
        if not dealer.is_desk:
            found = await self._least_busy(tx, dealer.id, _OF_DEALER)
            if found is not None:
                return found
            if person is not None:
                return Owner(person, self._actor.name)
        found = await self._least_busy(tx, AT_OEM, _OF_OEM) or await self._away(tx, dealer)
        if found is None:
            raise Conflict("nobody_to_own_case", {"dealer": dealer.code})
        return found

    async def look_up(self, tx: Transaction, dealer_ids: Sequence[int]) -> None:
        """Read who may own cases of these dealers at once, so that `of_new_case` need not ask for each."""
        self._candidates |= {dealer_id: [] for dealer_id in dealer_ids}
        for each in await repository.candidates(tx, self._actor.oem_id, dealer_ids, _ABLE):
            self._candidates[each.dealer_id].append(each)

    async def _by_rule(
        self, tx: Transaction, dealer: Dealer, facts: AssignmentFacts, *, heard: bool
    ) -> Owner | None:
        _, policy = await assignment_service.in_force(tx, self._actor.oem_id)
        if not policy.rules:
            return None
        now = await tx.now()
        known = {each.id: each for each in await regions(tx, self._actor.oem_id)}
        facts = msgspec.structs.replace(facts, region_ids=_with_area(dealer.region_id, known))
        for rule in rules_for(policy, facts, heard=heard):
            place = AT_OEM if rule.at_oem or dealer.is_desk else dealer.id
            there = await self._there(tx, place, dealer.id)
            found = chosen(rule, facts, [each for each, _ in there], now)
            if found is not None:
                return msgspec.structs.replace(self._given_to(found.id, there), rule=rule)
        return None

    async def _least_busy(
        self, tx: Transaction, dealer_id: int, groups: tuple[tuple[Role, ...], ...]
    ) -> Owner | None:
        there = await self._there(tx, dealer_id, dealer_id)
        found = _first_of([each for each, _ in there], groups)
        return None if found is None else self._given_to(found.id, there)

    async def _away(self, tx: Transaction, dealer: Dealer) -> Owner | None:
        """Where nobody is there at all: who would have it, for no complaint is without a named person."""
        places = ((AT_OEM, _OF_OEM),) if dealer.is_desk else ((dealer.id, _OF_DEALER), (AT_OEM, _OF_OEM))
        for place, groups in places:
            found = _first_of(await self._people(tx, place), groups)
            if found is not None:
                self._given[found.id] += 1
                return Owner(found.id, found.name)
        return None

    async def _people(self, tx: Transaction, dealer_id: int) -> list[Candidate]:
        """Who may own cases there, with what was given out here counted in."""
        if dealer_id not in self._candidates:
            await self.look_up(tx, [dealer_id])
        return [
            msgspec.structs.replace(each, open_cases=each.open_cases + self._given[each.id])
            for each in self._candidates[dealer_id]
        ]

    async def _there(self, tx: Transaction, place: int, dealer_id: int) -> list[tuple[Candidate, Owner]]:
        """Those of `_people` at `place` who are there or answered for, each with who owns a case instead."""
        found = [(each, await self._answer(tx, dealer_id, each)) for each in await self._people(tx, place)]
        return [(each, owner) for each, owner in found if owner is not None]

    async def _answer(self, tx: Transaction, dealer_id: int, person: Candidate) -> Owner | None:
        """The person, or while he is away whoever stands in and may speak to customers; None for nobody."""
        if self._stand_ins is None:
            self._stand_ins = await stand_ins(tx, self._actor.oem_id)
        if person.id not in self._stand_ins:
            return Owner(person.id, person.name)
        asked = (dealer_id, person.id)
        if asked not in self._answers:
            instead = answering_for(person.id, self._stand_ins)
            found = None if instead is None else await people.person(tx, self._actor.oem_id, instead)
            able = found is not None and await _problem(tx, self._actor.oem_id, found, dealer_id) is None
            self._answers[asked] = Owner(found.membership_id, found.name) if found and able else None
        return self._answers[asked]

    def _given_to(self, chosen_id: UUID, there: Sequence[tuple[Candidate, Owner]]) -> Owner:
        """Counted for whom it was chosen, owned by who answers for him."""
        self._given[chosen_id] += 1
        return next(owner for each, owner in there if each.id == chosen_id)


def _first_of(people: Sequence[Candidate], groups: tuple[tuple[Role, ...], ...]) -> Candidate | None:
    """The least busy of the first group that has somebody; sorted by seniority, of equals the first."""
    for roles in groups:
        able = [each for each in people if each.role in roles]
        if able:
            return min(able, key=lambda each: each.open_cases)
    return None


def facts_of(case: LockedCase) -> AssignmentFacts:
    """What the assignment rules look at in a case that is there already."""
    return AssignmentFacts(
        department=Department(case.department),
        category=case.category,
        kind=case.kind,
        urgency=case.urgency,
        channel=case.channel,
    )


def _with_area(region_id: int, known: Mapping[int, Region]) -> frozenset[int]:
    district = known.get(region_id)
    above = district.parent_id if district else None
    return frozenset({region_id} | ({above} if above is not None else set[int]()))


async def new_owner(tx: Transaction, oem_id: int, dealer_id: int, membership_id: UUID) -> Owner:
    """The person a case of the dealer is handed to: one of its own or of the OEM who may speak to customers.

    Raises `Invalid` for someone outside the scope and for someone who cannot own it.
    """
    person = await people.person(tx, oem_id, membership_id)
    if person is None:
        raise Invalid.field("owner_id", "unknown_person")
    problem = await _problem(tx, oem_id, person, dealer_id)
    if problem is not None:
        raise Invalid.field("owner_id", problem)
    return Owner(person.membership_id, person.name)


async def _problem(tx: Transaction, oem_id: int, person: Person, dealer_id: int) -> str | None:
    if not person.active:
        return "person_inactive"
    if person.dealer_id not in {AT_OEM, dealer_id}:
        return "person_of_other_dealer"
    if not may(person.role, Permission.CASE_CONTACT):
        return "person_cannot_handle"
    if person.role is Role.REGIONAL_MANAGER and not await people.covers(
        tx, oem_id, person.membership_id, dealer_id
    ):
        return "person_of_other_region"
    return None
