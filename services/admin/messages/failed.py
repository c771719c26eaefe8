"""Sending everything again that the filters leave of what failed: counted first, then confirmed."""

import msgspec
from litestar import Response, get, post

from services.admin.addresses import address_of
from services.admin.forms import fields_of
from services.admin.messages.filters import Chosen, chosen_in
from services.admin.messages.models import FailedPage
from services.admin.pages import go, look, page
from services.admin.session import AnyRequest, FromSession
from shared.db.engine import transaction
from shared.notifications.failed import MOST_AT_ONCE, failed_messages, send_failed_again
from shared.outbox.vocabulary import MessageState

_PATH = "/messages/failed"
_CERTAIN = (MessageState.DEAD, MessageState.EXPIRED)


@get(_PATH)
async def failed(request: AnyRequest, reader: FromSession) -> Response[str]:
    """How many would go again, which stay, and what may arrive twice."""
    chosen = _chosen(dict(request.query_params))
    found = await failed_messages(reader.actor, chosen.wanted(reader.zone))
    model = FailedPage(
        certain=sum(each.count for each in found if each.state is not MessageState.UNKNOWN),
        unknown=sum(each.count for each in found if each.state is MessageState.UNKNOWN),
        unwanted=sum(each.unwanted for each in found),
        oldest=min((each.oldest for each in found), default=None),
        newest=max((each.newest for each in found), default=None),
        most=MOST_AT_ONCE,
        chosen={name: str(value) for name, value in chosen.parts().items() if value},
        back_url=_list_of(chosen),
    )
    async with transaction(reader.actor.scope, read_only=True) as tx:
        shown = await look(tx, reader)
    return await page(request, reader, shown, "messages/failed.html", "messages", page=model)


@post(f"{_PATH}/send-again")
async def send_again(request: AnyRequest, reader: FromSession) -> Response[None]:
    """Send them again; those whose end is not known only where the form says so."""
    fields = await fields_of(request)
    chosen = _chosen(fields)
    wanted = chosen.wanted(reader.zone)
    if not fields.get("with_unknown"):
        wanted = msgspec.structs.replace(wanted, states=_CERTAIN)
    done = await send_failed_again(reader.actor, wanted)
    if done.left:
        return go(request, address_of(_PATH, chosen.parts()), "requeue_some")
    return go(request, _list_of(chosen), "requeue_failed" if done.count else "requeue_none")


def _chosen(fields: dict[str, str]) -> Chosen:
    return chosen_in({**fields, "view": "failed"})


def _list_of(chosen: Chosen) -> str:
    return address_of("/messages", chosen.parts())


HANDLERS = [failed, send_again]
