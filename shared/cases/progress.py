"""Speaking with the customer and with colleagues: receipt, contact, request, note (R1.4, R3.6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.accounts import people
from shared.accounts.people import Person
from shared.cases import pausing
from shared.cases.commands import AddNote, ConfirmReceipt, Direction, LogContact, RequestFromCustomer
from shared.cases.handling import Change, Handling, handling
from shared.cases.instants import future
from shared.cases.ownership import AT_OEM
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.errors import Invalid
from shared.outbox.events import EventKind
from shared.tenancy import Actor

_LONGEST: Final = 4_000


async def confirm_receipt(
    actor: Actor,
    case_id: UUID,
    command: ConfirmReceipt,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """Register a case that came in by itself (R1.4)."""
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.CONFIRM_RECEIPT], msgspec.structs.asdict(command))
        return await work.apply(transitions, Change())


async def log_contact(
    actor: Actor, case_id: UUID, command: LogContact, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Log a contact with the customer, or our own attempt at one (R3.6).

    A contact ends the waiting for the customer.
    """
    command = cleaned(command, summary=_LONGEST)
    if not command.effective and command.direction is Direction.INBOUND:
        raise Invalid.field("direction", "attempt_is_outbound")
    judged = Command.LOG_CONTACT if command.effective else Command.LOG_ATTEMPT
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([judged], msgspec.structs.asdict(command))
        change = Change(
            columns=await pausing.answered(work) if command.effective else {},
            text=command.summary,
            data={
                "effective": command.effective,
                "channel": command.channel.value,
                "direction": command.direction.value,
            },
            event=EventKind.CASE_CONTACTED,
            payload={"effective": command.effective},
        )
        return await work.apply(transitions, change)


async def request_from_customer(
    actor: Actor,
    case_id: UUID,
    command: RequestFromCustomer,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """Ask the customer for something; the case waits for him, and what pauses meanwhile is paused."""
    command = cleaned(command, request=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        answer_by = future("answer_by", command.answer_by, work.at, "answer_in_past")
        transitions = work.judge([Command.REQUEST_FROM_CUSTOMER], msgspec.structs.asdict(command))
        change = Change(
            columns={
                "waiting_for": command.request,
                "waiting_since": work.at,
                "answer_by": answer_by,
                **await pausing.begin(work, answer_by),
            },
            text=command.request,
            data={
                "channel": command.via.value,
                "answer_by": answer_by.isoformat() if answer_by else None,
            },
            event=EventKind.CUSTOMER_ASKED,
        )
        return await work.apply(transitions, change)


async def add_note(
    actor: Actor, case_id: UUID, command: AddNote, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Write down what colleagues should know; those who are mentioned are told."""
    command = cleaned(command, text=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.ADD_NOTE], msgspec.structs.asdict(command))
        mentioned = await _mentioned(work, command.mentions)
        if not mentioned:
            return await work.apply(transitions, Change(text=command.text))
        ids = [str(each.membership_id) for each in mentioned]
        change = Change(
            text=command.text,
            data={"mentions": [each.name for each in mentioned], "mention_ids": ids},
            event=EventKind.CASE_MENTIONED,
            payload={"mentioned_ids": ids},
        )
        return await work.apply(transitions, change)


async def _mentioned(work: Handling, wanted: Sequence[UUID]) -> list[Person]:
    """The people, each once; raises `Invalid` for one who cannot see the case."""
    found: list[Person] = []
    for membership_id in dict.fromkeys(wanted):
        person = await people.person(work.tx, work.oem_id, membership_id)
        if person is None or not person.active:
            raise Invalid.field("mentions", "unknown_person")
        if person.dealer_id not in {AT_OEM, work.case.dealer_id}:
            raise Invalid.field("mentions", "person_of_other_dealer")
        found.append(person)
    return found
