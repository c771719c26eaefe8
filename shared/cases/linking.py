"""Cases that have to do with each other, each handled by itself (R1.7); merging is the stronger bond."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.commands import Link, Unlink
from shared.cases.handling import Change, Handling
from shared.cases.merging import both_held
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, Invalid
from shared.tenancy import Actor
from shared.web.formatting import masked_name

MOST_OF_CASE: Final = 20
_LONGEST: Final = 2_000


class LinkedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case that has to do with another, and why; as in every list the customer's name is masked (R9.2)."""

    id: UUID
    number: str
    title: str
    state: CaseState
    received_at: datetime
    customer_name: str
    reason: str
    linked_at: datetime
    linked_by: str


# A case that has moved to another dealer is not listed for who cannot see it.
_LINKED: Final = """
SELECT c.id, c.number, c.title, c.state, c.received_at, p.name AS customer_name, l.reason, l.linked_at,
       l.linked_by
FROM case_links l
JOIN cases c ON c.oem_id = l.oem_id AND c.id = l.other_id
JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
WHERE l.oem_id = $1 AND l.case_id = $2
ORDER BY c.received_at, c.id
"""
_COUNT: Final = """
SELECT count(*) AS all, count(*) FILTER (WHERE other_id = $3) AS these
FROM case_links WHERE oem_id = $1 AND case_id = $2
"""
_INSERT: Final = """
INSERT INTO case_links (oem_id, case_id, other_id, dealer_id, reason, linked_at, linked_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_DELETE: Final = "DELETE FROM case_links WHERE oem_id = $1 AND case_id = $2 AND other_id = $3"


class _Counts(msgspec.Struct, frozen=True):
    all: int
    these: int


async def linked_to(tx: Transaction, oem_id: int, case_id: UUID) -> list[LinkedCase]:
    """The cases within the scope that have to do with this one, the first received first."""
    found = await tx.rows(LinkedCase, _LINKED, oem_id, case_id)
    return [msgspec.structs.replace(each, customer_name=masked_name(each.customer_name)) for each in found]


async def link(
    actor: Actor, case_id: UUID, command: Link, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Relate two cases of one dealer in both directions.

    Raises `Invalid` (`unknown_case`, `linked_to_itself`) and `Conflict` (`linked_at_other_dealer`,
    `linked_already`, `too_many_links`).
    """
    async with transaction(actor.scope, as_of=as_of) as tx:
        return await link_within(tx, actor, case_id, command, version=version)


async def link_within(
    tx: Transaction,
    actor: Actor,
    case_id: UUID,
    command: Link,
    *,
    version: int | None,
    is_limited: bool = True,
) -> CaseView:
    """As `link`, in a transaction that is open already; not `is_limited`: however many links there are."""
    command = cleaned(command, reason=_LONGEST)
    work, other = await both_held(tx, actor, case_id, command.other_id, version)
    transitions = work.judge([Command.LINK], msgspec.structs.asdict(command))
    if other is None:
        raise _no_other(case_id, command.other_id)
    if other.case.dealer_id != work.case.dealer_id:
        raise Conflict("linked_at_other_dealer")
    there = other.judge([Command.LINK], msgspec.structs.asdict(command))
    await _refuse_more(work, other, MOST_OF_CASE if is_limited else None)
    for one, another in ((work, other), (other, work)):
        place = (work.oem_id, one.case.id, another.case.id, one.case.dealer_id)
        await tx.execute(_INSERT, *place, command.reason, work.at, actor.name)
    await other.apply(there, _told(work, command.reason))
    return await work.apply(transitions, _told(other, command.reason))


async def unlink(
    actor: Actor, case_id: UUID, command: Unlink, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """The two have nothing to do with each other; raises `Invalid` as `link`, `Conflict` (`not_linked`)."""
    command = cleaned(command, reason=_LONGEST)
    async with transaction(actor.scope, as_of=as_of) as tx:
        work, other = await both_held(tx, actor, case_id, command.other_id, version)
        transitions = work.judge([Command.UNLINK], msgspec.structs.asdict(command))
        if other is None:
            raise _no_other(case_id, command.other_id)
        there = other.judge([Command.UNLINK], msgspec.structs.asdict(command))
        if not await tx.execute(_DELETE, work.oem_id, case_id, other.case.id):
            raise Conflict("not_linked")
        await tx.execute(_DELETE, work.oem_id, other.case.id, case_id)
        await other.apply(there, _told(work, command.reason))
        return await work.apply(transitions, _told(other, command.reason))


def _no_other(case_id: UUID, other_id: UUID) -> Invalid:
    return Invalid.field("other_id", "linked_to_itself" if case_id == other_id else "unknown_case")


async def _refuse_more(work: Handling, other: Handling, most: int | None) -> None:
    for one, another in ((work, other), (other, work)):
        found = await work.tx.row(_Counts, _COUNT, work.oem_id, one.case.id, another.case.id)
        if found is not None and found.these:
            raise Conflict("linked_already")
        if found is not None and most is not None and found.all >= most:
            raise Conflict("too_many_links", {"limit": most})


def _told(other: Handling, reason: str) -> Change:
    return Change(text=reason, data={"number": other.case.number, "other_id": str(other.case.id)})
