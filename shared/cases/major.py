"""A person says whether a candidate is a major complaint, by which criteria, and why (R2.6)."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec

from shared.cases import detail, major_report, major_rows, promises_anew
from shared.cases.commands import CaseCommand
from shared.cases.handling import Change, handling
from shared.cases.major_report import FiledReport, PersonTold
from shared.cases.major_rows import DecisionMade, FindingView
from shared.cases.repository import Data
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.vocabulary import MajorCriterion, MajorVerdict, Nature
from shared.db.engine import Transaction
from shared.outbox.events import EventKind
from shared.tenancy import Actor

_LONGEST: Final = 2_000


class ConfirmMajor(CaseCommand, frozen=True, kw_only=True):
    """It is a major complaint by these criteria; `nature`: who outside may take it up, None: as it was."""

    criteria: Annotated[tuple[MajorCriterion, ...], msgspec.Meta(max_length=5)]
    reason: str
    nature: Nature | None = None


class DismissMajor(CaseCommand, frozen=True, kw_only=True):
    """It is none, or no longer one."""

    reason: str


class MajorView(msgspec.Struct, frozen=True, kw_only=True):
    """All there is to say of a case as a major complaint."""

    major: bool
    candidate: bool
    nature: Nature
    findings: list[FindingView]
    decisions: list[DecisionMade]
    reports: list[FiledReport]
    told: list[PersonTold]


async def confirm(
    actor: Actor,
    case_id: UUID,
    command: ConfirmMajor,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """Count the case as a major complaint; its promises become those of one. See `shared.cases.service`."""
    command = cleaned(command, reason=_LONGEST)
    criteria = [each for each in MajorCriterion if each in command.criteria]
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.CONFIRM_MAJOR], msgspec.structs.asdict(command))
        columns: dict[str, object] = {"major": True, "major_candidate": True}
        data: Data = {"criteria": [each.value for each in criteria]}
        if command.nature is not None and command.nature.value != work.case.nature:
            columns["nature"] = data["nature"] = command.nature.value
            data["nature_before"] = work.case.nature
        if not work.case.major:
            await promises_anew.reconsider(work, {"major": True})
        place = (case_id, work.case.dealer_id)
        await major_rows.decide(
            work.tx, actor, work.at, place, MajorVerdict.CONFIRMED, criteria, command.reason
        )
        change = Change(
            columns=columns,
            text=command.reason,
            data=data,
            event=EventKind.MAJOR_DECIDED,
            payload={"decision": MajorVerdict.CONFIRMED.value},
        )
        return await work.apply(transitions, change)


async def dismiss(
    actor: Actor,
    case_id: UUID,
    command: DismissMajor,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """Count it as an ordinary complaint. Raises `Conflict` (`major_not_in_question`) where it is one."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.DISMISS_MAJOR], msgspec.structs.asdict(command))
        if work.case.major:
            await promises_anew.reconsider(work, {"major": False})
        place = (case_id, work.case.dealer_id)
        await major_rows.decide(work.tx, actor, work.at, place, MajorVerdict.DISMISSED, (), command.reason)
        change = Change(
            columns={"major": False, "major_candidate": False},
            text=command.reason,
            event=EventKind.MAJOR_DECIDED,
            payload={"decision": MajorVerdict.DISMISSED.value},
        )
        return await work.apply(transitions, change)


async def view(tx: Transaction, oem_id: int, case_id: UUID) -> MajorView:
    """What speaks for a major complaint and what was decided; raises `NotFound` (`case_not_found`)."""
    case = await detail.case_view(tx, oem_id, case_id)
    return MajorView(
        major=case.major,
        candidate=case.major_candidate and not case.major,
        nature=case.nature,
        findings=await major_rows.findings(tx, oem_id, case_id),
        decisions=await major_rows.decisions(tx, oem_id, case_id),
        reports=await major_report.reports_of(tx, oem_id, case_id),
        told=await major_report.told_of(tx, oem_id, case_id),
    )
