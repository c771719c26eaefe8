"""Pausing the promises of a case while it waits for its customer, and for nobody else (R4).

Pauses belong to the case and its cycle: no change of urgency, policy, owner or dealer loses one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shared.cases import joint_promises, promises
from shared.cases.handling import Handling
from shared.cases.made_by import Paused, Plans, pausing_policies, with_pauses
from shared.cases.progress_columns import ANSWERED
from shared.sla import pause
from shared.sla import repository as clocks
from shared.sla.clock import PlannedClock
from shared.sla.policy import PauseRules
from shared.sla.repository import ClockState, Versions
from shared.sla.working_time import Span


async def begin(work: Handling, answer_by: datetime | None) -> dict[str, object]:
    """Pause what pauses until `answer_by`, or as long as its policies allow; the columns to set."""
    before = pause.spans_of(work.case.pauses)
    return await _pause(work, before, pause.begin(before, work.at, answer_by, await _rules(work)))


async def _rules(work: Handling) -> PauseRules:
    """The pause is one for the whole case: it suits every promise that it pauses."""
    dealer_id = work.case.dealer_id
    running = {each.id: each.metric for each in work.clocks if each.state is ClockState.RUNNING}
    found = await pausing_policies(work.tx, work.oem_id, dealer_id, running)
    terms = await promises.terms(work.tx, work.oem_id, dealer_id)
    rules = [policy.pauses for policies in found.values() for policy in policies]
    return pause.strictest(rules, terms.policy.pauses)


async def answered(work: Handling) -> dict[str, object]:
    """The customer has answered: the case waits no more and everything runs on; the columns to set."""
    if work.case.waiting_since is None:
        return {}
    before = pause.spans_of(work.case.pauses)
    return {**ANSWERED, **await _pause(work, before, pause.end(before, work.at))}


async def _pause(work: Handling, before: Sequence[Span], after: Sequence[Span]) -> dict[str, object]:
    if tuple(before) == tuple(after):
        return {}
    case = work.case
    paused = Paused(tuple(before), tuple(after))
    found = await joint_promises.complainants(work)
    own = joint_promises.own_plans(found)
    alone = joint_promises.by_own_plans(work.clocks, own)
    running = [(each.id, each.planned()) for each in alone if each.state is ClockState.RUNNING]
    made = await with_pauses(work.tx, work.oem_id, case.dealer_id, case.facts(), running, paused)
    if found:
        now = msgspec.structs.replace(case, pauses=pause.instants_of(after))
        now_own = {**own, **{clock_id: plan for plans in made.values() for clock_id, plan in plans}}
        await joint_promises.keep_earliest(work, now, found, now_own)
    else:
        await _reschedule(work, {each.id: each.planned() for each in alone}, made)
    return {"pauses": pause.instants_of(after)}


async def _reschedule(
    work: Handling, present: Mapping[UUID, PlannedClock], made: Mapping[Versions, Plans]
) -> None:
    for versions, plans in made.items():
        changed = [(clock_id, plan) for clock_id, plan in plans if plan != present[clock_id]]
        await clocks.reschedule(work.tx, work.oem_id, versions, work.at, changed)
    work.clocks = await clocks.lock(work.tx, work.oem_id, work.case.id, work.case.cycle)
