"""Who is told of the work on a case: mentions, tasks, approvals, transfers (R3.1, R3.2, R3.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.accounts import people
from shared.accounts.answering import answering, first_answering
from shared.accounts.people import Person
from shared.cases.authority import CHAIN
from shared.db.engine import Transaction
from shared.notifications.answerable import answerable
from shared.notifications.facts import CaseFacts, case_facts
from shared.notifications.links import Links
from shared.notifications.recipients import staff
from shared.notifications.render import Bilingual, Value
from shared.notifications.rules import Template
from shared.notifications.writing import case_notice, tell
from shared.outbox.events import Event
from shared.permissions import DEALER_ROLES, Role
from shared.web.locale import Locale
from shared.web.money import money

_AT_OEM: Final = 0


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A compensation and what was asked about it."""

    kind: str
    amount_minor: int
    currency: str
    reason: str
    wanted_role: Role
    state: str
    asked_by: UUID | None
    asked_name: str
    decided_name: str | None
    decision_reason: str


_ASKED: Final = """
SELECT c.kind, c.amount_minor, c.currency, c.reason, a.wanted_role, a.state, a.asked_by, a.asked_name,
       a.decided_name, a.reason AS decision_reason
FROM case_compensations c
JOIN case_approvals a ON a.oem_id = c.oem_id AND a.compensation_id = c.id
WHERE c.oem_id = $1 AND c.id = $2
"""


class _Task(msgspec.Struct, frozen=True):
    title: str
    due_at: datetime | None
    state: str


_TASK: Final = "SELECT title, due_at, state FROM case_tasks WHERE oem_id = $1 AND id = $2"


@dataclass(frozen=True, slots=True)
class CaseWorkNotices:
    """The reactions to the work on a case."""

    links: Links

    async def on_mentioned(self, tx: Transaction, event: Event) -> None:
        """Those whom a note mentions are told that it does; whoever wrote it is not."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        ids = event.payload["mentioned_ids"]
        mentioned = [UUID(each) for each in ids] if isinstance(ids, list) else []
        writer = await _active(tx, event.oem_id, event.optional_uuid("by_id"))
        found = [await _active(tx, event.oem_id, each) for each in mentioned if each != _id_of(writer)]
        values = facts.for_staff() | {"person_name": writer.name if writer else ""}
        await self._tell(tx, event, facts, Template.MENTION, values, [one for one in found if one])

    async def on_task_added(self, tx: Transaction, event: Event) -> None:
        """The person a task is for learns of it, who stands in, or the case's owner (R3.1)."""
        assignee_id = event.optional_uuid("assignee_id")
        if assignee_id is None or assignee_id == event.optional_uuid("by_id"):
            return
        task = await tx.row(_Task, _TASK, event.oem_id, event.uuid("task_id"))
        if task is None or task.state != "open":
            return
        facts = await case_facts(tx, event.oem_id, event.about_case())
        assignee = await _active(tx, event.oem_id, assignee_id)
        meant = [assignee] if assignee is not None else []
        told = await answering(tx, event.oem_id, meant) or await answerable(tx, event.oem_id, facts)
        values = facts.for_staff() | {"task_title": task.title, "task_due_at": task.due_at}
        await self._tell(tx, event, facts, Template.TASK, values, told)

    async def on_approval_asked(self, tx: Transaction, event: Event) -> None:
        """The lowest role of the chain with the limit is asked; the next above where nobody has it (R3.2)."""
        asked = await tx.row(_Asked, _ASKED, event.oem_id, event.uuid("compensation_id"))
        if asked is None or asked.state != "pending":
            return
        facts = await case_facts(tx, event.oem_id, event.about_case())
        approvers = await _approvers(tx, event.oem_id, facts, asked)
        values = _about(facts, asked) | {"person_name": asked.asked_name, "reason": asked.reason}
        await self._tell(tx, event, facts, Template.APPROVAL_WANTED, values, approvers)

    async def on_approval_decided(self, tx: Transaction, event: Event) -> None:
        """Whoever asked learns of the decision (R3.2)."""
        asked = await tx.row(_Asked, _ASKED, event.oem_id, event.uuid("compensation_id"))
        asker = await _active(tx, event.oem_id, asked.asked_by if asked else None)
        if asked is None or asker is None:
            return
        facts = await case_facts(tx, event.oem_id, event.about_case())
        values = _about(facts, asked) | {
            "person_name": asked.decided_name or "",
            "reason": asked.decision_reason,
            "decision": str(event.payload["decision"]),
        }
        await self._tell(tx, event, facts, Template.APPROVAL_DECIDED, values, [asker])

    async def on_transfer_asked(self, tx: Transaction, event: Event) -> None:
        """The assistance centre moves cases between dealers; without one the administrators do."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        everybody = await people.members(tx, event.oem_id)
        agents = [one for one in everybody if one.active and one.role is Role.CAC_AGENT]
        told = await first_answering(tx, event.oem_id, agents)
        await self._tell(tx, event, facts, Template.TRANSFER_WANTED, facts.for_staff(), told)

    async def _tell(
        self,
        tx: Transaction,
        event: Event,
        facts: CaseFacts,
        template: Template,
        values: dict[str, Value],
        recipients: Sequence[Person],
    ) -> None:
        if facts.historical or not recipients:
            return
        notice = case_notice(template, facts, values, link=self.links.case(facts.id), cause=event.id)
        await tell(tx, event.oem_id, notice, [staff(one) for one in recipients])


def _about(facts: CaseFacts, asked: _Asked) -> dict[str, Value]:
    amounts = {each: money(asked.amount_minor, asked.currency, each) for each in Locale}
    return facts.for_staff() | {
        "amount": Bilingual(amounts[Locale.ZH_CN], amounts[Locale.EN]),
        "compensation": asked.kind,
    }


async def _approvers(tx: Transaction, oem_id: int, facts: CaseFacts, asked: _Asked) -> Sequence[Person]:
    for role in CHAIN[CHAIN.index(asked.wanted_role) :]:
        meant = await _in_role(tx, oem_id, facts, role)
        answer = await answering(tx, oem_id, meant, but_not=asked.asked_by)
        # Who stands in decides only what is within the own limits.
        found = [one for one in answer if one.role in CHAIN[CHAIN.index(asked.wanted_role) :]]
        if found:
            return found
    return await first_answering(tx, oem_id)


async def _in_role(tx: Transaction, oem_id: int, facts: CaseFacts, role: Role) -> list[Person]:
    if role in DEALER_ROLES:
        return [one for one in await people.staff_of_dealer(tx, oem_id, facts.dealer_id) if one.role is role]
    if role is Role.REGIONAL_MANAGER:
        return await people.regional_managers_of(tx, oem_id, facts.dealer_id)
    everybody = await people.members(tx, oem_id)
    return [one for one in everybody if one.active and one.dealer_id == _AT_OEM and one.role is role]


async def _active(tx: Transaction, oem_id: int, membership_id: UUID | None) -> Person | None:
    found = None if membership_id is None else await people.person(tx, oem_id, membership_id)
    return found if found is not None and found.active else None


def _id_of(person: Person | None) -> UUID | None:
    return person.membership_id if person else None
