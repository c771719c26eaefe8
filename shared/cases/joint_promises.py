"""What is promised on a case that others are handled in: the earliest promise made to anybody (R1.7).

The case remembers, on each row merged into it, which of its clocks run by another's promise and what its own
was, so that taking apart, reclassifying and reopening lose neither.

What pauses the case pauses what was promised to everybody who is handled in it, from his merger on: it moves
every one of these promises by the same working time, and he takes that along when he leaves.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import promises
from shared.cases.handling import Handling
from shared.cases.made_by import Paused, Plans, made_by, with_pauses
from shared.cases.recount import MadeBy
from shared.cases.repository import LockedCase
from shared.cases.vocabulary import CaseState, Category, Channel, Kind, Urgency
from shared.sla import repository as clocks
from shared.sla.clock import PlannedClock
from shared.sla.firing import fire_due_of_case
from shared.sla.pause import instants_of, spans_of, within
from shared.sla.policy import BEGUN_LATER, CaseFacts, Metric
from shared.sla.repository import CaseClock, ClockState, Versions

Own = dict[UUID, PlannedClock | None]
"""The own plans of clocks that run by another's promise; None where the case promises nothing by itself."""


class Later(msgspec.Struct, frozen=True):
    """What made the promises of a cycle that has begun since a merger."""

    cycle: int
    versions: Versions


class JointClocks(msgspec.Struct, frozen=True):
    """Promises before a merger: `own` of the merged case, `other` (as `Own`) of the one it is handled in.

    `later` is of the last cycle that has begun there since.
    """

    own: list[tuple[UUID, PlannedClock]]
    other: list[tuple[UUID, PlannedClock | None]]
    later: Later | None = None


class Complainant(msgspec.Struct, frozen=True, kw_only=True):
    """A merged case as far as promises go.

    `closed_at` is the instant of the merger, `pauses` what its own promises in `merged_clocks` hold already.
    """

    id: UUID
    kind: Kind
    category: Category
    urgency: Urgency
    channel: Channel
    major: bool
    closed_at: datetime
    pauses: list[datetime]
    merged_clocks: JointClocks

    def facts(self) -> CaseFacts:
        """What rules look at."""
        return CaseFacts(self.kind, self.category, self.urgency, self.channel, self.major)


_COMPLAINANTS: Final = """
SELECT id, kind, category, urgency, channel, major, closed_at, pauses, merged_clocks
FROM cases WHERE oem_id = $1 AND merged_into = $2 ORDER BY id
"""
_REMEMBER: Final = """
UPDATE cases SET merged_clocks = jsonb_set(merged_clocks, '{other}', $3::jsonb)
WHERE oem_id = $1 AND merged_into = $2
"""
_KEEP_LATER: Final = """
UPDATE cases SET merged_clocks = jsonb_set(merged_clocks, '{later}', $3::jsonb)
WHERE oem_id = $1 AND id = $2
"""
_SETTLE: Final = """
UPDATE cases SET pauses = $3, merged_clocks = jsonb_set(merged_clocks, '{own}', $4::jsonb)
WHERE oem_id = $1 AND id = $2
"""


async def complainants(work: Handling) -> list[Complainant]:
    """The cases that are handled in this one."""
    return await work.tx.rows(Complainant, _COMPLAINANTS, work.oem_id, work.case.id)


def own_plans(found: Sequence[Complainant]) -> Own:
    """What the case itself promised where it runs by the promises of these."""
    return {clock_id: plan for each in found for clock_id, plan in each.merged_clocks.other}


def by_own_plans(known: Sequence[CaseClock], own: Own) -> list[CaseClock]:
    """The clocks as they would be if nobody else were handled here."""
    return [_by_own_plan(each, own) if each.id in own else each for each in known]


async def so_far(
    work: Handling, case: LockedCase, each: Complainant, until: datetime | None = None
) -> tuple[Plans, list[datetime]]:
    """What was promised to one merged into `case`, and his pauses, with those of the case since then.

    `until` cuts short what still pauses the case. What was late when he came is a fact and stays.
    """
    before = spans_of(each.pauses)
    after = (*before, *within(spans_of(case.pauses), each.closed_at, until))
    own = each.merged_clocks.own
    if after == before:
        return own, each.pauses
    open_then = [(clock_id, plan) for clock_id, plan in own if plan.due_at > each.closed_at]
    paused = Paused(before, after)
    made = await with_pauses(work.tx, work.oem_id, case.dealer_id, each.facts(), open_then, paused)
    anew = {clock_id: plan for plans in made.values() for clock_id, plan in plans}
    return [(clock_id, anew.get(clock_id, plan)) for clock_id, plan in own], instants_of(after)


async def settle(work: Handling) -> None:
    """The pauses of this cycle end with it: let those who are merged keep them as their own."""
    for each in await complainants(work):
        own, pauses = await so_far(work, work.case, each, work.at)
        await remember(work, each, own, pauses)


async def remember(work: Handling, each: Complainant, own: Plans, pauses: Sequence[datetime]) -> None:
    """What was promised to a merged case, as it is counted now, with `pauses`."""
    await work.tx.execute(_SETTLE, work.oem_id, each.id, pauses, msgspec.to_builtins(own))


async def keep_earliest(
    work: Handling, case: LockedCase, found: Sequence[Complainant], own: Mapping[UUID, PlannedClock | None]
) -> None:
    """Let each promise of `case` run by the earliest made to it or to one of `found`.

    `case` is how it will be in its present cycle, `own` as `Own`: clocks it does not name run by their own
    plan. What is met or late is a fact and stays; what has fallen due by an earlier promise is late at once.
    """
    terms = await promises.terms(work.tx, work.oem_id, case.dealer_id)
    earliest = await _earliest(work, terms, case, found)
    remembered: Own = {}
    changed: list[tuple[UUID, PlannedClock]] = []
    dropped: list[UUID] = []
    for each in work.clocks:
        theirs = earliest.pop(each.metric, None)
        mine = own.get(each.id, each.planned() if each.state is ClockState.RUNNING else None)
        if each.state is ClockState.CANCELLED and theirs is not None and each.metric not in done(case):
            remembered[each.id] = None
            changed.append((each.id, theirs))
        if each.state is not ClockState.RUNNING:
            continue
        wanted = mine
        if theirs is not None and (mine is None or theirs.due_at < mine.due_at):
            remembered[each.id] = mine
            wanted = theirs
        if wanted is None:
            dropped.append(each.id)
        elif wanted != each.planned():
            changed.append((each.id, wanted))
    started = [plan for metric, plan in earliest.items() if metric not in done(case)]
    remembered |= await _start(work, case, terms, started)
    await clocks.cancel(work.tx, work.oem_id, dropped, work.at)
    await clocks.run_by(work.tx, work.oem_id, work.at, changed)
    other = msgspec.to_builtins(list(remembered.items()))
    await work.tx.execute(_REMEMBER, work.oem_id, case.id, other)
    await refresh(work, case.cycle)


async def refresh(work: Handling, cycle: int) -> None:
    """Record what has fallen due by the new plans, and read the clocks of the cycle again."""
    await fire_due_of_case(work.tx, work.oem_id, work.case.id)
    work.clocks = await clocks.lock(work.tx, work.oem_id, work.case.id, cycle)


def done(case: LockedCase) -> set[Metric]:
    """What has been done already, with or without a clock: promised now, nothing could meet it any more."""
    kept: set[Metric] = set()
    if case.state is not CaseState.RECEIVED:
        kept.add(Metric.REGISTER)
    # A reopened case keeps the instant of its first contact: the state tells whether this cycle has one.
    if case.state not in {CaseState.RECEIVED, CaseState.REGISTERED}:
        kept |= {Metric.FIRST_CONTACT, Metric.FIRST_RESPONSE}
    if case.result_told_at is not None:
        kept.add(Metric.RESOLVE)
    return kept


def _by_own_plan(known: CaseClock, own: Own) -> CaseClock:
    plan = own[known.id]
    if known.state is not ClockState.RUNNING:
        return known
    if plan is None:
        return msgspec.structs.replace(known, state=ClockState.CANCELLED)
    return msgspec.structs.replace(
        known,
        started_at=plan.started_at,
        due_at=plan.due_at,
        steps=plan.steps,
        schedule=plan.schedule,
        provisional=plan.provisional,
        rebased=plan.rebased,
        pauses_kept_until=plan.pauses_kept_until,
    )


async def _earliest(
    work: Handling, terms: promises.Terms, case: LockedCase, found: Sequence[Complainant]
) -> dict[Metric, PlannedClock]:
    """By metric the earliest promise to anybody merged.

    Merged in an earlier cycle: the present one is promised as to a case of the complainant's own, by what was
    in force when it began.
    """
    earliest: dict[Metric, PlannedClock] = {}
    for each in found:
        in_this_cycle = each.closed_at >= case.cycle_began_at
        promised = (
            [plan for _, plan in (await so_far(work, case, each))[0]]
            if in_this_cycle
            else await _since_then(work, terms, case, each)
        )
        for plan in promised:
            known = earliest.get(plan.metric)
            if plan.metric not in BEGUN_LATER and (known is None or plan.due_at < known.due_at):
                earliest[plan.metric] = plan
    return earliest


async def _since_then(
    work: Handling, terms: promises.Terms, case: LockedCase, each: Complainant
) -> list[PlannedClock]:
    """What is promised to one merged in an earlier cycle; what made it is kept for the whole of this one.

    Where a year was missing then, the calendar in force counts. A cycle that began before this was kept is
    one of `terms`.
    """
    later = each.merged_clocks.later
    if later is None or later.cycle != case.cycle:
        later = Later(case.cycle, terms.versions)
        await work.tx.execute(_KEEP_LATER, work.oem_id, each.id, msgspec.to_builtins(later))
    made = await made_by(work.tx, work.oem_id, case.dealer_id, later.versions)
    then = made[0] if made else MadeBy(terms.policy, terms.hours)
    pauses = spans_of(case.pauses)

    def by(hours: promises.Hours) -> list[PlannedClock]:
        as_then = msgspec.structs.replace(terms, policy=then.policy, hours=hours)
        return promises.plan_again(as_then, each.facts(), case.cycle_began_at, pauses)

    planned = by(then.hours)
    if not any(plan.provisional for plan in planned):
        return planned
    now = by(terms.hours)
    return [known if plan.provisional else plan for plan, known in zip(planned, now, strict=True)]


async def _start(
    work: Handling, case: LockedCase, terms: promises.Terms, started: Sequence[PlannedClock]
) -> Own:
    if not started:
        return {}
    home = promises.home_of(work.oem_id, case, terms)
    await clocks.insert(work.tx, home, work.at, started)
    metrics = {each.metric for each in started}
    known = await clocks.lock(work.tx, work.oem_id, case.id, case.cycle)
    return {each.id: None for each in known if each.metric in metrics}
