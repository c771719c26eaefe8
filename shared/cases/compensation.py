"""What the customer is given, within somebody's authority (R3.2, R3.5).

A limit counts all that the case gets of the kind in the present cycle: slices make the amount no smaller.
Within the actor's own limit it is given at once; above it, somebody of the chain with the limit is asked, and
nothing is given before that person has approved.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import compensation_rows as rows
from shared.cases.authority import authority, given_of, up_to
from shared.cases.compensation_rows import Compensation
from shared.cases.handling import Change, Handling, handling
from shared.cases.repository import Data
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.work_commands import (
    Approve,
    Compensate,
    Decline,
    DropCompensation,
    GiveCompensation,
)
from shared.cases.work_rows import compensations_of
from shared.cases.work_vocabulary import CompensationState
from shared.errors import Conflict, Forbidden, Invalid
from shared.outbox.events import EventKind
from shared.permissions import Role
from shared.tenancy import Actor

_LONGEST: Final = 2_000
_State = CompensationState


async def compensate(
    actor: Actor, case_id: UUID, command: Compensate, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Give something within the own limit, or ask for it up the chain.

    Raises `Invalid` for another currency than that of the limits (`other_currency`) and for an amount that
    nobody may give (`nobody_may_give`).
    """
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        limits = await authority(work.tx, work.oem_id)
        in_all = await _in_all(work, command)
        within = limits.allows(actor.role, command.kind, in_all)
        judged = Command.COMPENSATE if within else Command.ASK_APPROVAL
        transitions = work.judge([judged], msgspec.structs.asdict(command))
        if command.currency != limits.currency:
            raise Invalid.field("currency", "other_currency", currency=limits.currency)
        if within:
            return await work.apply(transitions, await _given(work, command))
        approver = limits.approver(command.kind, in_all)
        return await work.apply(transitions, await _asked(work, command, approver))


async def approve(
    actor: Actor,
    case_id: UUID,
    compensation_id: UUID,
    command: Approve,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """Let it be given.

    Raises `Forbidden` above the actor's own limit (`above_limit`) and for what the actor asked for himself
    (`own_request`), `NotFound` (`compensation_not_found`), `Conflict` (`already_decided`).
    """
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.APPROVE], msgspec.structs.asdict(command))
        asked = await _to_decide(work, compensation_id)
        await rows.decide(work, asked.id, "approved", command.reason)
        await rows.move(work, asked.id, _State.APPROVED, approver=actor.name)
        change = _decided(asked, command.reason, "approved")
        return await work.apply(transitions, change)


async def decline(
    actor: Actor,
    case_id: UUID,
    compensation_id: UUID,
    command: Decline,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """It is not given. Raises as `approve` does."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.DECLINE], msgspec.structs.asdict(command))
        asked = await _to_decide(work, compensation_id)
        await rows.decide(work, asked.id, "declined", command.reason)
        await rows.move(work, asked.id, _State.DECLINED)
        change = _decided(asked, command.reason, "declined")
        change.columns["open_compensations"] = work.case.open_compensations - 1
        return await work.apply(transitions, change)


async def give(
    actor: Actor,
    case_id: UUID,
    compensation_id: UUID,
    command: GiveCompensation,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """What was approved has been given.

    Raises `NotFound` (`compensation_not_found`), `Conflict` (`not_approved`) before the approval and after
    a refusal, and (`already_given`).
    """
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.GIVE_COMPENSATION], msgspec.structs.asdict(command))
        found = await rows.find(work, compensation_id)
        if found.state is not _State.APPROVED:
            raise Conflict("already_given" if found.state is _State.GIVEN else "not_approved")
        await rows.move(work, found.id, _State.GIVEN)
        change = Change(
            columns={"open_compensations": work.case.open_compensations - 1},
            data=_of(found),
            event=EventKind.COMPENSATION_GIVEN,
            payload={"compensation_id": str(found.id)},
        )
        return await work.apply(transitions, change)


async def drop(
    actor: Actor,
    case_id: UUID,
    compensation_id: UUID,
    command: DropCompensation,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """What was asked for or approved is not needed any more. Raises `NotFound` and `Conflict`."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.DROP_COMPENSATION], msgspec.structs.asdict(command))
        found = await rows.find(work, compensation_id)
        if found.state not in {_State.ASKED, _State.APPROVED}:
            raise Conflict("already_decided")
        await rows.decide(work, found.id, "dropped", command.reason)
        await rows.move(work, found.id, _State.DROPPED)
        change = Change(
            columns={"open_compensations": work.case.open_compensations - 1},
            text=command.reason,
            data=_of(found),
        )
        return await work.apply(transitions, change)


async def _given(work: Handling, command: Compensate) -> Change:
    compensation_id = await rows.insert_given(work, command)
    return Change(
        text=command.reason,
        data=_wanted(compensation_id, command),
        event=EventKind.COMPENSATION_GIVEN,
        payload={"compensation_id": str(compensation_id)},
    )


async def _in_all(work: Handling, command: Compensate) -> int:
    """What the case gets of the kind with this, read under its lock."""
    present = await compensations_of(work.tx, work.oem_id, work.case.id)
    before = given_of(present, command.kind, command.currency, work.case.reopened_at)
    return before + command.amount_minor


async def _asked(work: Handling, command: Compensate, wanted_role: Role | None) -> Change:
    if wanted_role is None:
        raise Invalid.field("amount_minor", "nobody_may_give")
    compensation_id = await rows.insert_asked(work, command, wanted_role)
    return Change(
        columns={"open_compensations": work.case.open_compensations + 1},
        text=command.reason,
        data={**_wanted(compensation_id, command), "wanted_role": wanted_role.value},
        event=EventKind.APPROVAL_ASKED,
        payload={"compensation_id": str(compensation_id)},
    )


async def _to_decide(work: Handling, compensation_id: UUID) -> Compensation:
    found = await rows.find(work, compensation_id)
    if found.state is not _State.ASKED:
        raise Conflict("already_decided")
    limits = await authority(work.tx, work.oem_id)
    present = await compensations_of(work.tx, work.oem_id, work.case.id)
    wanted = next(each for each in present if each.id == compensation_id)
    in_all = up_to(present, wanted, work.case.reopened_at)
    if found.currency != limits.currency or not limits.allows(work.actor.role, found.kind, in_all):
        raise Forbidden("above_limit")
    if found.asked_by is not None and found.asked_by == work.actor.membership_id:
        raise Forbidden("own_request")
    return found


def _decided(asked: Compensation, reason: str, decision: str) -> Change:
    return Change(
        text=reason,
        data=_of(asked),
        event=EventKind.APPROVAL_DECIDED,
        payload={"compensation_id": str(asked.id), "decision": decision},
    )


def _of(found: Compensation) -> Data:
    return {
        "compensation_id": str(found.id),
        "kind": found.kind.value,
        "amount_minor": found.amount_minor,
        "currency": found.currency,
    }


def _wanted(compensation_id: UUID, command: Compensate) -> Data:
    return {
        "compensation_id": str(compensation_id),
        "kind": command.kind.value,
        "amount_minor": command.amount_minor,
        "currency": command.currency,
    }
