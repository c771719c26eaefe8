"""A person confirms or changes what the rules said of a case, and its promises follow (R2.3, R2.4, R2.6)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import major_rows
from shared.cases.commands import Classify
from shared.cases.handling import Change, Handling, handling
from shared.cases.majors import Finding
from shared.cases.promises_anew import reconsider
from shared.cases.repository import LockedCase
from shared.cases.rule_set import Bilingual
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.vocabulary import MajorFindingCode, MajorVerdict
from shared.outbox.events import EventKind, NewEvent, emit
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
            await reconsider(work, changed)
        if "major" in changed:
            await _record_major(work, command, major=bool(changed["major"]))
        before = {f"{name}_before": getattr(work.case, name) for name in changed}
        change = Change(
            columns=_columns(changed),
            text=command.reason,
            data={**changed, **before},
            event=EventKind.CASE_CLASSIFIED,
            payload={"changed": sorted(changed)},
        )
        return await work.apply(transitions, change)


def _columns(changed: dict[str, str | bool]) -> dict[str, object]:
    """What is dismissed is no candidate any more."""
    return {**changed, "major_candidate": False} if changed.get("major") is False else {**changed}


async def _record_major(work: Handling, command: Classify, *, major: bool) -> None:
    """A mark set by hand is told like one found by rule; a mark taken away is a decision (R2.6)."""
    case, at = work.case, work.at
    if not major:
        place, verdict = (case.id, case.dealer_id), MajorVerdict.DISMISSED
        await major_rows.decide(work.tx, work.actor, at, place, verdict, (), command.reason)
        return
    reason = Bilingual(command.reason, command.reason)
    finding = Finding(MajorFindingCode.BY_HAND, "by-hand", reason)
    await major_rows.add(work.tx, work.oem_id, at, [(case.id, case.dealer_id, finding)])
    event = NewEvent(
        kind=EventKind.MAJOR_FOUND,
        dealer_id=case.dealer_id,
        case_id=case.id,
        payload={"codes": [MajorFindingCode.BY_HAND.value]},
    )
    await emit(work.tx, work.oem_id, at, event)


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
        judged.append(Command.MARK_MAJOR if changed["major"] else Command.DISMISS_MAJOR)
    return judged
