"""Asking for a new password, and setting it with the link from the e-mail."""

import secrets
from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.background_tasks import BackgroundTask

from services.admin.forms import fields_of, refused
from services.admin.pages import go, links_of, public_page
from services.admin.session import (
    PUBLIC,
    SESSION_COOKIE,
    VISITOR_COOKIE,
    AnyRequest,
    ended_cookie,
    locale_of,
    visitor_cookie,
)
from shared.errors import Invalid, TooManyRequests
from shared.onboarding import resets
from shared.web.components import EMPTY_FORM, FormState
from shared.web.locale import translator

_KEY_BYTES: Final = 24


class ForgottenPage(msgspec.Struct, frozen=True):
    """The form that asks for the address; `is_sent` once it has been sent."""

    is_sent: bool = False
    form: FormState = EMPTY_FORM


class ResetPage(msgspec.Struct, frozen=True):
    """The form for the new password."""

    token: str
    email: str
    form: FormState = EMPTY_FORM


@get("/forgot-password", opt={PUBLIC: True}, sync_to_thread=False)
def forgotten(request: AnyRequest) -> Response[str]:
    """Where to ask for a link."""
    return _page(request, "password/forgotten.html", ForgottenPage())


@post("/forgot-password", opt={PUBLIC: True})
async def ask(request: AnyRequest) -> Response[str]:
    """The same answer whether the address is known or not; the link is sent after it."""
    fields = await fields_of(request)
    email = fields.get("email", "")
    client = request.client.host if request.client else ""
    try:
        await resets.check_reset_limit(email, client)
    except TooManyRequests as error:
        form = refused(fields, error, translator(locale_of(request)))
        response = _page(request, "password/forgotten.html", ForgottenPage(form=form), status=429)
        response.headers["retry-after"] = str(error.retry_after_s)
        return response
    response = _page(request, "password/forgotten.html", ForgottenPage(is_sent=True))
    response.background = BackgroundTask(resets.send_reset, email, links_of(request))
    return response


@get("/reset-password", opt={PUBLIC: True})
async def reset_page(request: AnyRequest) -> Response[str]:
    """Where the link leads."""
    token = request.query_params.get("token") or ""
    email = await resets.reset_address(token)
    return _page(request, "password/reset.html", ResetPage(token, email))


@post("/reset-password", opt={PUBLIC: True})
async def reset(request: AnyRequest) -> Response[str] | Response[None]:
    """Set the password; every session ends, this browser's too."""
    fields = await fields_of(request)
    token = fields.get("token", "")
    try:
        await resets.use_reset(token, fields.get("new_password", ""))
    except Invalid as error:
        email = await resets.reset_address(token)
        form = refused(fields, error, translator(locale_of(request)))
        page = ResetPage(token, email, form)
        return _page(request, "password/reset.html", page, status=error.status)
    response = go(request, "/sign-in", "password")
    response.cookies.append(ended_cookie(SESSION_COOKIE))
    return response


def _page(request: AnyRequest, template: str, page: object, *, status: int = 200) -> Response[str]:
    # The session's key where there is one, as the guard will look for.
    known = request.cookies.get(SESSION_COOKIE) or request.cookies.get(VISITOR_COOKIE)
    key = known or secrets.token_urlsafe(_KEY_BYTES)
    response = public_page(request, template, status=status, key=key, page=page)
    if known is None:
        response.cookies.append(visitor_cookie(request, key))
    return response


HANDLERS = [forgotten, ask, reset_page, reset]
