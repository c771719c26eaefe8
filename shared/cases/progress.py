"""Moving a case on: contact, plan, result, closing (R3.4, R3.6, R3.7, R3.9)."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.commands import AddNote, Close, ConfirmReceipt, Direction, LogContact, Plan, Resolve
from shared.cases.handling import Change, handling
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.errors import Invalid
from shared.outbox.events import EventKind
from shared.tenancy import Actor

_LONGEST: Final = 4_000
_FARTHEST_PROMISE: Final = timedelta(days=1826)
"""Five years: what lies beyond was mistyped."""


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
    """Log a contact with the customer, or our own attempt at one (R3.6)."""
    command = cleaned(command, summary=_LONGEST)
    if not command.effective and command.direction is Direction.INBOUND:
        raise Invalid.field("direction", "attempt_is_outbound")
    judged = Command.LOG_CONTACT if command.effective else Command.LOG_ATTEMPT
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([judged], msgspec.structs.asdict(command))
        change = Change(
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


async def add_note(
    actor: Actor, case_id: UUID, command: AddNote, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Write down what colleagues should know."""
    command = cleaned(command, text=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.ADD_NOTE], msgspec.structs.asdict(command))
        return await work.apply(transitions, Change(text=command.text))


async def plan(
    actor: Actor, case_id: UUID, command: Plan, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Set the solution and the promised time; with `told_via` the customer has been told (R3.4)."""
    command = cleaned(command, plan=_LONGEST)
    judged = Command.TELL_PLAN if command.told_via else Command.PLAN
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        promised_at = _promised(command.promised_at, work.at)
        transitions = work.judge([judged], msgspec.structs.asdict(command))
        change = Change(
            columns={"plan": command.plan, "promised_at": promised_at},
            text=command.plan,
            data={
                "told_via": command.told_via.value if command.told_via else None,
                "promised_at": promised_at.isoformat() if promised_at else None,
            },
            event=EventKind.CASE_PLANNED,
            payload={"told": command.told_via is not None},
        )
        return await work.apply(transitions, change)


async def resolve(
    actor: Actor, case_id: UUID, command: Resolve, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Tell the customer what was done and found (R3.7)."""
    command = cleaned(command, result=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.RESOLVE], msgspec.structs.asdict(command))
        change = Change(
            columns={"result": command.result},
            text=command.result,
            data={"told_via": command.told_via.value},
            event=EventKind.CASE_RESULT_TOLD,
        )
        return await work.apply(transitions, change)


async def close(
    actor: Actor, case_id: UUID, command: Close, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Close with root cause and preventive measure (R3.9)."""
    command = cleaned(command, root_cause=_LONGEST, preventive_measure=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.CLOSE], msgspec.structs.asdict(command))
        change = Change(
            columns={
                "root_cause": command.root_cause,
                "preventive_measure": command.preventive_measure,
            },
            text=command.root_cause,
            event=EventKind.CASE_CLOSED,
        )
        return await work.apply(transitions, change)


def _promised(promised_at: datetime | None, now: datetime) -> datetime | None:
    if promised_at is None:
        return None
    if promised_at.tzinfo is None:
        raise Invalid.field("promised_at", "time_zone_missing")
    if promised_at <= now:
        raise Invalid.field("promised_at", "promised_in_past")
    if promised_at > now + _FARTHEST_PROMISE:
        raise Invalid.field("promised_at", "promised_too_far")
    return promised_at.astimezone(UTC)
