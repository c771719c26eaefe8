"""The written report on a complaint that touches media or courts, and its dossier (R3.10)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases import afterwards, detail, major_persons
from shared.cases.commands import CaseCommand
from shared.cases.handling import Change, Handling, handling
from shared.cases.states import FINAL, Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.vocabulary import Nature
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict
from shared.outbox.events import EventKind, NewEvent, emit
from shared.permissions import Permission
from shared.sla.policy import Metric
from shared.sla.repository import ClockState
from shared.tenancy import Actor

LONGEST: Final = 8_000


class FileReport(CaseCommand, frozen=True, kw_only=True):
    """The written report with the proposed handling; what else is known stands in the dossier."""

    proposal: str


class FiledReport(msgspec.Struct, frozen=True):
    """A report as it was filed."""

    filed_at: datetime
    filed_by: str
    proposal: str


class PersonTold(msgspec.Struct, frozen=True):
    """A named person who was told, by which channel, and what became of the message."""

    name: str
    channel: str
    state: str
    told_at: datetime
    sent_at: datetime | None


_REPORTS: Final = """
SELECT at AS filed_at, actor_name AS filed_by, text AS proposal FROM timeline_entries
WHERE oem_id = $1 AND case_id = $2 AND kind = 'file_report' ORDER BY at, id
"""
_TOLD: Final = """
SELECT recipient_name AS name, channel, state, created_at AS told_at, sent_at FROM messages
WHERE oem_id = $1 AND case_id = $2 AND template IN ('major_named', 'major_reported')
ORDER BY created_at, id
"""


async def file_report(
    actor: Actor, case_id: UUID, command: FileReport, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """File the written report; the OEM gets it with the dossier. A later one adds to the first.

    Raises `Conflict` (`major_not_in_question`) for an ordinary complaint. See `shared.cases.service`.
    """
    command = cleaned(command, proposal=LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.FILE_REPORT], msgspec.structs.asdict(command))
        return await work.apply(transitions, Change(text=command.proposal, event=EventKind.MAJOR_REPORTED))


async def ask_dossier(actor: Actor, case_id: UUID) -> None:
    """Let the dossier be printed as things stand now.

    Raises `NotFound` (`case_not_found`), `Forbidden`, `Conflict` (`major_not_in_question`).
    """
    async with transaction(actor.scope) as tx:
        case = await detail.case_view(tx, actor.oem_id, case_id)
        actor.require(Permission.CASE_READ)
        if not case.major and not case.major_candidate:
            raise Conflict("major_not_in_question")
        at = await tx.now()
        by_id = str(actor.membership_id) if actor.membership_id else None
        asked = NewEvent(
            kind=EventKind.DOSSIER_ASKED, dealer_id=case.dealer_id, case_id=case_id, payload={"by_id": by_id}
        )
        await emit(tx, actor.oem_id, at, asked)
        entry = AuditEntry(
            action="case.ask_dossier", entity="case", entity_id=case_id, dealer_id=case.dealer_id
        )
        await append(tx, actor, at, entry)


async def reports_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[FiledReport]:
    """The reports filed on a case, the first first."""
    return await tx.rows(FiledReport, _REPORTS, oem_id, case_id)


async def told_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[PersonTold]:
    """The named persons who were told of it and of its reports."""
    return await tx.rows(PersonTold, _TOLD, oem_id, case_id)


async def owe(work: Handling, since: datetime) -> bool:
    """Let the report be owed from `since` where nature and policy say so; whether it is (R3.10).

    What is no major complaint any more owes none. A report that was filed in this cycle keeps the promise,
    also one that was filed before anybody said that it is owed.
    """
    case = work.case
    known = afterwards.clock_of(work, Metric.MAJOR_REPORT)
    if case.state in FINAL:
        return False
    found = await major_persons.in_force(work.tx, work.oem_id)
    if not case.major_in_question or Nature(case.nature) not in found.policy.report_natures:
        # What is late already is a fact and stays.
        if known is not None and known.state is ClockState.RUNNING:
            await afterwards.drop(work, Metric.MAJOR_REPORT)
        return False
    await afterwards.begin(work, Metric.MAJOR_REPORT, since)
    filed = await reports_of(work.tx, work.oem_id, case.id)
    if any(each.filed_at >= case.cycle_began_at for each in filed):
        await afterwards.keep(work, Metric.MAJOR_REPORT)
    return True
