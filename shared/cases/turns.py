"""Turns beside the straight way: hold, resume, withdraw, reopen (R3.3), and new links."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import compensation_rows, merging, task_rows, work_rows
from shared.cases.commands import Hold, RenewLink, Reopen, Resume, Withdraw
from shared.cases.handling import Change, Handling, handling
from shared.cases.ownership import new_owner
from shared.cases.progress_columns import ANSWERED
from shared.cases.promises_anew import begin_cycle
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.work_vocabulary import AgreementWay
from shared.db.engine import transaction
from shared.errors import Invalid
from shared.outbox.events import EventKind
from shared.tenancy import Actor, ActorKind

_LONGEST: Final = 2_000
# What the cycle before has come to; the timeline keeps it.
_FORGOTTEN: Final[dict[str, object]] = {
    "plan": "",
    "promised_at": None,
    "visit_unconfirmed": False,
    "result": "",
    "found": "",
    "advice": "",
    "result_told_at": None,
    "root_cause": "",
    "preventive_measure": "",
    "closed_at": None,
    "pauses": [],
    "verdict": None,
    "satisfied_with_process": None,
    "satisfied_with_result": None,
}


_GENERATION: Final = "SELECT link_generation FROM cases WHERE oem_id = $1 AND id = $2"


async def renew_link(
    actor: Actor, case_id: UUID, command: RenewLink, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """End every link to the case that was sent; the next message to the customer brings a new one."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.RENEW_LINK], msgspec.structs.asdict(command))
        generation = await work.tx.value(_GENERATION, work.oem_id, case_id)
        change = Change(columns={"link_generation": generation + 1}, text=command.reason)
        return await work.apply(transitions, change)


async def hold(
    actor: Actor, case_id: UUID, command: Hold, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Stalemate, cooled down, with a reason (R3.3); no promise is paused by it."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.HOLD], msgspec.structs.asdict(command))
        change = Change(text=command.reason, event=EventKind.CASE_HELD)
        return await work.apply(transitions, change)


async def resume(
    actor: Actor, case_id: UUID, command: Resume, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Go on where the case was held."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.RESUME], msgspec.structs.asdict(command))
        change = Change(text=command.reason, event=EventKind.CASE_RESUMED)
        return await work.apply(transitions, change)


async def withdraw(
    actor: Actor, case_id: UUID, command: Withdraw, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """The customer does not pursue the case; what was still to be done for it is cancelled with it.

    Where others are handled in it, they go on by themselves; a merged one leaves the others to theirs.
    """
    command = cleaned(command, reason=_LONGEST)
    by_customer = actor.kind is ActorKind.CUSTOMER
    if by_customer is not (command.via is AgreementWay.LINK):
        raise Invalid.field("via", "link_is_the_customers")
    async with transaction(actor.scope, as_of=as_of) as tx:
        work, holder = await merging.with_holder(tx, actor, case_id, version=version)
        transitions = work.judge([Command.WITHDRAW], msgspec.structs.asdict(command))
        await task_rows.cancel_all(work, command.reason)
        await compensation_rows.drop_all(work, command.reason)
        await merging.release_waiting(work, command.reason)
        before = await merging.clocks_before(work) if holder else None
        change = Change(
            columns={
                **ANSWERED,
                **merging.APART,
                "open_tasks": 0,
                "open_compensations": 0,
                "transfer_asked_at": None,
            },
            text=command.reason,
            data={"via": command.via.value},
            event=EventKind.CASE_WITHDRAWN,
            payload={"by_customer": by_customer, "from_id": str(holder.case.id) if holder else None},
        )
        withdrawn = await work.apply(transitions, change)
        if holder and before:
            await merging.leave(holder, work, before, command.reason)
        return withdrawn


async def reopen_held(work: Handling, command: Reopen, holder: Handling | None = None) -> CaseView:
    """As `shared.cases.reopening.reopen`, for a case under its lock already, with the one it is handled in.

    A merged case whose customer is not satisfied goes on by itself; the others have their result.
    """
    transitions = work.judge([Command.REOPEN], msgspec.structs.asdict(command))
    await work_rows.reconsider_points(work.tx, work.oem_id, work.case.id)
    await merging.forget_result(work)
    before = await merging.clocks_before(work) if holder else None
    await begin_cycle(work, work.at)
    owner: dict[str, object] = {}
    if command.owner_id is not None and command.owner_id != work.case.owner_id:
        named = await new_owner(work.tx, work.oem_id, work.case.dealer_id, command.owner_id)
        owner = {"owner_id": named.id, "owner_name": named.name, "previous_owner_id": work.case.owner_id}
    change = Change(
        columns={
            **_FORGOTTEN,
            **ANSWERED,
            **merging.APART,
            **owner,
            "cycle": work.case.cycle + 1,
            "reopened_at": work.at,
            "open_points": work.case.points,
        },
        text=command.reason,
        data={"cycle": work.case.cycle + 1},
        event=EventKind.CASE_REOPENED,
        payload={"cycle": work.case.cycle + 1},
    )
    reopened = await work.apply(transitions, change)
    if holder and before:
        await merging.leave(holder, work, before, command.reason)
    return reopened
