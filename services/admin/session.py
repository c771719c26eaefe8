"""Who reads the console: a session in a cookie, and the proof that a form came from one's own page.

Every route asks for a session unless its handler says `opt={"public": True}`, and for a CSRF token unless the
method is safe; forgetting something here closes a route instead of opening it.

The token of the session is the key of the CSRF tokens: with a new sign-in or another organisation the forms
of old pages end. Before sign-in the random id of the visitor cookie stands in for it.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, FormMultiDict
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ClientException
from litestar.handlers import BaseRouteHandler

from shared.accounts.repository import SessionRow
from shared.accounts.service import SignedIn, current_session
from shared.clock import utc_now
from shared.errors import Forbidden, NotFound, Unauthenticated
from shared.settings import WebSettings
from shared.sla.wall_clock import zone_named
from shared.sla.working_time import WorkingTimeError
from shared.tenancy import Actor
from shared.web.locale import Locale, negotiate
from shared.web.requests import current_request_id, remember_actor
from shared.web.security import (
    CSRF_FIELD,
    CSRF_HEADER,
    SAFE_METHODS,
    is_same_origin,
    is_valid_csrf_token,
    issue_csrf_token,
)

AnyRequest = Request[Any, Any, Any]
AnyConnection = ASGIConnection[Any, Any, Any, Any]

PUBLIC: Final = "public"
WITHOUT_TENANT: Final = "without_tenant"
"""The handler's option that lets in whoever belongs to no OEM (the platform operator)."""

SESSION_COOKIE: Final = "huiyin_session"
VISITOR_COOKIE: Final = "huiyin_visitor"
LOCALE_COOKIE: Final = "huiyin_locale"
THEME_COOKIE: Final = "huiyin_theme"
SHORTCUTS_COOKIE: Final = "huiyin_shortcuts"
_ONE_YEAR_S: Final = 31_536_000
_DEFAULT_ZONE: Final = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Reader:
    """Somebody signed in, and how they read: language and time zone."""

    actor: Actor
    session: SessionRow
    token: str = field(repr=False)
    locale: Locale

    @cached_property
    def zone(self) -> ZoneInfo:
        """The profile's time zone."""
        try:
            return zone_named(self.actor.time_zone)
        except WorkingTimeError:
            return _DEFAULT_ZONE

    def named(self, name: str, name_en: str) -> str:
        """The name of an OEM, dealer or region in the reader's language."""
        return name_en if self.locale is Locale.EN and name_en else name


async def admit(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """A guard: finds the reader and refuses forms of other pages.

    Raises `Unauthenticated`, `NotFound` for the platform operator on a tenant's page, and `Forbidden`
    (`forged_request`).
    """
    if not handler.opt.get(PUBLIC):
        reader = await _reader(connection)
        connection.scope["user"] = reader
        remember_actor(reader.actor)
        if reader.actor.scope.oem_id is None and not handler.opt.get(WITHOUT_TENANT):
            raise NotFound("not_found")
    if connection.scope.get("method") not in SAFE_METHODS:
        await _refuse_forged(connection)


async def _reader(connection: AnyConnection) -> Reader:
    token = connection.cookies.get(SESSION_COOKIE, "")
    if not token:
        raise Unauthenticated("not_signed_in")
    found = await current_session(token)
    actor = replace(found.actor, request_id=current_request_id())
    return Reader(actor, found.session, token, locale_of(connection, actor.locale))


async def _refuse_forged(connection: AnyConnection) -> None:
    headers = {name.lower(): value for name, value in connection.headers.items()}
    token = headers.get(CSRF_HEADER)
    if token is None and isinstance(connection, Request):
        given = (await form_of(connection)).get(CSRF_FIELD)
        token = given if isinstance(given, str) else None
    web = web_settings(connection)
    is_ours = is_valid_csrf_token(web.secret, csrf_key(connection), token)
    if not is_ours or not is_same_origin(headers, headers.get("host", "")):
        raise Forbidden("forged_request")


async def form_of(request: AnyRequest) -> FormMultiDict:
    """The form that was sent; raises `ClientException` (400) for text that its encoding does not know."""
    try:
        return await request.form()
    except (UnicodeDecodeError, LookupError) as error:
        raise ClientException from error


def csrf_key(connection: AnyConnection) -> str:
    """What the CSRF tokens of this browser are made with; empty fits no token."""
    cookies = connection.cookies
    return cookies.get(SESSION_COOKIE) or cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe()


def csrf_token(connection: AnyConnection, key: str | None = None) -> str:
    """A token for the forms of one page; `key` where the cookie is only just being set."""
    return issue_csrf_token(web_settings(connection).secret, key or csrf_key(connection))


def known_reader(connection: AnyConnection) -> Reader | None:
    """The reader the guard found, None on public pages and unknown addresses."""
    found = connection.scope.get("user")
    return found if isinstance(found, Reader) else None


def locale_of(connection: AnyConnection, profile: str | None = None) -> Locale:
    """The language: chosen in this browser, else the profile's, else the browser's."""
    accepted = connection.headers.get("accept-language")
    return negotiate(connection.cookies.get(LOCALE_COOKIE), profile, accept_language=accepted)


def theme_of(connection: AnyConnection) -> str:
    """auto, light or dark."""
    theme = connection.cookies.get(THEME_COOKIE, "auto")
    return theme if theme in {"light", "dark"} else "auto"


def web_settings(connection: AnyConnection) -> WebSettings:
    """The settings the application was created with."""
    return connection.app.state.web


def session_cookie(connection: AnyConnection, signed_in: SignedIn) -> Cookie:
    """The cookie of a session just opened or moved; it ends with the session."""
    return _cookie(connection, SESSION_COOKIE, signed_in.token, _seconds_until(signed_in.expires_at))


def visitor_cookie(connection: AnyConnection, key: str) -> Cookie:
    """The cookie of a browser nobody has signed in with; it ends with the browser."""
    return _cookie(connection, VISITOR_COOKIE, key, None)


def preference_cookie(connection: AnyConnection, name: str, value: str) -> Cookie:
    """A choice kept in this browser for a year."""
    return _cookie(connection, name, value, _ONE_YEAR_S)


def short_cookie(connection: AnyConnection, name: str, value: str) -> Cookie:
    """Something for the very next page."""
    return _cookie(connection, name, value, 60)


def ended_cookie(name: str) -> Cookie:
    """Removes a cookie."""
    return Cookie(key=name, value="", max_age=0, path="/", httponly=True, samesite="lax")


def _cookie(connection: AnyConnection, name: str, value: str, max_age_s: int | None) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        max_age=max_age_s,
        path="/",
        httponly=True,
        secure=web_settings(connection).console_https,
        samesite="lax",
    )


def _seconds_until(instant: datetime) -> int:
    return max(int((instant - utc_now()).total_seconds()), 0)


def _provided_reader(request: AnyRequest) -> Reader:
    return request.user


READER: Final = Provide(_provided_reader, sync_to_thread=False)
"""The dependency `reader: FromSession` of every handler that is not public."""

FromSession: TypeAlias = NamedDependency[Reader]
