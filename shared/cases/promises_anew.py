"""The promises of a case after its classification has changed (R2.3, R4.1)."""

from collections.abc import Mapping

import msgspec

from shared.cases import promises
from shared.cases.handling import Handling
from shared.cases.repository import LockedCase
from shared.cases.vocabulary import CaseState
from shared.sla import repository as clocks
from shared.sla.policy import CaseFacts, Metric
from shared.sla.repository import ClockHome


async def reconsider(work: Handling, changed: Mapping[str, object]) -> None:
    """Count the promises again from their original start, as the case with `changed` columns has them."""
    case = msgspec.structs.replace(work.case, **changed)
    facts = CaseFacts(case.kind, case.category, case.urgency, case.channel, case.major)
    terms = await promises.terms(work.tx, work.oem_id, case.dealer_id)
    made = promises.changes(terms, facts, case.cycle_began_at, work.clocks, work.at, _kept(case))
    home = ClockHome(
        oem_id=work.oem_id,
        dealer_id=case.dealer_id,
        case_id=case.id,
        cycle=case.cycle,
        policy_version=terms.policy_version,
        calendar_version=terms.calendar_version,
    )
    if made.start:
        await clocks.insert(work.tx, home, work.at, made.start)
    if made.reschedule:
        await clocks.reschedule(work.tx, home, work.at, made.reschedule)
    if made.cancel:
        await clocks.cancel(work.tx, work.oem_id, made.cancel, work.at)
    work.clocks = await clocks.lock(work.tx, work.oem_id, case.id, case.cycle)


def _kept(case: LockedCase) -> set[Metric]:
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
