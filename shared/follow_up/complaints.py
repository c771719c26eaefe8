"""A complaint about another matter, heard on a call: a new case of the same customer and car (R5.2)."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.cases import detail, service
from shared.cases.commands import Assign
from shared.cases.intake import Source, another_of
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.tenancy import Actor


class NewComplaint(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard on which call about which case; `owner_id` is who is to answer for it."""

    call_id: UUID
    case_id: UUID
    words: str
    owner_id: UUID | None


async def register_complaint(actor: Actor, heard: NewComplaint, *, as_of: datetime | None) -> UUID:
    """Register it, once per call, and hand it to the person named; the id of the case.

    Raises what registering and assigning raise.
    """
    async with transaction(actor.scope, as_of=as_of, read_only=True) as tx:
        before = await detail.case_view(tx, actor.oem_id, heard.case_id)
    intake = another_of(before, Channel.PHONE, heard.words)
    made = await service.register(
        actor, intake, source=Source.STAFF, idempotency_key=f"call:{heard.call_id}", as_of=as_of
    )
    if heard.owner_id is not None and heard.owner_id != made.owner_id:
        wanted = Assign(owner_id=heard.owner_id, reason=heard.words)
        await service.assign(actor, made.id, wanted, version=None, as_of=as_of)
    return made.id
