"""The policy and the calendar that a clock was made by: open promises keep theirs."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from shared.calendars import service as calendars
from shared.cases import promises
from shared.cases.recount import MadeBy, paused_anew
from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.sla.clock import PlannedClock
from shared.sla.policy import CaseFacts
from shared.sla.working_time import Span
from shared.tenants import policies
from shared.tenants.policies import PolicyName

_VERSIONS: Final = """
SELECT id, policy_version, calendar_version FROM clocks WHERE oem_id = $1 AND id = ANY ($2::uuid[])
"""


class _Versions(msgspec.Struct, frozen=True):
    id: UUID
    policy_version: int
    calendar_version: int


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
) -> dict[tuple[int, int], Plans]:
    """The plans of clocks with other pauses, by the versions of policy and calendar that made them."""
    terms = await promises.terms(tx, oem_id, dealer_id)
    versions = await versions_of(tx, oem_id, [clock_id for clock_id, _ in plans])
    made: dict[tuple[int, int], Plans] = defaultdict(list)
    for clock_id, plan in plans:
        then = await made_by(tx, oem_id, dealer_id, *versions[clock_id])
        # A version of a dealer the case was moved from cannot be told from here: what is in force stands in.
        explained = then or [MadeBy(terms.policy, terms.hours)]
        again = paused_anew(plan, facts, explained, paused.before, paused.after)
        made[versions[clock_id]].append((clock_id, again))
    return made


async def versions_of(tx: Transaction, oem_id: int, clock_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """The versions of policy and calendar that each of these clocks was made by."""
    known = await tx.rows(_Versions, _VERSIONS, oem_id, clock_ids)
    return {each.id: (each.policy_version, each.calendar_version) for each in known}


async def made_by(
    tx: Transaction, oem_id: int, dealer_id: int, policy_version: int, calendar_version: int
) -> list[MadeBy]:
    """The policies and calendars of these numbers, the dealer's own and the OEM's.

    Of a calendar a clock does not say whose it is; which of them gives its due instant tells both apart.
    """
    bodies = {
        name: [
            body
            for place in (dealer_id, calendars.OF_OEM)
            if (body := await _body(tx, oem_id, name, version, place)) is not None
        ]
        for name, version in ((PolicyName.CLOCKS, policy_version), (PolicyName.CALENDAR, calendar_version))
    }
    return [
        MadeBy(promises.policy_of(policy), promises.hours_of(calendars.decode(calendar)))
        for policy in bodies[PolicyName.CLOCKS]
        for calendar in bodies[PolicyName.CALENDAR]
    ]


async def _body(tx: Transaction, oem_id: int, name: PolicyName, version: int, dealer_id: int) -> bytes | None:
    try:
        _, body = await policies.version_of(tx, oem_id, name, version, dealer_id)
    except NotFound:
        return None
    return body
