"""The page an invitation leads to: choose a password, or give the one known already, and be in."""

import secrets
from typing import Final

from litestar import Response, get, post

from services.admin.forms import fields_of, refused
from services.admin.invitation.models import InvitationPage
from services.admin.pages import go, public_page
from services.admin.session import (
    LOCALE_COOKIE,
    PUBLIC,
    SESSION_COOKIE,
    VISITOR_COOKIE,
    AnyRequest,
    ended_cookie,
    locale_of,
    preference_cookie,
    session_cookie,
    visitor_cookie,
    web_settings,
)
from shared.accounts.service import SessionTerms
from shared.errors import AppError, NotFound
from shared.onboarding.acceptance import Acceptance, accept_invitation, open_invitation
from shared.web.components import EMPTY_FORM, FormState
from shared.web.locale import Locale, translator

_KEY_BYTES: Final = 24


@get("/invitation", opt={PUBLIC: True})
async def invitation(request: AnyRequest) -> Response[str]:
    """What is offered, and the form to accept it."""
    return await _page(request, request.query_params.get("token") or "")


@post("/invitation", opt={PUBLIC: True})
async def accept(request: AnyRequest) -> Response[str] | Response[None]:
    """Take the place, signed in from here on."""
    fields = await fields_of(request)
    token = fields.get("token", "")
    locale = locale_of(request)
    accepted = Acceptance(
        password=fields.get("password", ""), name=fields.get("name", ""), locale=locale.value
    )
    client = request.client.host if request.client else ""
    terms = SessionTerms.of(web_settings(request))
    try:
        signed_in = await accept_invitation(token, accepted, client, terms=terms)
    except NotFound:
        raise
    except AppError as error:
        form = refused(fields, error, translator(locale))
        return await _page(request, token, status=error.status, form=form)
    response = go(request, "/", "welcome")
    response.cookies += [
        session_cookie(request, signed_in),
        ended_cookie(VISITOR_COOKIE),
        preference_cookie(request, LOCALE_COOKIE, signed_in.actor.locale),
    ]
    return response


async def _page(
    request: AnyRequest, token: str, *, status: int = 200, form: FormState = EMPTY_FORM
) -> Response[str]:
    found = await open_invitation(token)
    locale = locale_of(request, found.locale)
    english = locale is Locale.EN
    model = InvitationPage(
        token=token,
        email=found.email,
        name=found.name,
        role=found.role,
        organisation=found.oem_name_en if english else found.oem_name,
        dealer=found.dealer_name_en if english else found.dealer_name,
        has_account=found.has_account,
        form=form,
    )
    # The session's key where there is one, as the guard will look for.
    known = request.cookies.get(SESSION_COOKIE) or request.cookies.get(VISITOR_COOKIE)
    key = known or secrets.token_urlsafe(_KEY_BYTES)
    response = public_page(
        request, "invitation/invitation.html", status=status, key=key, locale=locale, page=model
    )
    if known is None:
        response.cookies.append(visitor_cookie(request, key))
    return response


HANDLERS = [invitation, accept]
