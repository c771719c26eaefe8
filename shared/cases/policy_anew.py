"""What another clock policy makes of the promises of one case (R4.1); reads and writes nothing itself.

Open cases keep the policy they were promised by, unless the administrator migrates them. A migrated promise
counts from its original start, less the pauses, in the hours it was planned in. A breach and what is kept are
facts and stay; so does what a person gave, a day that the customer asked for or a grace.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shared.cases.joint_promises import done
from shared.cases.promises import Terms
from shared.cases.recount import MadeBy, by_another_policy, explaining, late_promise, planned_by
from shared.cases.repository import LockedCase
from shared.cases.vocabulary import CaseState
from shared.sla.clock import PlannedClock
from shared.sla.pause import spans_of
from shared.sla.policy import BEGUN_LATER, CaseFacts, target_of, targets_for
from shared.sla.repository import CaseClock, ClockState, Versions

_OVER = frozenset({CaseState.CLOSED, CaseState.WITHDRAWN, CaseState.MERGED})


class PromiseAnew(msgspec.Struct, frozen=True):
    """A promise by the new policy; `before` is None where it was not made till now."""

    before: CaseClock | None
    plan: PlannedClock
    calendar_version: int
    calendar_dealer_id: int | None

    @property
    def is_moved(self) -> bool:
        """Whether anything about it is another."""
        return self.before is None or self.plan != self.before.planned()


class CaseAnew(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the promises of a case.

    `counted` run on by the new policy, moved or not; `started` were not promised till now, or not any more;
    `dropped` are not promised by it, whatever they began with; `kept` were given by a person, or not by any
    policy known here.
    """

    case: LockedCase
    counted: list[PromiseAnew]
    started: list[PromiseAnew]
    dropped: list[CaseClock]
    kept: int


def case_anew(
    case: LockedCase,
    clocks: Sequence[CaseClock],
    made: Mapping[UUID, tuple[Sequence[MadeBy], Versions]],
    terms: Terms,
    now: datetime,
) -> CaseAnew:
    """The promises of the present cycle by `terms`; `made` holds by clock what it may have been made by.

    What is due by now is late, whether that was noticed yet or not.
    """
    facts = case.facts()
    pauses = spans_of(case.pauses)
    counted: list[PromiseAnew] = []
    dropped: list[CaseClock] = []
    kept = 0
    for each in clocks:
        if each.state is not ClockState.RUNNING or each.due_at <= now:
            continue
        target = target_of(terms.policy, facts, each.metric)
        if target is None:
            dropped.append(each)
            continue
        made_by, versions = made[each.id]
        then = explaining(each.planned(), facts, pauses, made_by)
        if then is None:
            kept += 1
            continue
        present = by_another_policy(each.planned(), then.policy, terms.policy, pauses)
        plan = planned_by(MadeBy(terms.policy, then.hours), target, present, pauses, now)
        counted.append(PromiseAnew(each, plan, versions.calendar_version, versions.calendar_dealer_id))
    started = _started(case, clocks, terms, facts, now)
    return CaseAnew(case=case, counted=counted, started=started, dropped=dropped, kept=kept)


def _started(
    case: LockedCase, clocks: Sequence[CaseClock], terms: Terms, facts: CaseFacts, now: datetime
) -> list[PromiseAnew]:
    if case.state in _OVER:
        return []
    known = {each.metric: each for each in clocks}
    had = done(case)
    pauses = spans_of(case.pauses)
    started: list[PromiseAnew] = []
    for target in targets_for(terms.policy, facts):
        present = known.get(target.metric)
        if target.metric in BEGUN_LATER or target.metric in had:
            continue
        if present is None or present.state is ClockState.CANCELLED:
            in_force = MadeBy(terms.policy, terms.hours)
            kept_until = None if present is None else present.pauses_kept_until
            plan = late_promise(in_force, target, case.cycle_began_at, now, pauses, kept_until)
            started.append(PromiseAnew(present, plan, terms.calendar_version, terms.calendar_dealer_id))
    return started
