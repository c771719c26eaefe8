"""Opening a case again, or after a while a new one that is linked to it (R3.3, proofs.md, Changes)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import detail, linking, merging, promises, reveals, turns
from shared.cases.command_moves import FINAL
from shared.cases.commands import Link, Reopen
from shared.cases.intake import Source, another_of
from shared.cases.register import register
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState, Channel
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict
from shared.idempotency.keys import Once
from shared.tenancy import Actor

_LONGEST: Final = 2_000
_WHOSE: Final = "case"
# A case out of the scope has no state here.
_MADE: Final = """
SELECT c.state FROM idempotency_keys k LEFT JOIN cases c ON c.oem_id = k.oem_id AND c.id = k.made_id
WHERE k.oem_id = $1 AND k.actor = $2 AND starts_with(k.key, $3) ORDER BY length(k.key), k.key
"""


class _Made(msgspec.Struct, frozen=True):
    state: CaseState | None


async def reopen(
    actor: Actor, case_id: UUID, command: Reopen, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Begin a new cycle: counted, with promises that count from now, every point to be confirmed anew.

    A case that has been closed for longer than the policy says stays closed: a new one of the same customer
    and vehicle is registered instead and linked to it, and given back, once however often and by whom this is
    asked until the new one is over itself.
    `owner_id` names who answers for it from now on. Raises as `new_owner`, and as registering and linking;
    `Conflict` (`reopened_at_other_dealer`) where the new one has moved out of the actor's scope.
    """
    command = cleaned(command, reason=_LONGEST)
    async with transaction(actor.scope, as_of=as_of) as tx:
        work, holder = await merging.with_holder(tx, actor, case_id, version=version)
        before = await detail.case_view(tx, work.oem_id, case_id)
        terms = await promises.terms(tx, work.oem_id, work.case.dealer_id)
        if not _is_too_late(before, terms.policy.reopen_days, work.at):
            return await turns.reopen_held(work, command, holder)
        work.judge([Command.REOPEN], msgspec.structs.asdict(command))
        once = await _once(tx, work.oem_id, before)
    again = another_of(before, Channel(before.channel), command.reason)
    again = msgspec.structs.replace(again, owner_id=command.owner_id, title=before.title)

    async def related(tx: Transaction, made_id: UUID) -> None:
        link = Link(other_id=case_id, reason=command.reason)
        await linking.link_within(tx, actor, made_id, link, version=None, is_limited=False)

    made = await register(actor, again, source=Source.STAFF, once=once, alongside=related, as_of=as_of)
    async with transaction(actor.scope, as_of=as_of, read_only=True) as tx:
        return await reveals.seen(tx, actor, await detail.case_view(tx, actor.oem_id, made.id))


async def _once(tx: Transaction, oem_id: int, case: CaseView) -> Once:
    """One new case at a time for each closing, whoever asks for it and why."""
    closing = f"reopen:{case.id}:{case.cycle}:"
    made = await tx.rows(_Made, _MADE, oem_id, _WHOSE, closing)
    turn = len(made)
    if made:
        newest = made[-1].state
        if newest is None:
            raise Conflict("reopened_at_other_dealer")
        if newest not in FINAL:
            turn -= 1
    return Once(_WHOSE, f"{closing}{turn}", case.id.bytes)


def _is_too_late(case: CaseView, days: int, now: datetime) -> bool:
    return case.closed_at is not None and now - case.closed_at > timedelta(days=days)
