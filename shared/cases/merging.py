"""Two complaints about one matter: merged into one case, and taken apart again (R1.7).

The case that goes on takes the earlier of two promises, and what its customer is told every complainant is
told. The other keeps its customer, words, timeline and tracking link; its own promises end with it. Both
belong to one dealer. A case is locked before those that are handled in it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases import pausing, repository
from shared.cases.commands import Merge, Unmerge
from shared.cases.handling import Change, Handling, due_next, held
from shared.cases.joint_promises import JointClocks, complainants, keep_earliest, own_plans, refresh, so_far
from shared.cases.repository import NewTimelineEntry
from shared.cases.states import Command, Transition
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, Invalid, NotFound
from shared.outbox.events import EventKind
from shared.sla import repository as clocks
from shared.sla.policy import WAITS
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
_UNSHARE: Final = """
UPDATE cases SET result_told_at = NULL, satisfied_with_process = NULL, satisfied_with_result = NULL
WHERE oem_id = $1 AND merged_into = $2
"""
_MERGED_OF: Final = """
SELECT id FROM cases WHERE oem_id = $1 AND id = ANY($2::uuid[]) AND merged_into IS NOT NULL
"""
_INTO: Final = "SELECT merged_into FROM cases WHERE oem_id = $1 AND id = $2"
_WAITING: Final = """
SELECT id FROM cases WHERE oem_id = $1 AND merged_into = $2 AND result_told_at IS NULL ORDER BY id
"""
_CLOCKS: Final = "SELECT merged_clocks FROM cases WHERE oem_id = $1 AND id = $2"
APART: Final[dict[str, object]] = {"merged_into": None, "merged_from": None, "merged_clocks": None}
"""The columns of a case that is not merged any more."""


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
        work, other = await both_held(tx, actor, case_id, command.into_id, version)
        transitions = work.judge([Command.MERGE], msgspec.structs.asdict(command))
        if other is None:
            raise Invalid.field(
                "into_id", "merged_into_itself" if case_id == command.into_id else "unknown_case"
            )
        absorbing = other.judge([Command.ABSORB], {})
        if other.case.dealer_id != work.case.dealer_id:
            raise Conflict("merged_at_other_dealer")
        await refuse_holder(work)
        # Nobody waits in a case that is handled elsewhere; what was paused until now stays so.
        waiting_no_more = await pausing.answered(work)
        before = JointClocks(
            # Whoever a case waits for is waited for no more once it is handled elsewhere.
            own=[
                (each.id, each.planned()) for each in work.clocks if each.is_open and each.metric not in WAITS
            ],
            other=[],
        )
        change = Change(
            columns={
                **waiting_no_more,
                "merged_into": other.case.id,
                "merged_from": work.case.state.value,
                "merged_clocks": msgspec.to_builtins(before),
            },
            text=command.reason,
            data={"into": other.case.number, "into_id": str(other.case.id)},
            event=EventKind.CASE_MERGED,
            payload={"into_id": str(other.case.id)},
        )
        own = own_plans(await complainants(other))
        merged = await work.apply(transitions, change)
        await keep_earliest(other, other.case, await complainants(other), own)
        told = Change(text=command.reason, data={"number": work.case.number, "merged_id": str(work.case.id)})
        await other.apply(absorbing, told)
        return merged


async def unmerge(
    actor: Actor, case_id: UUID, command: Unmerge, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Let the case go on where it stood, with the promises it had; what has fallen due meanwhile is late.

    What paused the other case meanwhile has paused this one, too.
    """
    command = cleaned(command, reason=_LONGEST)
    async with transaction(actor.scope, as_of=as_of) as tx:
        work, other = await with_holder(tx, actor, case_id, version=version)
        transitions = work.judge([Command.UNMERGE], msgspec.structs.asdict(command))
        assert other is not None  # noqa: S101  # the table lets only a merged case come here
        return await _take_out(work, other, transitions, command.reason)


async def with_holder(
    tx: Transaction, actor: Actor, case_id: UUID, *, version: int | None
) -> tuple[Handling, Handling | None]:
    """The case under its lock, and the one it is handled in; raises `Conflict` if that has just changed."""
    into_id: UUID | None = await tx.value(_INTO, actor.oem_id, case_id)
    holder = None if into_id is None else await held(tx, Actor.system(actor.oem_id), into_id, version=None)
    work = await held(tx, actor, case_id, version=version)
    if work.case.merged_into != into_id:
        raise Conflict("stale_version", {"current": work.case.version})
    return work, holder


async def clocks_before(work: Handling) -> JointClocks:
    """The promises of a merged case, and of the one it is handled in, as they were before the merger."""
    found = await work.tx.value(_CLOCKS, work.oem_id, work.case.id)
    return msgspec.convert(found, JointClocks, strict=False)


async def leave(holder: Handling, work: Handling, before: JointClocks, reason: str) -> None:
    """`work` is not handled in `holder` any more: it has its own promises back, and says whom it lost."""
    found = await complainants(holder)
    own = {**dict(before.other), **own_plans(found)}
    await keep_earliest(holder, holder.case, found, own)
    due = due_next(each for each in holder.clocks if each.is_open)
    await repository.update(holder.tx, holder.oem_id, holder.case.id, {**due, "updated_at": holder.at})
    entry = NewTimelineEntry(
        dealer_id=holder.case.dealer_id,
        case_id=holder.case.id,
        kind="release",
        internal=True,
        text=reason,
        data={"number": work.case.number, "released_id": str(work.case.id)},
    )
    await repository.append_to_timeline(holder.tx, work.actor, holder.at, entry)
    audit = AuditEntry(
        action="case.release",
        entity="case",
        entity_id=holder.case.id,
        dealer_id=holder.case.dealer_id,
        fields=sorted(due),
    )
    await append(holder.tx, work.actor, holder.at, audit)


async def release_waiting(work: Handling, reason: str) -> None:
    """Let the merged cases that wait for a result go on by themselves, for this one ends without."""
    ids: list[UUID] = await work.tx.values(_WAITING, work.oem_id, work.case.id)
    for case_id in ids:
        merged = await held(work.tx, Actor.system(work.oem_id), case_id, version=None)
        transitions = merged.judge([Command.UNMERGE], {"reason": reason})
        await _take_out(merged, work, transitions, reason)


async def refuse_holder(work: Handling) -> None:
    """Raise `Conflict` (`holds_merged_cases`) for a case that others are handled in."""
    if await work.tx.value(_HOLDS, work.oem_id, work.case.id):
        raise Conflict("holds_merged_cases")


async def share_result(work: Handling) -> None:
    """What is told here is told every complainant: their cases count as told, too (R6.2)."""
    await work.tx.execute(_SHARE, work.oem_id, work.case.id, work.at)


async def forget_result(work: Handling) -> None:
    """The matter is open again: nobody has been told its result, or said how satisfied he is with it."""
    await work.tx.execute(_UNSHARE, work.oem_id, work.case.id)


async def both_held(
    tx: Transaction, actor: Actor, case_id: UUID, other_id: UUID, version: int | None
) -> tuple[Handling, Handling | None]:
    """Both cases under their locks; None for no other case within reach.

    What is handled in another is locked last, as everywhere, otherwise the ids tell the order.
    """
    found: dict[UUID, Handling] = {}
    merged: set[UUID] = set(await tx.values(_MERGED_OF, actor.oem_id, [case_id, other_id]))
    for each in sorted({case_id, other_id}, key=lambda one: (one in merged, one)):
        try:
            found[each] = await held(tx, actor, each, version=version if each == case_id else None)
        except NotFound:
            if each == case_id:
                raise
    return found[case_id], found.get(other_id) if other_id != case_id else None


async def _take_out(
    work: Handling, holder: Handling, transitions: Sequence[Transition], reason: str
) -> CaseView:
    before = await clocks_before(work)
    merged = next(each for each in await complainants(holder) if each.id == work.case.id)
    own, pauses = await so_far(holder, holder.case, merged, work.at)
    await clocks.run_by(work.tx, work.oem_id, work.at, own)
    await refresh(work, work.case.cycle)
    change = Change(
        columns={**APART, "closed_at": None, "result_told_at": None, "pauses": pauses},
        text=reason,
        data={"from": holder.case.number, "from_id": str(holder.case.id)},
        event=EventKind.CASE_UNMERGED,
        payload={"from_id": str(holder.case.id)},
    )
    apart = await work.apply(transitions, change)
    await leave(holder, work, before, reason)
    return apart
