"""A complaint that another system sends becomes a case like any other (R1.1, R1.8)."""

from datetime import datetime
from typing import Annotated, Final

import msgspec

from shared.cases import service
from shared.cases.intake import ComplaintTold, Intake, Source
from shared.cases.views import CaseView
from shared.db.engine import transaction
from shared.errors import Invalid
from shared.inbound.sources import Sender
from shared.tenants import dealers
from shared.web.locale import negotiate, translator

_REFERENCE: Final = 150


class InboundComplaint(ComplaintTold, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A complaint as another system tells it; empty means not known.

    Its channel is the source's. `dealer_code` may be left out: then the case is the source's dealer's, or the
    OEM desk's. `reference` is the complaint's number over there, taken once per source and dealer.
    Either `words` or `fault_label` has to say what it is about.
    """

    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=_REFERENCE)]
    dealer_code: Annotated[str, msgspec.Meta(max_length=60)] = ""


async def take_complaint(
    sender: Sender, complaint: InboundComplaint, *, as_of: datetime | None = None
) -> CaseView:
    """Register what was sent; the same message again gives the first case.

    Raises what `shared.cases.service.register` raises, and `Invalid` for a dealer code that is not known.
    """
    intake = Intake(
        channel=sender.channel,
        dealer_id=await _dealer_id(sender, complaint.dealer_code.strip()),
        external_ref=f"{sender.code}:{complaint.reference}",
        # A message that was held back on its way is no less a complaint.
        backdating_reason=translator(negotiate(sender.actor.locale)).gettext(
            "Sent by %(source)s.", source=sender.actor.name
        ),
        **{name: getattr(complaint, name) for name in ComplaintTold.__struct_fields__},
    )
    return await service.register(
        sender.actor,
        intake,
        source=Source.API,
        idempotency_key=f"webhook:{sender.message_id}",
        as_of=as_of,
    )


async def _dealer_id(sender: Sender, code: str) -> int | None:
    if not code:
        return None
    async with transaction(sender.actor.scope, read_only=True) as tx:
        for each in await dealers.dealers(tx, sender.actor.oem_id):
            if each.code.casefold() == code.casefold():
                return None if each.is_desk else each.id
    raise Invalid.field("dealer_code", "unknown_dealer")
