"""What the customer says of messages he may do without, by his link or to staff (R3.7, R5.1)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import detail, reveals
from shared.cases.commands import ChooseMessages
from shared.cases.handling import Change, handling
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.work_vocabulary import AgreementWay
from shared.customers import choices
from shared.customers.choices import Choice
from shared.errors import Invalid
from shared.outbox.events import EventKind
from shared.tenancy import Actor, ActorKind

_LONGEST: Final = 2_000
_CUSTOMER: Final = "SELECT customer_id FROM cases WHERE oem_id = $1 AND id = $2"


async def choose_messages(
    actor: Actor,
    case_id: UUID,
    command: ChooseMessages,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """Keep what the customer wants from now on, at the whole OEM; the same again changes nothing.

    What the law or the complaint itself asks for is told whatever he says. Raises `Invalid`
    (`link_is_the_customers`) where staff name his link, or he anything else.
    """
    command = cleaned(command, note=_LONGEST)
    by_customer = actor.kind is ActorKind.CUSTOMER
    if by_customer is not (command.via is AgreementWay.LINK):
        raise Invalid.field("via", "link_is_the_customers")
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.CHOOSE_MESSAGES], msgspec.structs.asdict(command))
        customer_id: UUID = await work.tx.value(_CUSTOMER, work.oem_id, case_id)
        if await choices.wants_messages(work.tx, customer_id) is command.wanted:
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
            payload={"wanted": command.wanted, "customer_id": str(customer_id)},
        )
        return await work.apply(transitions, change)
