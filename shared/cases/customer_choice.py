"""What the customer says of messages he may do without, by his link or to staff (R3.7, R5.1)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import detail, reveals
from shared.cases.commands import ChooseMessages
from shared.cases.handling import Change, Handling, handling
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.work_vocabulary import ChoiceWay
from shared.customers import choices
from shared.customers.choices import Choice
from shared.errors import Invalid
from shared.outbox.events import EventKind
from shared.tenancy import Actor, ActorKind

_LONGEST: Final = 2_000
_HIS_OWN: Final = frozenset({ChoiceWay.LINK, ChoiceWay.PAGE})
_CUSTOMER: Final = "SELECT customer_id FROM cases WHERE oem_id = $1 AND id = $2"


async def choose_messages(
    actor: Actor,
    case_id: UUID,
    command: ChooseMessages,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """Keep what the customer wants from now on; the same again changes nothing.

    It holds at the whole OEM; said on the page of a case, for that case. What the law or the complaint itself
    asks for is told whatever he says. Raises `Invalid` (`link_is_the_customers`) where staff name his link or
    page, or he anything else.
    """
    command = cleaned(command, note=_LONGEST)
    by_customer = actor.kind is ActorKind.CUSTOMER
    if by_customer is not (command.via in _HIS_OWN):
        raise Invalid.field("via", "link_is_the_customers")
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.CHOOSE_MESSAGES], msgspec.structs.asdict(command))
        customer_id: UUID = await work.tx.value(_CUSTOMER, work.oem_id, case_id)
        if await _is_said(work, customer_id, command):
            return await reveals.seen(work.tx, actor, await detail.case_view(work.tx, work.oem_id, case_id))
        choice = Choice(
            dealer_id=work.case.dealer_id,
            case_id=case_id,
            customer_id=customer_id,
            wanted=command.wanted,
            via=command.via.value,
        )
        await choices.write(work.tx, work.oem_id, choice)
        change = Change(
            text=command.note,
            data={"wanted": command.wanted, "via": command.via.value},
            event=EventKind.CUSTOMER_CHOSE,
            payload={
                "wanted": command.wanted,
                "customer_id": str(customer_id),
                "on_page": command.via is ChoiceWay.PAGE,
            },
        )
        return await work.apply(transitions, change)


async def _is_said(work: Handling, customer_id: UUID, command: ChooseMessages) -> bool:
    """Whether it is known already, as far as the way it was said tells."""
    case_id = work.case.id
    if command.via is ChoiceWay.PAGE:
        return await choices.said_on_case(work.tx, work.oem_id, case_id) is command.wanted
    known = {await choices.wants_messages(work.tx, customer_id, each) for each in (None, case_id)}
    return known == {command.wanted}
