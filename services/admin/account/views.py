"""The reader's own account: language, time zone, keys, signed-in browsers, and the organisation acted for."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.account.models import AccountPage, SessionRow
from services.admin.forms import fields_of, refused
from services.admin.pages import go, look, page
from services.admin.session import (
    LOCALE_COOKIE,
    SESSION_COOKIE,
    SHORTCUTS_COOKIE,
    WITHOUT_TENANT,
    AnyRequest,
    FromSession,
    Reader,
    ended_cookie,
    preference_cookie,
    session_cookie,
)
from shared.accounts import own, service
from shared.db.engine import transaction
from shared.errors import Invalid, NotFound, TooManyRequests
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.locale import translator

_ZONES: Final = (
    "Asia/Shanghai",
    "Asia/Urumqi",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Australia/Sydney",
    "UTC",
)


@get("/account", opt={WITHOUT_TENANT: True})
async def account(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The account's settings and sessions."""
    return await _account(request, reader)


@post("/account", opt={WITHOUT_TENANT: True})
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Keep language and time zone in the profile; the keys are a matter of this browser."""
    fields = await fields_of(request)
    locale = fields.get("locale", "")
    try:
        await own.set_profile(
            reader.actor,
            own.Profile(
                name=reader.session.account_name, locale=locale, time_zone=fields.get("time_zone", "")
            ),
        )
    except Invalid as error:
        form = refused(fields, error, translator(reader.locale))
        return await _account(request, reader, status=error.status, form=form)
    response = go(request, "/account", "settings")
    keys = "on" if fields.get("shortcuts") == "true" else "off"
    response.cookies += [
        preference_cookie(request, LOCALE_COOKIE, locale),
        preference_cookie(request, SHORTCUTS_COOKIE, keys),
    ]
    return response


@post("/account/password", opt={WITHOUT_TENANT: True})
async def change_password(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Replace the password; every session ends."""
    fields = await fields_of(request)
    client = request.client.host if request.client else ""
    old, new = fields.get("old_password", ""), fields.get("new_password", "")
    try:
        await own.change_password(reader.session.email, old, new, client)
    except (Invalid, TooManyRequests) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _account(request, reader, status=error.status, password_form=form)
    response = go(request, "/sign-in", "password")
    response.cookies.append(ended_cookie(SESSION_COOKIE))
    return response


@post("/account/sessions/{session_id:uuid}/end", opt={WITHOUT_TENANT: True})
async def end_session(request: AnyRequest, reader: FromSession, session_id: FromPath[UUID]) -> Response[None]:
    """Sign another browser of one's own out."""
    await service.close_session(reader.actor, session_id)
    return go(request, "/account", "session")


@post("/account/membership", opt={WITHOUT_TENANT: True})
async def switch(request: AnyRequest, reader: FromSession) -> Response[None]:
    """Act for another organisation, under a fresh token, from its first page on."""
    wanted = (await fields_of(request)).get("membership", "")
    try:
        membership_id = UUID(wanted) if wanted else None
    except ValueError as error:
        raise NotFound("not_found") from error
    signed_in = await service.switch_membership(reader.token, membership_id)
    response = go(request, "/")
    response.cookies.append(session_cookie(request, signed_in))
    return response


async def _account(
    request: AnyRequest,
    reader: Reader,
    *,
    status: int = 200,
    form: FormState = EMPTY_FORM,
    password_form: FormState = EMPTY_FORM,
) -> Response[str]:
    sessions = await service.sessions_of(reader.actor)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        shown = await look(tx, reader)
    zone = reader.actor.time_zone
    model = AccountPage(
        name=reader.session.account_name,
        email=reader.session.email,
        locale=reader.locale.value,
        time_zone=zone,
        time_zones=[Choice(each, each) for each in dict.fromkeys((*_ZONES, zone))],
        has_shortcuts=request.cookies.get(SHORTCUTS_COOKIE) != "off",
        sessions=[
            SessionRow(
                id=each.id,
                address=each.client,
                started_at=each.created_at,
                seen_at=each.last_seen_at,
                is_current=each.id == reader.session.session_id,
            )
            for each in sessions
        ],
        form=form,
        password_form=password_form,
    )
    return await page(request, reader, shown, "account/account.html", "account", status=status, page=model)


HANDLERS = [account, save, change_password, end_session, switch]
