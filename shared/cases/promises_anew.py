"""The promises of a case after a change of its classification, and of a new cycle (R2.3, R3.3, R4.1)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from shared.cases import facts_anew, joint_promises, promises
from shared.cases.facts_anew import Cycle, Facts
from shared.cases.handling import Handling
from shared.cases.made_by import origins_of
from shared.cases.vocabulary import CaseState
from shared.sla import repository as clocks
from shared.sla.pause import spans_of


async def reconsider(work: Handling, changed: Mapping[str, object]) -> None:
    """Count the promises again from their original start, as the case with `changed` columns has them.

    What runs is counted by the policy and the calendar that made it (`facts_anew.changes`). Who is merged
    into it keeps what was promised to him.
    """
    case = msgspec.structs.replace(work.case, **changed)
    found = await joint_promises.complainants(work)
    own = joint_promises.own_plans(found)
    known = joint_promises.by_own_plans(work.clocks, own)
    terms = await promises.terms(work.tx, work.oem_id, case.dealer_id)
    made = facts_anew.changes(
        terms,
        Facts(work.case.facts(), case.facts()),
        Cycle(began_at=case.cycle_began_at, pauses=spans_of(case.pauses), done=joint_promises.done(case)),
        known,
        await origins_of(work.tx, work.oem_id, case.dealer_id, [each.id for each in known]),
        work.at,
    )
    if made.start:
        home = promises.home_of(work.oem_id, case, terms)
        await clocks.insert(work.tx, home, work.at, made.start)
    for versions, plans in made.reschedule.items():
        await clocks.reschedule(work.tx, work.oem_id, versions, work.at, plans)
    if made.cancel and not found:
        await clocks.cancel(work.tx, work.oem_id, made.cancel, work.at)
    work.clocks = await clocks.lock(work.tx, work.oem_id, case.id, case.cycle)
    if found:
        now_own = {**own, **made.plans(), **dict.fromkeys(made.cancel)}
        await joint_promises.keep_earliest(work, case, found, now_own)


async def begin_cycle(work: Handling, at: datetime) -> None:
    """Cancel what is still promised; the promises of the next cycle count from `at`, the earliest of all."""
    left = [each.id for each in work.clocks if each.is_open]
    if left:
        await clocks.cancel(work.tx, work.oem_id, left, work.at)
    case = msgspec.structs.replace(
        work.case,
        cycle=work.case.cycle + 1,
        reopened_at=at,
        state=CaseState.REGISTERED,
        result_told_at=None,
        pauses=[],
    )
    terms = await promises.terms(work.tx, work.oem_id, case.dealer_id)
    planned = promises.plan_again(terms, case.facts(), at)
    await clocks.insert(work.tx, promises.home_of(work.oem_id, case, terms), work.at, planned)
    work.clocks = await clocks.lock(work.tx, work.oem_id, case.id, case.cycle)
    await joint_promises.settle(work)
    found = await joint_promises.complainants(work)
    if found:
        await joint_promises.keep_earliest(work, case, found, {})
