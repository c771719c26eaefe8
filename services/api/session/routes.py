"""Signing in, switching places, and one's own sessions."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.api.auth import PUBLIC, bearer_token
from services.api.session.schemas import Credentials, PlaceWanted, SessionOpened, WhoAmI, opened, who
from shared.accounts import service
from shared.accounts.service import MembershipChoice, OwnSession, SessionTerms
from shared.tenancy import Actor


class Sessions(msgspec.Struct, frozen=True):
    """One's own open sessions, last used first."""

    items: list[OwnSession]


class Memberships(msgspec.Struct, frozen=True):
    """The places one can act in."""

    items: list[MembershipChoice]


@post("/session", opt={PUBLIC: True}, tags=["Session"], summary="Sign in")
async def sign_in(
    request: Request[Any, Any, Any], data: JSONBody[Credentials], terms: NamedDependency[SessionTerms]
) -> SessionOpened:
    """Open a session in the first of the person's places.

    After too many failures the answer is 429 with Retry-After, whatever the password.
    """
    client = request.client.host if request.client else ""
    return opened(await service.sign_in(data.email, data.password, client, terms=terms))


@get("/session", tags=["Session"], summary="Who am I", sync_to_thread=False)
def who_am_i(actor: NamedDependency[Actor]) -> WhoAmI:
    """The person or integration behind the token, and what it may do."""
    return who(actor)


@delete("/session", tags=["Session"], summary="Sign out")
async def sign_out(request: Request[Any, Any, Any]) -> None:
    """End the session of the token."""
    await service.sign_out(bearer_token(request))


@get("/session/memberships", tags=["Session"], summary="Places to act in")
async def memberships(request: Request[Any, Any, Any]) -> Memberships:
    """The OEMs and dealers the person belongs to."""
    return Memberships(await service.memberships_of(bearer_token(request)))


@put("/session/membership", tags=["Session"], summary="Switch to another place")
async def switch(request: Request[Any, Any, Any], data: JSONBody[PlaceWanted]) -> SessionOpened:
    """Act in another place, under a new token; the old one stops working."""
    return opened(await service.switch_membership(bearer_token(request), data.membership_id))


@get("/sessions", tags=["Session"], summary="Own sessions")
async def own_sessions(actor: NamedDependency[Actor]) -> Sessions:
    """The person's open sessions, last used first."""
    return Sessions(await service.sessions_of(actor))


@delete("/sessions/{session_id:uuid}", tags=["Session"], summary="End one of one's own sessions")
async def end_session(actor: NamedDependency[Actor], session_id: FromPath[UUID]) -> None:
    """End a session of the same person, for instance on a lost device."""
    await service.close_session(actor, session_id)


HANDLERS = [sign_in, who_am_i, sign_out, memberships, switch, own_sessions, end_session]
