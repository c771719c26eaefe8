"""The systems that may send complaints and calls by signed webhooks: who they are, and their secrets."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.forms import command, fields_of, refused, whole_number
from services.admin.other_systems import chosen_dealer, known_dealers, other_system_tabs
from services.admin.pages import go, look, page
from services.admin.session import AnyRequest, FromSession, Reader, web_settings
from shared.db.engine import transaction
from shared.errors import Conflict, Invalid
from shared.inbound import sources
from shared.inbound.sources import ANSWER_SECONDS, CHANNELS, NewSource, Source, SourceWithSecret
from shared.permissions import Permission
from shared.web.components import EMPTY_FORM, Choice, FormState, Tab, Toast
from shared.web.labels import label
from shared.web.locale import translator
from shared.web.sentences import sentence

_PATH: Final = "/api/v1/inbound/"


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A source, and the name of the dealer it sends for (empty: for all)."""

    source: Source
    dealer: str


class SourcesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The sources newest first, the form for one more, and the one whose secret is shown just now.

    `path` is what stands before the id of a source in its address.
    """

    rows: list[SourceRow]
    channels: list[Choice]
    dealers: list[Choice]
    path: str
    tabs: list[Tab]
    answer_seconds: int = ANSWER_SECONDS
    made: SourceWithSecret | None = None
    form: FormState = EMPTY_FORM


@get("/sources")
async def source_list(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The sources."""
    reader.actor.require(Permission.API_KEY_MANAGE)
    return await _page(request, reader)


@post("/sources")
async def create(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Let another system send; the answer shows its secret, once."""
    reader.actor.require(Permission.API_KEY_MANAGE)
    fields = await fields_of(request)
    try:
        values: dict[str, object] = {name: fields.get(name, "") for name in ("code", "name", "channel")}
        values["answer_seconds"] = whole_number(fields, "answer_seconds")
        values["dealer_id"] = chosen_dealer(fields)
        made = await sources.create(reader.actor, command(NewSource, values), web_settings(request).secret)
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, status=error.status, form=form)
    return await _page(request, reader, made=made)


@post("/sources/{source_id:uuid}/renew")
async def renew(request: AnyRequest, reader: FromSession, source_id: FromPath[UUID]) -> Response[str]:
    """Another secret for a source; the answer shows it, once."""
    try:
        made = await sources.renew(reader.actor, source_id, web_settings(request).secret)
    except Conflict as error:
        said = Toast(sentence(translator(reader.locale), error.code, error.params), "bad")
        return await _page(request, reader, status=error.status, toasts=[said])
    return await _page(request, reader, made=made)


@post("/sources/{source_id:uuid}/revoke")
async def revoke(request: AnyRequest, reader: FromSession, source_id: FromPath[UUID]) -> Response[None]:
    """Take nothing more from a source."""
    await sources.revoke(reader.actor, source_id)
    return go(request, "/sources", "source_revoked")


async def _page(
    request: AnyRequest,
    reader: Reader,
    *,
    status: int = 200,
    form: FormState = EMPTY_FORM,
    made: SourceWithSecret | None = None,
    toasts: Sequence[Toast] = (),
) -> Response[str]:
    found = await sources.sources(reader.actor)
    speak = translator(reader.locale)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        dealers = await known_dealers(tx, reader)
        shown = await look(tx, reader)
    model = SourcesPage(
        tabs=other_system_tabs(reader, "/sources"),
        rows=[SourceRow(source=each, dealer=dealers.names.get(each.dealer_id, "")) for each in found],
        channels=[Choice(each.value, label(speak, "channel", each.value)) for each in CHANNELS],
        dealers=dealers.choices,
        path=web_settings(request).portal_url.rstrip("/") + _PATH,
        made=made,
        form=form,
    )
    return await page(
        request, reader, shown, "sources/sources.html", "sources", status=status, toasts=toasts, page=model
    )


HANDLERS = [source_list, create, renew, revoke]
