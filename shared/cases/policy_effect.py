"""What another clock policy would do to open cases, looked at before it is published (R4.1)."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import promises
from shared.cases.counting_anew import Origin, all_made_by
from shared.cases.policy_anew import CaseAnew, PromiseAnew, case_anew
from shared.cases.promises import Terms
from shared.cases.recount import MadeBy
from shared.cases.repository import LockedCase
from shared.db.engine import Transaction, transaction
from shared.permissions import Permission
from shared.sla.policy import ClockPolicy
from shared.sla.repository import CaseClock, Versions
from shared.sla.stricter import own_policy
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from shared.tenants.policies import OF_OEM, PolicyName

CASES_AT_ONCE: Final = 1_000
MOST_CASES_LOOKED_AT: Final = 20_000
LONGEST_SECONDS: Final = 10.0
MOST_EXAMPLES: Final = 10


class MovedPromise(msgspec.Struct, frozen=True, kw_only=True):
    """One promise that another policy moves; None where there is none before or then."""

    case_id: UUID
    number: str
    metric: str
    due_at: datetime | None
    due_then: datetime | None
    rebased: bool


class PolicyEffect(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy would make of the promises of open cases, were they migrated.

    Of `open_cases`, `cases` were looked at, the oldest: at most 20,000, and fewer where that would take more
    than ten seconds (`more` when there are others). Of theirs, `promises` are counted anew: `earlier` and
    `later` move, `rebased` would be late at once and get the grace instead. `started` are promised for the
    first time, `dropped` no more, `kept` stay as a person gave them. `examples` holds those late at once,
    then the ones that move furthest.
    """

    cases: int
    open_cases: int
    more: bool
    promises: int
    earlier: int
    later: int
    rebased: int
    started: int
    dropped: int
    kept: int
    examples: list[MovedPromise]


_FIGURES: Final = ("cases", "promises", "earlier", "later", "rebased", "started", "dropped", "kept")


class CaseClockRow(CaseClock, frozen=True, kw_only=True):
    """A promise with what it was made by; `adopted`: it runs by what was promised to somebody merged."""

    case_id: UUID
    dealer_id: int
    policy_version: int
    policy_dealer_id: int | None
    calendar_version: int
    calendar_dealer_id: int | None
    adopted: bool

    @property
    def versions(self) -> Versions:
        """What it was made by."""
        return Versions(
            policy_version=self.policy_version,
            policy_dealer_id=self.policy_dealer_id,
            calendar_version=self.calendar_version,
            calendar_dealer_id=self.calendar_dealer_id,
        )


# What is promised after the closing runs on in closed cases, too, and calls in those merged into others.
OPEN_CASES: Final = """
FROM cases c WHERE c.oem_id = $1 AND ($2::bigint = 0 OR c.dealer_id = $2)
  AND (c.closed_at IS NULL AND c.merged_into IS NULL OR EXISTS (
      SELECT FROM clocks k WHERE k.oem_id = c.oem_id AND k.case_id = c.id AND k.state = 'running'))
"""
CASE_COLUMNS: Final = ", ".join(f"c.{name}" for name in LockedCase.__struct_fields__)
COUNT: Final = f"SELECT count(*) {OPEN_CASES}"
_BATCH: Final = f"SELECT {CASE_COLUMNS} {OPEN_CASES} AND c.id > $3 ORDER BY c.id LIMIT $4"
_NOBODY: Final = UUID(int=0)
CLOCKS: Final = """
SELECT k.id, k.metric, k.turn, k.state, k.started_at, k.due_at, k.steps, k.schedule, k.next_at, k.provisional,
       k.rebased, k.pauses_kept_until, k.case_id, k.dealer_id, k.policy_version, k.policy_dealer_id,
       k.calendar_version, k.calendar_dealer_id,
       EXISTS (
           SELECT FROM cases m, jsonb_array_elements(m.merged_clocks->'other') AS adopted
           WHERE m.oem_id = k.oem_id AND m.merged_into = k.case_id AND adopted->>0 = k.id::text
       ) AS adopted
FROM clocks k JOIN cases c ON c.oem_id = k.oem_id AND c.id = k.case_id AND c.cycle = k.cycle
WHERE k.oem_id = $1 AND k.case_id = ANY ($2::uuid[])
"""


async def effect(actor: Actor, policy: ClockPolicy, dealer_id: int = OF_OEM) -> PolicyEffect:
    """What a policy that can be published would do to the open cases of the OEM, or of one dealer.

    Dealers with a policy of their own would get theirs from it. A thousand cases at a time are read, and
    counted beside the event loop when their transaction has ended. Raises `Forbidden`.
    """
    actor.require(Permission.TENANT_MANAGE)
    began = monotonic()
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        open_cases = int(await tx.value(COUNT, actor.oem_id, dealer_id))
    found, after = told([]), _NOBODY
    while found.cases < MOST_CASES_LOOKED_AT and monotonic() - began < LONGEST_SECONDS:
        cases, anew = await _batch(actor, policy, dealer_id, after)
        found = _together(found, told(anew))
        if len(cases) < CASES_AT_ONCE:
            # All of them, whatever was opened or closed since they were numbered.
            return found
        after = cases[-1].id
    open_cases = max(open_cases, found.cases)
    return msgspec.structs.replace(found, open_cases=open_cases, more=found.cases < open_cases)


async def _batch(
    actor: Actor, policy: ClockPolicy, dealer_id: int, after: UUID
) -> tuple[Sequence[LockedCase], Sequence[CaseAnew]]:
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        now = await tx.now()
        cases = await tx.rows(LockedCase, _BATCH, actor.oem_id, dealer_id, after, CASES_AT_ONCE)
        terms = await _terms_by(tx, actor.oem_id, policy, dealer_id, {case.dealer_id for case in cases})
        known = await clocks_of(tx, actor.oem_id, cases)
        made = await all_made_by(tx, actor.oem_id, origins(known))
    return cases, await asyncio.to_thread(cases_anew, cases, known, made, terms, now)


def _together(one: PolicyEffect, other: PolicyEffect) -> PolicyEffect:
    sums = {name: getattr(one, name) + getattr(other, name) for name in _FIGURES}
    sums["open_cases"] = sums["cases"]
    examples = sorted((*one.examples, *other.examples), key=_rank)[:MOST_EXAMPLES]
    return msgspec.structs.replace(one, **sums, examples=examples)


def _rank(example: MovedPromise) -> tuple[bool, bool, float]:
    """What is late at once before what moves furthest, and what is new behind both."""
    if example.due_at is None or example.due_then is None:
        return True, False, 0
    return False, not example.rebased, -abs((example.due_then - example.due_at).total_seconds())


def told(anew: Sequence[CaseAnew]) -> PolicyEffect:
    """The figures and examples of these cases."""
    counted = [(case, each) for case in anew for each in case.counted if each.before is not None]
    ways = Counter(_way(each) for _, each in counted)
    moved = [pair for pair in counted if _way(pair[1])]
    started = [(case, each) for case in anew for each in case.started]
    examples = sorted((_example(case, each) for case, each in (*moved, *started)), key=_rank)[:MOST_EXAMPLES]
    return PolicyEffect(
        cases=len(anew),
        open_cases=len(anew),
        more=False,
        promises=len(counted),
        earlier=ways["earlier"],
        later=ways["later"],
        rebased=sum(each.plan.rebased for _, each in (*moved, *started)),
        started=len(started),
        dropped=sum(len(case.dropped) for case in anew),
        kept=sum(case.kept for case in anew),
        examples=examples,
    )


def _way(promise: PromiseAnew) -> str:
    if promise.before is None or promise.plan.due_at == promise.before.due_at:
        return ""
    return "earlier" if promise.plan.due_at < promise.before.due_at else "later"


def _example(case: CaseAnew, promise: PromiseAnew) -> MovedPromise:
    return MovedPromise(
        case_id=case.case.id,
        number=case.case.number,
        metric=promise.plan.metric.value,
        due_at=promise.before.due_at if promise.before else None,
        due_then=promise.plan.due_at,
        rebased=promise.plan.rebased,
    )


async def _terms_by(
    tx: Transaction, oem_id: int, policy: ClockPolicy, dealer_id: int, dealer_ids: Iterable[int]
) -> dict[int, Terms]:
    """The terms of each dealer by a policy of the OEM, or with `dealer_id` by one of its own."""
    in_force = await promises.terms_of_dealers(tx, oem_id, sorted(dealer_ids))
    own = set[int]()
    if dealer_id == OF_OEM:
        own = await policies.dealers_with_their_own(tx, oem_id, [PolicyName.CLOCKS])
    return {
        place: msgspec.structs.replace(
            terms, policy=own_policy(policy, terms.policy.stricter) if place in own else policy
        )
        for place, terms in in_force.items()
    }


async def clocks_of(
    tx: Transaction, oem_id: int, cases: Sequence[LockedCase], *, lock: bool = False
) -> dict[UUID, list[CaseClockRow]]:
    """The promises of the present cycle of each case; with `lock` no sweep fires them meanwhile."""
    known: dict[UUID, list[CaseClockRow]] = {case.id: [] for case in cases}
    asked = f"{CLOCKS} FOR UPDATE OF k" if lock else CLOCKS
    for each in await tx.rows(CaseClockRow, asked, oem_id, list(known)):
        known[each.case_id].append(each)
    return known


def origins(known: Mapping[UUID, Sequence[CaseClockRow]]) -> Iterator[Origin]:
    """What each of these promises was made by."""
    return (_origin(each) for found in known.values() for each in found)


def _origin(clock: CaseClockRow) -> Origin:
    return clock.dealer_id, clock.versions


def cases_anew(
    cases: Sequence[LockedCase],
    known: Mapping[UUID, Sequence[CaseClockRow]],
    made: Mapping[Origin, Sequence[MadeBy]],
    terms: Mapping[int, Terms],
    now: datetime,
) -> list[CaseAnew]:
    """What becomes of the promises of each case."""
    return [_case_anew(case, known[case.id], made, terms[case.dealer_id], now) for case in cases]


def _case_anew(
    case: LockedCase,
    known: Sequence[CaseClockRow],
    made: Mapping[Origin, Sequence[MadeBy]],
    terms: Terms,
    now: datetime,
) -> CaseAnew:
    """What was promised to somebody merged counts as kept."""
    own = [each for each in known if not each.adopted]
    by_clock = {each.id: (made[_origin(each)], each.versions) for each in own}
    adopted = {each.metric for each in known if each.adopted}
    anew = case_anew(case, own, by_clock, terms, now)
    return msgspec.structs.replace(
        anew,
        started=[each for each in anew.started if each.plan.metric not in adopted],
        kept=anew.kept + len(adopted),
    )
