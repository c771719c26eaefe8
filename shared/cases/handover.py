"""Handing over all that somebody owns, when that person leaves or moves (R1.6)."""

from uuid import UUID

from shared.cases.handling import Handling, held
from shared.cases.ownership import Owner, Owners, facts_of, new_owner
from shared.cases.responsibility import handed_to
from shared.cases.states import Command
from shared.db.engine import Transaction
from shared.tenancy import Actor
from shared.tenants.dealers import dealer

# By id: whoever locks several cases does so in the same order.
_OPEN = "SELECT id FROM cases WHERE oem_id = $1 AND owner_id = $2 AND closed_at IS NULL ORDER BY id"


async def hand_over_all(
    tx: Transaction, actor: Actor, membership_id: UUID, to: UUID | None, reason: str
) -> int:
    """Give every open case of a member to one person, or (`to` None) each as if it had just come in.

    Each case gets its timeline entry, audit entry and event. Runs in the open transaction, in OEM scope:
    where a dealer has nobody else, the OEM's own people are asked. Returns how many cases there were. Raises
    `Invalid` (`owner_id`) for somebody who cannot own one of them, `Conflict` (`nobody_to_own_case`).
    """
    # The product chooses: it hears no case itself, and so never becomes the owner.
    owners = Owners(Actor.system(actor.oem_id))
    case_ids: list[UUID] = await tx.values(_OPEN, actor.oem_id, membership_id)
    for case_id in case_ids:
        work = await held(tx, actor, case_id, version=None)
        owner = await _owner(work, owners, to)
        transitions = work.judge([Command.ASSIGN], {"owner_id": owner.id, "reason": reason})
        await work.apply(transitions, handed_to(work, owner, reason))
    return len(case_ids)


async def _owner(work: Handling, owners: Owners, to: UUID | None) -> Owner:
    tx, oem_id, dealer_id = work.tx, work.oem_id, work.case.dealer_id
    if to is not None:
        return await new_owner(tx, oem_id, dealer_id, to)
    return await owners.of_new_case(tx, await dealer(tx, oem_id, dealer_id), facts_of(work.case))
