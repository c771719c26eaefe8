"""Signing in and out, the way to one's first page, and the language before anybody is known."""

import secrets
from typing import Final
from urllib.parse import quote

from litestar import Response, get, post

from services.admin.addresses import own_path
from services.admin.forms import fields_of, refused
from services.admin.pages import go, public_page
from services.admin.session import (
    LOCALE_COOKIE,
    PUBLIC,
    SESSION_COOKIE,
    VISITOR_COOKIE,
    WITHOUT_TENANT,
    AnyRequest,
    FromSession,
    Reader,
    ended_cookie,
    locale_of,
    preference_cookie,
    session_cookie,
    visitor_cookie,
    web_settings,
)
from services.admin.sign_in.models import SignInPage
from shared.accounts import service
from shared.accounts.service import SessionTerms
from shared.errors import TooManyRequests, Unauthenticated
from shared.permissions import DEALER_ROLES, Permission
from shared.web.locale import locale_of as locale_of_tag
from shared.web.locale import translator

_KEY_BYTES: Final = 24


@get("/sign-in", opt={PUBLIC: True})
async def sign_in_page(request: AnyRequest) -> Response[str] | Response[None]:
    """The form; somebody signed in goes on at once."""
    next_path = own_path(request.query_params.get("next"))
    token = request.cookies.get(SESSION_COOKIE, "")
    if token:
        try:
            await service.authenticate(token)
        except Unauthenticated:
            return _form(request, SignInPage(next_path), forget_session=True)
        return go(request, next_path)
    return _form(request, SignInPage(next_path))


@post("/sign-in", opt={PUBLIC: True})
async def sign_in(request: AnyRequest) -> Response[str] | Response[None]:
    """Open a session under a fresh token; the visitor's forms end with it."""
    fields = await fields_of(request)
    next_path = own_path(fields.get("next"))
    client = request.client.host if request.client else ""
    terms = SessionTerms.of(web_settings(request))
    try:
        signed_in = await service.sign_in(
            fields.get("email", ""), fields.get("password", ""), client, terms=terms
        )
    except (Unauthenticated, TooManyRequests) as error:
        form = refused(fields, error, translator(locale_of(request)))
        response = _form(request, SignInPage(next_path, form), status=error.status)
        if isinstance(error, TooManyRequests):
            response.headers["retry-after"] = str(error.retry_after_s)
        return response
    response = go(request, next_path)
    response.cookies += [session_cookie(request, signed_in), ended_cookie(VISITOR_COOKIE)]
    return response


@post("/sign-out", opt={WITHOUT_TENANT: True})
async def sign_out(request: AnyRequest, reader: FromSession) -> Response[None]:
    """End the session."""
    await service.sign_out(reader.token)
    response = go(request, "/sign-in")
    response.cookies.append(ended_cookie(SESSION_COOKIE))
    return response


@get("/", opt={WITHOUT_TENANT: True}, sync_to_thread=False)
def home(request: AnyRequest, reader: FromSession) -> Response[None]:
    """To the page the reader's day begins with."""
    return go(request, first_page(reader))


def first_page(reader: Reader) -> str:
    """Who oversees dealers begins with the overview, dealer staff with their own cases."""
    actor = reader.actor
    if actor.may(Permission.TENANT_CREATE):
        return "/platform"
    if actor.role not in DEALER_ROLES and actor.may(Permission.OVERVIEW_READ):
        return "/region"
    if actor.may(Permission.CASE_CONTACT):
        return "/cases?view=mine"
    return "/cases" if actor.may(Permission.CASE_READ) else "/account"


@post("/preferences", opt={PUBLIC: True})
async def choose_language(request: AnyRequest) -> Response[None]:
    """Change this browser's language and come back to the same page."""
    fields = await fields_of(request)
    sign_in_again = f"/sign-in?next={quote(own_path(fields.get('next')), safe='')}"
    response = go(request, own_path(fields.get("back"), sign_in_again))
    locale = locale_of_tag(fields.get("locale"))
    if locale is not None:
        response.cookies.append(preference_cookie(request, LOCALE_COOKIE, locale.value))
    return response


def _form(
    request: AnyRequest, page: SignInPage, *, status: int = 200, forget_session: bool = False
) -> Response[str]:
    known = None if forget_session else request.cookies.get(VISITOR_COOKIE)
    key = known or secrets.token_urlsafe(_KEY_BYTES)
    response = public_page(request, "sign_in/sign_in.html", status=status, key=key, page=page)
    if known is None:
        response.cookies.append(visitor_cookie(request, key))
    if forget_session:
        response.cookies.append(ended_cookie(SESSION_COOKIE))
    return response


HANDLERS = [sign_in_page, sign_in, sign_out, home, choose_language]
