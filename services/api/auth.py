"""Who calls: a Bearer token, which is a session's or an API key.

Every route of `/api/v1` asks for one, unless its handler says `opt={"public": True}`; forgetting something
here closes a route instead of opening it.
"""

from dataclasses import replace
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler

from shared.accounts.service import authenticate, authenticate_key
from shared.accounts.tokens import KEY_PREFIX
from shared.errors import Unauthenticated
from shared.tenancy import Actor
from shared.web.requests import current_request_id, remember_actor

PUBLIC = "public"


async def require_actor(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard: finds the actor of the request; raises `Unauthenticated` when there is none."""
    if handler.opt.get(PUBLIC):
        return
    token = bearer_token(connection)
    known = await (authenticate_key(token) if token.startswith(KEY_PREFIX) else authenticate(token))
    actor = replace(known, request_id=current_request_id())
    connection.scope["auth"] = actor
    remember_actor(actor)


def bearer_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The token of the Authorization header (RFC 6750); raises `Unauthenticated` (`not_signed_in`)."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated("not_signed_in")
    return token.strip()


def _actor(request: Request[Any, Any, Any]) -> Actor:
    return request.auth


ACTOR = Provide(_actor, sync_to_thread=False)
"""The dependency `actor: Actor` of every handler that is not public."""
