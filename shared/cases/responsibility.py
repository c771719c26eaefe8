"""Who answers for a case: taking it, handing it over, calling for help, answering (R1.6, R3.1, R4.2)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import afterwards, escalated
from shared.cases.commands import Acknowledge, Assign, Escalate, HandBack, Take, TakeOver
from shared.cases.handling import Change, Handling, handling, held
from shared.cases.ownership import Owner, new_owner
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState
from shared.db.engine import Transaction
from shared.errors import Conflict, Forbidden, Invalid
from shared.outbox.events import EventKind
from shared.sla import repository as clocks
from shared.sla.clock import level_of
from shared.tenancy import Actor

_LONGEST: Final = 2_000


async def take(
    actor: Actor, case_id: UUID, command: Take, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Become the owner; whoever takes a case that came in by itself registers it."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.TAKE], msgspec.structs.asdict(command))
        owner = Owner(_person(actor), actor.name)
        if work.case.state is not CaseState.RECEIVED:
            _refuse_same_owner(work, owner)
        return await work.apply(transitions, handed_to(work, owner, command.reason))


async def assign(
    actor: Actor, case_id: UUID, command: Assign, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Make another person the owner, with a reason."""
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        return await _assigned(work, command)


async def assign_within(tx: Transaction, actor: Actor, case_id: UUID, command: Assign) -> None:
    """The same in an open transaction; nothing where that person owns the case already."""
    work = await held(tx, actor, case_id, version=None)
    if work.case.owner_id != command.owner_id:
        await _assigned(work, command)


async def _assigned(work: Handling, command: Assign) -> CaseView:
    command = cleaned(command, reason=_LONGEST)
    transitions = work.judge([Command.ASSIGN], msgspec.structs.asdict(command))
    owner = await new_owner(work.tx, work.oem_id, work.case.dealer_id, command.owner_id)
    _refuse_same_owner(work, owner)
    return await work.apply(transitions, handed_to(work, owner, command.reason))


async def take_over(
    actor: Actor, case_id: UUID, command: TakeOver, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Somebody of the OEM becomes the owner of a dealer's case (R3.2); the dealer can see it all the same."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.TAKE_OVER], msgspec.structs.asdict(command))
        owner = Owner(_person(actor), actor.name)
        _refuse_same_owner(work, owner)
        return await work.apply(transitions, handed_to(work, owner, command.reason))


async def hand_back(
    actor: Actor, case_id: UUID, command: HandBack, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Give the case back to who owned it before.

    Raises `Conflict` (`not_the_owner`) for anybody but the owner, and (`nobody_to_hand_back_to`) where nobody
    had it before or that person cannot own it any more.
    """
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.HAND_BACK], msgspec.structs.asdict(command))
        before = work.case.previous_owner_id
        if before is None:
            raise Conflict("nobody_to_hand_back_to")
        try:
            owner = await new_owner(work.tx, work.oem_id, work.case.dealer_id, before)
        except Invalid as error:
            raise Conflict("nobody_to_hand_back_to") from error
        return await work.apply(transitions, handed_to(work, owner, command.reason))


async def escalate(
    actor: Actor, case_id: UUID, command: Escalate, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Call the next person up the chain; who that is, the handler of the event finds out."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.ESCALATE], msgspec.structs.asdict(command))
        escalation_id = await escalated.add_manual(work.tx, work.oem_id, work.case, command.reason, work.at)
        change = Change(
            text=command.reason,
            event=EventKind.CASE_ESCALATED,
            payload={"escalation_id": str(escalation_id)},
        )
        return await work.apply(transitions, change)


async def acknowledge(
    actor: Actor, case_id: UUID, command: Acknowledge, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Answer every escalation of the case that waits for the actor; the clocks of breaches stop climbing.

    Raises `Conflict` (`nothing_to_acknowledge`) when none does.
    """
    command = cleaned(command, note=_LONGEST, question=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.ACKNOWLEDGE], msgspec.structs.asdict(command))
        answered = await escalated.acknowledge(
            work.tx, work.oem_id, case_id, _person(actor), actor.name, work.at
        )
        if not answered:
            raise Conflict("nothing_to_acknowledge")
        # Whoever answers an old warning has not heard of the breach.
        breached = [
            each.clock_id
            for each in answered
            if each.clock_id is not None and level_of(each.step) is not None
        ]
        await clocks.stop_climbing(work.tx, work.oem_id, breached, work.at)
        calls = {each.call for each in answered if each.call is not None}
        await afterwards.keep_help(work, calls)
        steps = [f"{each.metric}/{each.step}" for each in answered]
        change = Change(
            text="\n".join(part for part in (command.note, command.question) if part),
            data={"steps": steps, "asks_owner": bool(command.question)},
            event=EventKind.ESCALATION_ACKNOWLEDGED,
            payload={
                "escalation_ids": [str(each.id) for each in answered],
                "asks_owner": bool(command.question),
            },
        )
        return await work.apply(transitions, change)


def _person(actor: Actor) -> UUID:
    if actor.membership_id is None:
        raise Forbidden("people_only")
    return actor.membership_id


def _refuse_same_owner(work: Handling, owner: Owner) -> None:
    if owner.id == work.case.owner_id:
        raise Conflict("already_owner", {"name": owner.name})


def handed_to(work: Handling, owner: Owner, reason: str) -> Change:
    """What another owner makes of a case."""
    return Change(
        columns={
            "owner_id": owner.id,
            "owner_name": owner.name,
            "previous_owner_id": work.case.owner_id,
        },
        text=reason,
        data={
            "owner": owner.name,
            "owner_before": work.case.owner_name,
            "owner_id": str(owner.id),
            "owner_before_id": str(work.case.owner_id),
        },
        event=EventKind.CASE_ASSIGNED,
        payload={"owner_id": str(owner.id)},
    )
