"""Webhooks: the other systems that are told of events, and the log of what they were told."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from services.api.parameters import Cursor, SecretIdempotencyKey
from services.api.webhooks.schemas import CHANGE_ENDPOINT, NEW_ENDPOINT, Endpoints
from shared.notifications.outbound import Outbound
from shared.notifications.webhooks import deliveries, endpoints
from shared.notifications.webhooks.deliveries import WebhookDeliveries, WebhookDelivery
from shared.notifications.webhooks.endpoints import ChangeEndpoint, Endpoint, EndpointWithSecret, NewEndpoint
from shared.settings import WebSettings
from shared.tenancy import Actor

_TAGS: Final = ["Webhooks to other systems"]
_AnyRequest = Request[Any, Any, Any]


@get("/webhooks", tags=_TAGS, summary="Webhooks", operation_id="listWebhooks")
async def list_endpoints(actor: NamedDependency[Actor]) -> Endpoints:
    """The systems that are told of events, without their secrets; stopped ones included."""
    return Endpoints(await endpoints.endpoints(actor))


@post("/webhooks", tags=_TAGS, summary="Create a webhook", operation_id="createWebhook")
async def create_endpoint(
    request: _AnyRequest,
    actor: NamedDependency[Actor],
    data: Annotated[NewEndpoint, NEW_ENDPOINT],
    idempotency_key: SecretIdempotencyKey = None,
) -> EndpointWithSecret:
    """Tell another system of events, signed as Standard Webhooks (standardwebhooks.com) has it.

    Each is a POST of `{"type", "timestamp", "data"}` with ids and codes; `webhook-id` stays the same over
    all tries. Any 2xx within ten seconds means taken; 410 ends the webhook; whatever else is tried again for
    three days. The secret is shown this once: where the answer was lost, 409 `made_already` says which
    webhook it was, and its secret can be renewed.
    """
    outbound: Outbound = request.app.state.outbound
    return await endpoints.create(actor, data, _key(request), outbound, idempotency_key=idempotency_key)


@put("/webhooks/{endpoint_id:uuid}", tags=_TAGS, summary="Change a webhook", operation_id="changeWebhook")
async def change_endpoint(
    request: _AnyRequest,
    actor: NamedDependency[Actor],
    endpoint_id: FromPath[UUID],
    data: Annotated[ChangeEndpoint, CHANGE_ENDPOINT],
) -> Endpoint:
    """Tell it of other events, or at another address; what waits already goes there, too."""
    outbound: Outbound = request.app.state.outbound
    return await endpoints.change(actor, endpoint_id, data, outbound)


@post(
    "/webhooks/{endpoint_id:uuid}/secret", tags=_TAGS, summary="Renew its secret", operation_id="renewWebhook"
)
async def renew_endpoint(
    request: _AnyRequest, actor: NamedDependency[Actor], endpoint_id: FromPath[UUID]
) -> EndpointWithSecret:
    """Make another secret, shown this once; for 24 hours the present one signs as well.

    So does every other that was renewed less than 24 hours ago: renewing twice ends none earlier. 409
    (`too_many_secrets`) while five are good.
    """
    return await endpoints.renew(actor, endpoint_id, _key(request))


@delete("/webhooks/{endpoint_id:uuid}", tags=_TAGS, summary="Stop a webhook", operation_id="stopWebhook")
async def stop_endpoint(actor: NamedDependency[Actor], endpoint_id: FromPath[UUID]) -> None:
    """Tell it nothing more, until it is let again; its log stays."""
    await endpoints.stop(actor, endpoint_id)


@post(
    "/webhooks/{endpoint_id:uuid}/activation",
    tags=_TAGS,
    summary="Let a webhook be told again",
    operation_id="activateWebhook",
)
async def let_endpoint(actor: NamedDependency[Actor], endpoint_id: FromPath[UUID]) -> Endpoint:
    """Tell it of what happens from now on."""
    return await endpoints.let(actor, endpoint_id)


@post(
    "/webhooks/{endpoint_id:uuid}/test",
    status_code=202,
    tags=_TAGS,
    summary="Test a webhook",
    operation_id="testWebhook",
)
async def test_endpoint(actor: NamedDependency[Actor], endpoint_id: FromPath[UUID]) -> None:
    """Send it `webhook.test`, once; the log tells what it answered."""
    await endpoints.test(actor, endpoint_id)


@get(
    "/webhooks/{endpoint_id:uuid}/deliveries",
    tags=_TAGS,
    summary="What it was told",
    operation_id="listWebhookDeliveries",
)
async def list_deliveries(
    actor: NamedDependency[Actor],
    endpoint_id: FromPath[UUID],
    cursor: Cursor = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200, description="At most so many.")] = 50,
) -> WebhookDeliveries:
    """The events it was told, newest first, with what became of each."""
    return await deliveries.deliveries(actor, endpoint_id, cursor=cursor, limit=limit)


@post(
    "/webhooks/{endpoint_id:uuid}/deliveries/{delivery_id:uuid}/replay",
    status_code=202,
    tags=_TAGS,
    summary="Tell it again",
    operation_id="replayWebhookDelivery",
)
async def replay_delivery(
    actor: NamedDependency[Actor], endpoint_id: FromPath[UUID], delivery_id: FromPath[UUID]
) -> WebhookDelivery:
    """Tell an event again under its `webhook-id`, whatever became of it before."""
    return await deliveries.replay(actor, endpoint_id, delivery_id)


def _key(request: _AnyRequest) -> str:
    web: WebSettings = request.app.state.web
    return web.secret


HANDLERS = [
    list_endpoints,
    create_endpoint,
    change_endpoint,
    renew_endpoint,
    stop_endpoint,
    let_endpoint,
    test_endpoint,
    list_deliveries,
    replay_delivery,
]
