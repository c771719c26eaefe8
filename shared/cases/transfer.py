"""To another dealer: the dealer asks, the OEM does it, and all that belongs to the case goes along (R9.1).

The customer's promises are left alone: whose the case is makes no difference to him.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import repository
from shared.cases.commands import AskTransfer, RefuseTransfer, Transfer
from shared.cases.handling import Change, Handling, handling
from shared.cases.merging import refuse_holder
from shared.cases.ownership import Owner, Owners, facts_of, new_owner
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.transfer_rows import move_children
from shared.cases.views import CaseView
from shared.customers.repository import (
    customer_facts,
    find_or_create_customer,
    find_or_create_vehicle,
    vehicle_facts,
)
from shared.errors import Conflict, Invalid, NotFound
from shared.outbox.events import EventKind
from shared.tenancy import Actor
from shared.tenants import dealers
from shared.tenants.dealers import Dealer

_LONGEST: Final = 2_000


async def ask_transfer(
    actor: Actor, case_id: UUID, command: AskTransfer, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """The dealer asks the OEM to move the case; raises `Conflict` (`transfer_asked_already`)."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.ASK_TRANSFER], msgspec.structs.asdict(command))
        if work.case.transfer_asked:
            raise Conflict("transfer_asked_already")
        change = Change(
            columns={"transfer_asked_at": work.at},
            text=command.reason,
            event=EventKind.TRANSFER_ASKED,
        )
        return await work.apply(transitions, change)


async def refuse_transfer(
    actor: Actor,
    case_id: UUID,
    command: RefuseTransfer,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """The case stays; raises `Conflict` (`transfer_not_asked`)."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.REFUSE_TRANSFER], msgspec.structs.asdict(command))
        change = Change(columns={"transfer_asked_at": None}, text=command.reason)
        return await work.apply(transitions, change)


async def transfer(
    actor: Actor, case_id: UUID, command: Transfer, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Move the case with its timeline, clocks, escalations, messages and work to another dealer.

    Customer and vehicle become known to the new dealer; those of the old one stay. Raises `Invalid`
    (`unknown_dealer`), `Conflict` (`same_dealer`, `dealer_inactive`, `external_ref_exists`,
    `holds_merged_cases`).
    """
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.TRANSFER], msgspec.structs.asdict(command))
        await refuse_holder(work)
        dealer = await _dealer(work, command.dealer_id)
        owner = await _owner(work, dealer, command.owner_id)
        columns: dict[str, object] = {
            "dealer_id": dealer.id,
            "transfer_asked_at": None,
            "owner_id": owner.id,
            "owner_name": owner.name,
            # Who had it at the old dealer cannot have it back.
            "previous_owner_id": None,
            **await _people_and_car(work, dealer.id),
        }
        before = work.case.dealer_id
        await move_children(work.tx, work.oem_id, case_id, dealer.id)
        work.case = msgspec.structs.replace(work.case, dealer_id=dealer.id)
        change = Change(
            columns=columns,
            text=command.reason,
            data={
                "dealer_id": dealer.id,
                "dealer_before_id": before,
                "dealer": dealer.name,
                "dealer_en": dealer.name_en,
                "owner": owner.name,
                "owner_id": str(owner.id),
            },
            event=EventKind.CASE_ASSIGNED,
            payload={"owner_id": str(owner.id)},
        )
        with repository.known_references_refused():
            return await work.apply(transitions, change)


async def _dealer(work: Handling, dealer_id: int) -> Dealer:
    if dealer_id == work.case.dealer_id:
        raise Conflict("same_dealer")
    try:
        found = await dealers.dealer(work.tx, work.oem_id, dealer_id)
    except NotFound as error:
        raise Invalid.field("dealer_id", "unknown_dealer") from error
    if not found.active:
        raise Conflict("dealer_inactive", {"dealer": found.code})
    return found


async def _owner(work: Handling, dealer: Dealer, wanted: UUID | None) -> Owner:
    if wanted is not None:
        return await new_owner(work.tx, work.oem_id, dealer.id, wanted)
    return await Owners(work.actor).of_new_case(work.tx, dealer, facts_of(work.case))


async def _people_and_car(work: Handling, dealer_id: int) -> dict[str, object]:
    tx, oem_id = work.tx, work.oem_id
    facts = await customer_facts(tx, oem_id, work.case.customer_id)
    # What was told at one dealer, perhaps by a stranger's form, changes nobody's address at another.
    customer = await find_or_create_customer(tx, oem_id, dealer_id, work.at, facts, may_change=False)
    if work.case.vehicle_id is None:
        return {"customer_id": customer.id}
    car = await vehicle_facts(tx, oem_id, work.case.vehicle_id)
    vehicle = await find_or_create_vehicle(tx, oem_id, dealer_id, work.at, car, may_change=False)
    return {"customer_id": customer.id, "vehicle_id": vehicle.id if vehicle else None}
