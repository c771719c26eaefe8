"""Pausing the promises of a case while it waits for its customer, and for nobody else (R4).

Pauses belong to the case and its cycle: no change of urgency, policy, owner or dealer loses one.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import promises
from shared.cases.handling import Handling
from shared.cases.made_by import made_by
from shared.cases.progress_columns import ANSWERED
from shared.cases.recount import MadeBy, paused_anew
from shared.sla import pause
from shared.sla import repository as clocks
from shared.sla.clock import PlannedClock
from shared.sla.policy import CaseFacts
from shared.sla.repository import ClockHome, ClockState
from shared.sla.working_time import Span

_VERSIONS: Final = """
SELECT id, policy_version, calendar_version FROM clocks
WHERE oem_id = $1 AND case_id = $2 AND cycle = $3 AND state = 'running'
"""


class _Versions(msgspec.Struct, frozen=True):
    id: UUID
    policy_version: int
    calendar_version: int


async def begin(work: Handling, answer_by: datetime | None) -> dict[str, object]:
    """Pause what pauses until `answer_by`, or as long as the policy allows; the columns to set."""
    terms = await promises.terms(work.tx, work.oem_id, work.case.dealer_id)
    before = pause.spans_of(work.case.pauses)
    return await _pause(work, before, pause.begin(before, work.at, answer_by, terms.policy.pauses))


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
    facts = CaseFacts(case.kind, case.category, case.urgency, case.channel, case.major)
    terms = await promises.terms(work.tx, work.oem_id, case.dealer_id)
    known = {
        each.id: each for each in await work.tx.rows(_Versions, _VERSIONS, work.oem_id, case.id, case.cycle)
    }
    changes: dict[tuple[int, int], list[tuple[UUID, PlannedClock]]] = defaultdict(list)
    for each in work.clocks:
        if each.state is not ClockState.RUNNING:
            continue
        versions = (known[each.id].policy_version, known[each.id].calendar_version)
        then = await made_by(work.tx, work.oem_id, case.dealer_id, *versions)
        # A version of a dealer the case was moved from cannot be told from here: what is in force stands in.
        again = paused_anew(each.planned(), facts, then or [MadeBy(terms.policy, terms.hours)], before, after)
        if again != each.planned():
            changes[versions].append((each.id, again))
    for (policy_version, calendar_version), changed in changes.items():
        home = ClockHome(
            oem_id=work.oem_id,
            dealer_id=case.dealer_id,
            case_id=case.id,
            cycle=case.cycle,
            policy_version=policy_version,
            calendar_version=calendar_version,
        )
        await clocks.reschedule(work.tx, home, work.at, changed)
    if changes:
        work.clocks = await clocks.lock(work.tx, work.oem_id, case.id, case.cycle)
    return {"pauses": pause.instants_of(after)}
