"""The systems that are told of events by signed webhooks: who they are, and what they were told."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.addresses import next_page
from services.admin.forms import command, fields_of, many_of, refused, version_of
from services.admin.other_systems import chosen_dealer, known_dealers, other_system_tabs
from services.admin.pages import fragment, go, is_fragment, look, page
from services.admin.session import AnyRequest, FromSession, Reader, web_settings
from services.admin.webhooks.models import DeliveriesPage, EndpointRow, WebhooksPage
from shared.db.engine import transaction
from shared.errors import Conflict, Invalid
from shared.notifications.outbound import Outbound
from shared.notifications.webhooks import deliveries, endpoints
from shared.notifications.webhooks.endpoints import ChangeEndpoint, EndpointWithSecret, NewEndpoint
from shared.notifications.webhooks.vocabulary import OFFERED
from shared.permissions import Permission
from shared.web.components import EMPTY_FORM, Choice, FormState, Toast
from shared.web.labels import label
from shared.web.locale import translator
from shared.web.sentences import sentence

PAGE_LENGTH: Final = 50


@get("/webhooks")
async def webhook_list(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The endpoints."""
    reader.actor.require(Permission.API_KEY_MANAGE)
    return await _page(request, reader)


@post("/webhooks")
async def create(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Tell another system of events; the answer shows its secret, once."""
    reader.actor.require(Permission.API_KEY_MANAGE)
    fields = await fields_of(request)
    chosen = await many_of(request, "kinds")
    outbound: Outbound = request.app.state.outbound
    try:
        values: dict[str, object] = {name: fields.get(name, "") for name in ("name", "url")}
        values["kinds"] = chosen
        values["dealer_id"] = chosen_dealer(fields)
        new = command(NewEndpoint, values)
        made = await endpoints.create(reader.actor, new, web_settings(request).secret, outbound)
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, status=error.status, form=form, chosen=chosen)
    return await _page(request, reader, made=made)


@post("/webhooks/{endpoint_id:uuid}")
async def change(
    request: AnyRequest, reader: FromSession, endpoint_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Tell it of other events, or at another address."""
    reader.actor.hide_without(Permission.API_KEY_MANAGE)
    fields = await fields_of(request)
    chosen = await many_of(request, "kinds")
    outbound: Outbound = request.app.state.outbound
    try:
        values: dict[str, object] = {name: fields.get(name, "") for name in ("name", "url")}
        values |= {"kinds": chosen, "version": version_of(fields)}
        await endpoints.change(reader.actor, endpoint_id, command(ChangeEndpoint, values), outbound)
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _log(request, reader, endpoint_id, status=error.status, form=form, chosen=chosen)
    return go(request, f"/webhooks/{endpoint_id}", "webhook_changed")


@post("/webhooks/{endpoint_id:uuid}/renew")
async def renew(request: AnyRequest, reader: FromSession, endpoint_id: FromPath[UUID]) -> Response[str]:
    """Another secret for an endpoint; the answer shows it, once."""
    try:
        made = await endpoints.renew(reader.actor, endpoint_id, web_settings(request).secret)
    except Conflict as error:
        return await _refusal(request, reader, error)
    return await _page(request, reader, made=made)


@post("/webhooks/{endpoint_id:uuid}/stop")
async def stop(
    request: AnyRequest, reader: FromSession, endpoint_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Tell it nothing more."""
    try:
        await endpoints.stop(reader.actor, endpoint_id)
    except Conflict as error:
        return await _refusal(request, reader, error)
    return go(request, "/webhooks", "webhook_stopped")


@post("/webhooks/{endpoint_id:uuid}/let")
async def let(
    request: AnyRequest, reader: FromSession, endpoint_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Tell it again of what happens."""
    try:
        await endpoints.let(reader.actor, endpoint_id)
    except Conflict as error:
        return await _refusal(request, reader, error)
    return go(request, "/webhooks", "webhook_let")


@post("/webhooks/{endpoint_id:uuid}/test")
async def test(
    request: AnyRequest, reader: FromSession, endpoint_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Send it a test and show its log."""
    try:
        await endpoints.test(reader.actor, endpoint_id)
    except Conflict as error:
        return await _refusal(request, reader, error)
    return go(request, f"/webhooks/{endpoint_id}", "webhook_tested")


@get("/webhooks/{endpoint_id:uuid}")
async def log(request: AnyRequest, reader: FromSession, endpoint_id: FromPath[UUID]) -> Response[str]:
    """What it was told, newest first; htmx asks for more rows at its end."""
    return await _log(request, reader, endpoint_id)


@post("/webhooks/{endpoint_id:uuid}/deliveries/{delivery_id:uuid}/replay")
async def replay(
    request: AnyRequest, reader: FromSession, endpoint_id: FromPath[UUID], delivery_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Tell an event again under its id."""
    try:
        await deliveries.replay(reader.actor, endpoint_id, delivery_id)
    except Conflict as error:
        said = Toast(sentence(translator(reader.locale), error.code, error.params), "bad")
        return await _log(request, reader, endpoint_id, status=error.status, toasts=[said])
    return go(request, f"/webhooks/{endpoint_id}", "webhook_replayed")


async def _log(
    request: AnyRequest,
    reader: Reader,
    endpoint_id: UUID,
    *,
    status: int = 200,
    toasts: Sequence[Toast] = (),
    form: FormState = EMPTY_FORM,
    chosen: Sequence[str] | None = None,
) -> Response[str]:
    cursor = request.query_params.get("cursor")
    found = await deliveries.deliveries(reader.actor, endpoint_id, cursor=cursor, limit=PAGE_LENGTH)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        about = await endpoints.endpoint(tx, reader.actor, endpoint_id)
        now = await tx.now()
        model = DeliveriesPage(
            endpoint=about,
            rows=found.items,
            more_url=next_page(f"/webhooks/{endpoint_id}", {}, found.next_cursor),
            kinds=_kinds(reader),
            chosen=[kind.value for kind in about.kinds] if chosen is None else list(chosen),
            form=form,
        )
        if is_fragment(request):
            return fragment(request, reader, now, "webhooks/_rows.html", page=model)
        shown = await look(tx, reader)
    return await page(
        request, reader, shown, "webhooks/log.html", "sources", status=status, toasts=toasts, page=model
    )


async def _refusal(request: AnyRequest, reader: Reader, error: Conflict) -> Response[str]:
    said = Toast(sentence(translator(reader.locale), error.code, error.params), "bad")
    return await _page(request, reader, status=error.status, toasts=[said])


async def _page(
    request: AnyRequest,
    reader: Reader,
    *,
    status: int = 200,
    form: FormState = EMPTY_FORM,
    chosen: Sequence[str] = (),
    made: EndpointWithSecret | None = None,
    toasts: Sequence[Toast] = (),
) -> Response[str]:
    found = await endpoints.endpoints(reader.actor)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        dealers = await known_dealers(tx, reader)
        shown = await look(tx, reader)
    model = WebhooksPage(
        tabs=other_system_tabs(reader, "/webhooks"),
        rows=[EndpointRow(endpoint=each, dealer=dealers.names.get(each.dealer_id, "")) for each in found],
        dealers=dealers.choices,
        kinds=_kinds(reader),
        chosen=list(chosen),
        made=made,
        form=form,
    )
    return await page(
        request, reader, shown, "webhooks/webhooks.html", "sources", status=status, toasts=toasts, page=model
    )


def _kinds(reader: Reader) -> list[Choice]:
    speak = translator(reader.locale)
    return [Choice(kind.value, label(speak, "webhook_event", kind.value)) for kind in OFFERED]


HANDLERS = [webhook_list, create, change, renew, stop, let, test, log, replay]
