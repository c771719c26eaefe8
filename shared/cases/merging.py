"""Two complaints about one matter: merged into one case, and taken apart again (R1.7).

The case that goes on takes the earlier of two promises, and what its customer is told every complainant is
told. The other keeps its customer, words, timeline and tracking link; its own promises end with it. Both
belong to one dealer.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import detail, repository
from shared.cases.commands import Merge, Unmerge
from shared.cases.handling import Change, Handling, held
from shared.cases.repository import NewTimelineEntry
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, Invalid, NotFound
from shared.outbox.events import EventKind
from shared.sla import repository as clocks
from shared.sla.clock import PlannedClock
from shared.sla.firing import fire_due_of_case
from shared.sla.repository import ClockState
from shared.tenancy import Actor
from shared.web.formatting import masked_name

_LONGEST: Final = 2_000


class MergedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case that is handled in another; as in every list the customer's name is masked (R9.2)."""

    id: UUID
    number: str
    title: str
    received_at: datetime
    customer_name: str


class _Clocks(msgspec.Struct, frozen=True):
    """The promises before a merger: those of the merged case, and those of the other that were changed."""

    own: list[tuple[UUID, PlannedClock]]
    other: list[tuple[UUID, PlannedClock]]


_MERGED: Final = """
SELECT c.id, c.number, c.title, c.received_at, p.name AS customer_name
FROM cases c JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
WHERE c.oem_id = $1 AND c.merged_into = $2 ORDER BY c.received_at, c.id
"""
_NUMBERED: Final = "SELECT id FROM cases WHERE oem_id = $1 AND number = $2"
_HOLDS: Final = "SELECT EXISTS (SELECT FROM cases WHERE oem_id = $1 AND merged_into = $2)"
_SHARE: Final = """
UPDATE cases SET result_told_at = $3 WHERE oem_id = $1 AND merged_into = $2 AND result_told_at IS NULL
"""
_CLOCKS: Final = "SELECT merged_clocks FROM cases WHERE oem_id = $1 AND id = $2"
_DUE: Final = ("due_at", "due_metric", "due_started_at")


async def merged_here(tx: Transaction, oem_id: int, case_id: UUID) -> list[MergedCase]:
    """The cases handled in this one, the first received first."""
    found = await tx.rows(MergedCase, _MERGED, oem_id, case_id)
    return [msgspec.structs.replace(each, customer_name=masked_name(each.customer_name)) for each in found]


async def case_numbered(tx: Transaction, oem_id: int, number: str) -> UUID | None:
    """The case of the scope with this number."""
    found: UUID | None = await tx.value(_NUMBERED, oem_id, number.upper())
    return found


async def merge(
    actor: Actor, case_id: UUID, command: Merge, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Handle the case in another from now on; the merged case as it is then.

    Raises `Invalid` (`unknown_case`, `merged_into_itself`) and `Conflict` (`merged_at_other_dealer`,
    `holds_merged_cases`, and what keeps either case from it).
    """
    command = cleaned(command, reason=_LONGEST)
    async with transaction(actor.scope, as_of=as_of) as tx:
        work, other = await _both(tx, actor, case_id, command.into_id, version)
        transitions = work.judge([Command.MERGE], msgspec.structs.asdict(command))
        if other is None:
            raise Invalid.field(
                "into_id", "merged_into_itself" if case_id == command.into_id else "unknown_case"
            )
        absorbing = other.judge([Command.ABSORB], {})
        if other.case.dealer_id != work.case.dealer_id:
            raise Conflict("merged_at_other_dealer")
        await refuse_holder(work)
        before = await _hand_over_clocks(work, other)
        change = Change(
            columns={
                "merged_into": other.case.id,
                "merged_from": work.case.state.value,
                "merged_clocks": msgspec.to_builtins(before),
            },
            text=command.reason,
            data={"into": other.case.number, "into_id": str(other.case.id)},
            event=EventKind.CASE_MERGED,
            payload={"into_id": str(other.case.id)},
        )
        merged = await work.apply(transitions, change)
        told = Change(text=command.reason, data={"number": work.case.number, "merged_id": str(work.case.id)})
        await other.apply(absorbing, told)
        return merged


async def unmerge(
    actor: Actor, case_id: UUID, command: Unmerge, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Let the case go on where it stood, with the promises it had; what has fallen due meanwhile is late."""
    command = cleaned(command, reason=_LONGEST)
    async with transaction(actor.scope, as_of=as_of) as tx:
        into_id = (await detail.case_view(tx, actor.oem_id, case_id)).merged_into
        work, other = await _both(tx, actor, case_id, into_id or case_id, version)
        transitions = work.judge([Command.UNMERGE], msgspec.structs.asdict(command))
        if other is None or other.case.id != work.case.merged_into:
            raise Conflict("stale_version", {"current": work.case.version})
        await _give_back_clocks(work, other)
        change = Change(
            columns={
                "merged_into": None,
                "merged_from": None,
                "merged_clocks": None,
                "closed_at": None,
                "result_told_at": None,
            },
            text=command.reason,
            data={"from": other.case.number, "from_id": str(other.case.id)},
            event=EventKind.CASE_UNMERGED,
            payload={"from_id": str(other.case.id)},
        )
        apart = await work.apply(transitions, change)
        await _tell_other(other, work, command.reason)
        return apart


async def refuse_holder(work: Handling) -> None:
    """Raise `Conflict` (`holds_merged_cases`) for a case that others are handled in."""
    if await work.tx.value(_HOLDS, work.oem_id, work.case.id):
        raise Conflict("holds_merged_cases")


async def share_result(work: Handling) -> None:
    """What is told here is told every complainant: their cases count as told, too (R6.2)."""
    await work.tx.execute(_SHARE, work.oem_id, work.case.id, work.at)


async def _both(
    tx: Transaction, actor: Actor, case_id: UUID, other_id: UUID, version: int | None
) -> tuple[Handling, Handling | None]:
    """Both cases, locked in the order of their ids; None for no other case within reach."""
    found: dict[UUID, Handling] = {}
    for each in sorted({case_id, other_id}):
        try:
            found[each] = await held(tx, actor, each, version=version if each == case_id else None)
        except NotFound:
            if each == case_id:
                raise
    return found[case_id], found.get(other_id) if other_id != case_id else None


async def _hand_over_clocks(work: Handling, other: Handling) -> _Clocks:
    """The case that goes on takes every promise that was made earlier."""
    running = {each.metric: each for each in other.clocks if each.state is ClockState.RUNNING}
    still_open = [each for each in work.clocks if each.is_open]
    earlier = [
        (running[each.metric], each.planned())
        for each in still_open
        if each.metric in running and each.due_at < running[each.metric].due_at
    ]
    await clocks.run_by(work.tx, work.oem_id, work.at, [(mine.id, plan) for mine, plan in earlier])
    await _refresh(other)
    return _Clocks(
        own=[(each.id, each.planned()) for each in still_open],
        other=[(mine.id, mine.planned()) for mine, _ in earlier],
    )


async def _give_back_clocks(work: Handling, other: Handling) -> None:
    before = msgspec.convert(await work.tx.value(_CLOCKS, work.oem_id, work.case.id), _Clocks, strict=False)
    running = {each.id for each in other.clocks if each.state is ClockState.RUNNING}
    back = [each for each in before.other if each[0] in running]
    await clocks.run_by(work.tx, work.oem_id, work.at, [*before.own, *back])
    await _refresh(work)
    await _refresh(other)


async def _refresh(work: Handling) -> None:
    await fire_due_of_case(work.tx, work.oem_id, work.case.id)
    work.clocks = await clocks.lock(work.tx, work.oem_id, work.case.id, work.case.cycle)


async def _tell_other(other: Handling, work: Handling, reason: str) -> None:
    """The case that goes on, whatever its state, says whom it lost, and shows its own promises."""
    due = min((each for each in other.clocks if each.is_open), key=lambda each: each.due_at, default=None)
    values = (due.due_at, due.metric.value, due.started_at) if due else (None, None, None)
    row: dict[str, object] = {**dict(zip(_DUE, values, strict=True)), "updated_at": other.at}
    await repository.update(other.tx, other.oem_id, other.case.id, row)
    entry = NewTimelineEntry(
        dealer_id=other.case.dealer_id,
        case_id=other.case.id,
        kind="release",
        internal=True,
        text=reason,
        data={"number": work.case.number, "released_id": str(work.case.id)},
    )
    await repository.append_to_timeline(other.tx, other.actor, other.at, entry)
