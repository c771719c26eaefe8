"""What other facts of a case make of its promises (R2.3, R4.1; `docs/clocks.md`, "Changing a clock").

Reads and writes nothing itself.

Open cases keep their policy and their calendar: a running promise is counted by what made it. What is in
force now makes only what is promised anew.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shared.cases.promises import Terms
from shared.cases.recount import MadeBy, explaining, late_promise, planned_by
from shared.sla.clock import PlannedClock
from shared.sla.policy import BEGUN_LATER, CaseFacts, Metric, Target, target_of, targets_for
from shared.sla.repository import CaseClock, ClockState, Versions
from shared.sla.working_time import Span

_CHANGED_BY_FACTS = frozenset({ClockState.RUNNING, ClockState.CANCELLED})


class Origin(msgspec.Struct, frozen=True):
    """What a clock was made by; `candidates` is empty where that cannot be read any more."""

    versions: Versions
    candidates: Sequence[MadeBy]


class Facts(msgspec.Struct, frozen=True):
    """What rules look at, before the change and after it."""

    before: CaseFacts
    after: CaseFacts


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """The cycle that is counted: since when, with which pauses, and what has its fact without a clock."""

    began_at: datetime
    pauses: Sequence[Span]
    done: Collection[Metric]


class ClockChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the clocks of a case; what is rescheduled, by what it is promised by."""

    start: list[PlannedClock]
    reschedule: dict[Versions, list[tuple[UUID, PlannedClock]]]
    cancel: list[UUID]

    def plans(self) -> dict[UUID, PlannedClock]:
        """The new plans by clock."""
        return {clock_id: plan for plans in self.reschedule.values() for clock_id, plan in plans}


class Maker(msgspec.Struct, frozen=True):
    """What counts a clock, and what its rows say of it."""

    made_by: MadeBy
    versions: Versions

    def target(self, facts: CaseFacts, metric: Metric) -> Target | None:
        """What it promises such a case for a metric; None: no clock."""
        promise = target_of(self.made_by.policy, facts, metric)
        return None if promise is None else promise.target


def changes(
    terms: Terms,
    facts: Facts,
    cycle: Cycle,
    clocks: Sequence[CaseClock],
    origins: Mapping[UUID, Origin],
    now: datetime,
) -> ClockChanges:
    """What changed facts make of the clocks of a cycle; `origins` names what made each, `terms` are in force.

    Where what made a running clock promises the same after the change as before, it stays as it is. Otherwise
    it is counted from its original start, less the pauses; not promised any more it is cancelled, and comes
    back by what made it when the facts do. What is met or breached is a fact and stays, as does what began
    with something that happened. Where what made a clock cannot be read, `terms` stand in.

    A promise is new, made by `terms`, counted from the beginning of the cycle and with the grace where its
    time is over, if it is due to the new facts: `terms` did not promise it before, or the policy of another
    clock of the case promises it now. What merely a newer policy promises is left to a migration.
    """
    made = ClockChanges(start=[], reschedule={}, cancel=[])
    in_force = Maker(MadeBy(terms.policy, terms.hours), terms.versions)
    own = [each for each in clocks if each.metric not in BEGUN_LATER]
    makers = {each.id: maker_of(each, facts.before, cycle.pauses, origins[each.id], in_force) for each in own}
    for each in own:
        if each.state not in _CHANGED_BY_FACTS:
            continue
        maker = makers[each.id]
        if each.state is ClockState.RUNNING:
            _change_running(made, each, facts, cycle, maker, now)
        elif each.metric not in cycle.done:
            # What its maker promised before and is cancelled nevertheless, was cancelled by something else.
            was_promised = maker.target(facts.before, each.metric) is not None
            _promise_again(made, each, facts.after, cycle, in_force if was_promised else maker, now)
    known = {each.metric for each in own}
    policies = [maker.made_by.policy for maker in makers.values()]
    for promise in targets_for(terms.policy, facts.after):
        if promise.metric in BEGUN_LATER or promise.metric in known or promise.metric in cycle.done:
            continue
        is_new = target_of(terms.policy, facts.before, promise.metric) is None
        is_kept = any(target_of(policy, facts.after, promise.metric) is not None for policy in policies)
        if is_new or is_kept or not policies:
            plan = late_promise(in_force.made_by, promise, cycle.began_at, now, cycle.pauses)
            made.start.append(plan)
    return made


def maker_of(
    clock: CaseClock, before: CaseFacts, pauses: Sequence[Span], origin: Origin, in_force: Maker
) -> Maker:
    """What made a clock of a case of these facts; what is in force where that cannot be read any more."""
    if not origin.candidates:
        return in_force
    then = explaining(clock.planned(), before, pauses, origin.candidates)
    return Maker(then or origin.candidates[0], origin.versions)


def _change_running(
    made: ClockChanges, clock: CaseClock, facts: Facts, cycle: Cycle, maker: Maker, now: datetime
) -> None:
    wanted = target_of(maker.made_by.policy, facts.after, clock.metric)
    if maker.target(facts.before, clock.metric) == (wanted and wanted.target):
        return
    if wanted is None:
        made.cancel.append(clock.id)
        return
    plan = planned_by(maker.made_by, wanted, clock.planned(), cycle.pauses, now)
    if plan != clock.planned():
        made.reschedule.setdefault(maker.versions, []).append((clock.id, plan))


def _promise_again(
    made: ClockChanges, clock: CaseClock, facts: CaseFacts, cycle: Cycle, maker: Maker, now: datetime
) -> None:
    wanted = target_of(maker.made_by.policy, facts, clock.metric)
    if wanted is not None:
        kept_until = clock.pauses_kept_until
        plan = late_promise(maker.made_by, wanted, cycle.began_at, now, cycle.pauses, kept_until)
        made.reschedule.setdefault(maker.versions, []).append((clock.id, plan))
