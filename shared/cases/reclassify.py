"""A person confirms or changes what the rules said of a case, and its promises follow (R2.3, R2.4, R2.6)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import promises
from shared.cases.commands import Classify
from shared.cases.handling import Change, Handling, handling
from shared.cases.repository import LockedCase
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState
from shared.outbox.events import EventKind
from shared.sla import repository as clocks
from shared.sla.policy import CaseFacts, Metric
from shared.sla.repository import ClockHome
from shared.tenancy import Actor

_LONGEST: Final = 2_000
_FIELDS: Final = ("category", "kind", "subject", "urgency", "nature", "department", "major")
_OF_PROMISES: Final = frozenset({"category", "kind", "urgency", "major"})


async def classify(
    actor: Actor, case_id: UUID, command: Classify, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Confirm or change the classification.

    A raised urgency counts its promises again from their original start; lowering is a manager's, with a
    reason.
    """
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        changed = _changed(work.case, command)
        transitions = work.judge(_judged(work.case, command, changed), msgspec.structs.asdict(command))
        if _OF_PROMISES & changed.keys():
            await _promise_again(work, changed)
        before = {f"{name}_before": getattr(work.case, name) for name in changed}
        change = Change(
            columns=dict(changed),
            text=command.reason,
            data={**changed, **before},
            event=EventKind.CASE_CLASSIFIED,
            payload={"changed": sorted(changed)},
        )
        return await work.apply(transitions, change)


def _changed(case: LockedCase, command: Classify) -> dict[str, str | bool]:
    """The columns that get another value."""
    wanted = {name: getattr(command, name) for name in _FIELDS}
    return {
        name: value for name, value in wanted.items() if value is not None and value != getattr(case, name)
    }


def _judged(case: LockedCase, command: Classify, changed: dict[str, str | bool]) -> list[Command]:
    judged = [Command.CLASSIFY]
    if command.urgency is not None and command.urgency < case.urgency:
        judged.append(Command.LOWER_URGENCY)
    if "major" in changed:
        judged.append(Command.MARK_MAJOR)
    return judged


async def _promise_again(work: Handling, changed: dict[str, str | bool]) -> None:
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
