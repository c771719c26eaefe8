"""The policy and the calendar that a clock was made by: open promises keep theirs."""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from shared.cases import promises
from shared.cases.facts_anew import Origin
from shared.cases.recount import MadeBy, paused_anew
from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.sla.clock import PlannedClock
from shared.sla.pause import pauses
from shared.sla.policy import CaseFacts, ClockPolicy, Metric
from shared.sla.repository import Versions
from shared.sla.working_time import Span
from shared.tenants import policies
from shared.tenants.policies import OF_OEM, PolicyName

Decoded = TypeVar("Decoded")

_VERSIONS: Final = """
SELECT id, policy_version, policy_dealer_id, calendar_version, calendar_dealer_id FROM clocks
WHERE oem_id = $1 AND id = ANY ($2::uuid[])
"""


class _Clock(msgspec.Struct, frozen=True):
    id: UUID
    policy_version: int
    policy_dealer_id: int | None
    calendar_version: int
    calendar_dealer_id: int | None


class Paused(msgspec.Struct, frozen=True):
    """The pauses that promises were counted with, and those that they are counted with from now on."""

    before: tuple[Span, ...]
    after: tuple[Span, ...]


Plans = list[tuple[UUID, PlannedClock]]


async def with_pauses(
    tx: Transaction,
    oem_id: int,
    dealer_id: int,
    facts: CaseFacts,
    plans: Sequence[tuple[UUID, PlannedClock]],
    paused: Paused,
) -> dict[Versions, Plans]:
    """The plans of clocks with other pauses, by what made them."""
    terms = await promises.terms(tx, oem_id, dealer_id)
    versions = await versions_of(tx, oem_id, [clock_id for clock_id, _ in plans])
    made: dict[Versions, Plans] = defaultdict(list)
    for clock_id, plan in plans:
        then = await made_by(tx, oem_id, dealer_id, versions[clock_id])
        # What a dealer that the case was moved from made cannot always be told: what is in force stands in.
        explained = then or [MadeBy(terms.policy, terms.hours)]
        again = paused_anew(plan, facts, explained, paused.before, paused.after)
        made[versions[clock_id]].append((clock_id, again))
    return made


async def versions_of(tx: Transaction, oem_id: int, clock_ids: Sequence[UUID]) -> dict[UUID, Versions]:
    """What each of these clocks was made by."""
    known = await tx.rows(_Clock, _VERSIONS, oem_id, clock_ids)
    return {
        each.id: Versions(
            policy_version=each.policy_version,
            policy_dealer_id=each.policy_dealer_id,
            calendar_version=each.calendar_version,
            calendar_dealer_id=each.calendar_dealer_id,
        )
        for each in known
    }


async def origins_of(
    tx: Transaction, oem_id: int, dealer_id: int, clock_ids: Sequence[UUID]
) -> dict[UUID, Origin]:
    """What each of these clocks of the dealer was made by, read once for each of its versions."""
    versions = await versions_of(tx, oem_id, clock_ids)
    made = {each: await made_by(tx, oem_id, dealer_id, each) for each in dict.fromkeys(versions.values())}
    return {clock_id: Origin(each, made[each]) for clock_id, each in versions.items()}


async def pausing_policies(
    tx: Transaction, oem_id: int, dealer_id: int, promised: Mapping[UUID, Metric]
) -> dict[UUID, list[ClockPolicy]]:
    """For each of these clocks that pauses, by its metric, the policies that may have made it.

    Where they cannot be read any more, what is in force stands in.
    """
    in_force = [(await promises.terms(tx, oem_id, dealer_id)).policy]
    found: dict[UUID, list[ClockPolicy]] = {}
    for clock_id, origin in (await origins_of(tx, oem_id, dealer_id, list(promised))).items():
        metric = promised[clock_id]
        explained = [then.policy for then in origin.candidates] or in_force
        pausing = [each for each in explained if pauses(metric, each.pauses)]
        if pausing:
            found[clock_id] = pausing
    return found


async def made_by(tx: Transaction, oem_id: int, dealer_id: int, versions: Versions) -> list[MadeBy]:
    """What a promise of the dealer may have been made by.

    An old one does not say whose policy and calendar these were: the dealer's own and the OEM's of the number
    are given then, and which of them gives its due instant tells them apart.
    """
    terms = await promises.terms(tx, oem_id, dealer_id)
    if versions == terms.versions:
        return [MadeBy(terms.policy, terms.hours)]
    either = (dealer_id, OF_OEM)
    whose = either if versions.policy_dealer_id is None else (versions.policy_dealer_id,)
    found = await _all_known(
        tx, oem_id, PolicyName.CLOCKS, promises.policy_of, versions.policy_version, whose
    )
    whose = either if versions.calendar_dealer_id is None else (versions.calendar_dealer_id,)
    kept = await _all_known(
        tx, oem_id, PolicyName.CALENDAR, promises.stored_hours, versions.calendar_version, whose
    )
    return [MadeBy(policy, hours) for policy in found for hours in kept]


async def _all_known(
    tx: Transaction,
    oem_id: int,
    name: PolicyName,
    decode: Callable[[bytes], Decoded],
    version: int,
    places: Sequence[int],
) -> list[Decoded]:
    """The version as each of these places has published it, without those that have not."""
    known: list[Decoded] = []
    for place in places:
        with contextlib.suppress(NotFound):
            known.append(await policies.decoded_version(tx, oem_id, name, decode, version, place))
    return known
