"""What a customer does without, by the links in the messages that he may do without (R3.7, R5.1).

Such a link opens nothing of the case: whoever handles the customer's mail may follow it.
"""

from datetime import datetime

import msgspec

from shared.cases import service
from shared.cases.commands import ChooseMessages
from shared.cases.customer_links import CustomerLinks, Purpose, linked_case
from shared.cases.work_vocabulary import ChoiceWay
from shared.db.engine import transaction
from shared.portal import limits
from shared.portal.tracking import TrackedCase, case_behind, customer_actor
from shared.tenancy import Scope


class OpenedChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer wants at the instant `now`; `wanted`: also what he may do without."""

    now: datetime
    case: TrackedCase
    wanted: bool


async def open_choice(links: CustomerLinks, token: str) -> OpenedChoice:
    """The choice behind a link; raises `NotFound` (`link_invalid`) for any link that does not hold."""
    linked = linked_case(token)
    async with transaction(Scope.portal(linked.oem_id, linked.case_id), read_only=True) as tx:
        case = await case_behind(tx, links, linked, Purpose.CHOICE)
        wanted: bool = await tx.value("SELECT portal_wants_messages()")
        return OpenedChoice(now=await tx.now(), case=case, wanted=wanted)


async def choose(
    links: CustomerLinks, token: str, *, wanted: bool, purpose: Purpose = Purpose.CHOICE
) -> None:
    """Keep what the customer wants, by a link of this purpose; he may change it as often as he likes.

    Raises what `open_choice` and `service.choose_messages` raise, and `TooManyRequests`.
    """
    actor, linked = await customer_actor(links, token, purpose)
    await limits.take(limits.of_case(linked.case_id))
    # Only who gets the customer's messages has their link; the page is opened by whoever sent the complaint.
    via = ChoiceWay.LINK if purpose is Purpose.CHOICE else ChoiceWay.PAGE
    command = ChooseMessages(wanted=wanted, via=via)
    await service.choose_messages(actor, linked.case_id, command, version=None)
