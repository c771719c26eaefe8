"""Who has signed a webhook: a guard on the raw body, before anything in it is looked at."""

from typing import Any
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler

from shared.errors import NotFound
from shared.inbound.sources import Sender, admit
from shared.settings import WebSettings
from shared.web.requests import remember_actor


async def require_signature(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Find the sender of the request; raises `Unauthenticated` as `shared.inbound.sources.admit`."""
    if not isinstance(connection, Request):
        raise NotFound("not_found")
    web: WebSettings = connection.app.state.web
    source_id = UUID(str(connection.path_params["source_id"]))
    sender = await admit(source_id, await connection.body(), connection.headers, web.secret)
    connection.state.sender = sender
    remember_actor(sender.actor)


def _sender(request: Request[Any, Any, Any]) -> Sender:
    return request.state.sender


SENDER = {"sender": Provide(_sender, sync_to_thread=False)}
"""The dependency `sender: NamedDependency[Sender]` of a handler guarded by `require_signature`."""
