"""The reader's own account: profile, messages, substitutes, keys, browsers, the organisation acted for."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.account.absences import absence_of, absence_rows
from services.admin.account.models import AccountPage, SessionRow, ToldRow
from services.admin.addresses import path_of_page
from services.admin.forms import fields_of, many_of, refused
from services.admin.pages import go, whole_page
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
from services.admin.zones import zone_choices
from shared.accounts import own, service
from shared.errors import Conflict, Invalid, NotFound, TooManyRequests
from shared.notifications.rules import CHOICES, IN_APP, IN_APP_CHOICES, choice
from shared.onboarding import absences
from shared.onboarding.profile import CHOOSABLE, OwnProfile, save_profile
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.labels import label
from shared.web.locale import translator


@get("/account", opt={WITHOUT_TENANT: True})
async def account(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The account's settings and sessions."""
    return await _account(request, reader)


@post("/account", opt={WITHOUT_TENANT: True})
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Keep language and time zone in the profile; the keys are a matter of this browser."""
    fields = await fields_of(request)
    locale = fields.get("locale", "")
    wanted = set(await many_of(request, "told"))
    try:
        await save_profile(
            reader.actor,
            OwnProfile(
                name=fields.get("name", ""),
                locale=locale,
                time_zone=fields.get("time_zone", ""),
                phone=fields.get("phone", ""),
                muted=tuple(each for each in CHOOSABLE if each not in wanted),
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


@post("/account/absences")
async def add_absence(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Name a substitute for a time away."""
    fields = await fields_of(request)
    try:
        await absences.add_absence(reader.actor, absence_of(fields))
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _account(request, reader, status=error.status, absence_form=form)
    return go(request, "/account", "absence")


@post("/account/absences/{absence_id:uuid}/end")
async def end_absence(request: AnyRequest, reader: FromSession, absence_id: FromPath[UUID]) -> Response[None]:
    """Take a substitute back, the own one or somebody's whose place one keeps."""
    await absences.end_absence(reader.actor, absence_id)
    back = path_of_page(request.headers.get("referer"), request.headers.get("host", ""))
    return go(request, back or "/account", "absence_end")


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
    absence_form: FormState = EMPTY_FORM,
) -> Response[str]:
    contact = await own.contact_of(reader.actor)
    membership_id = reader.actor.membership_id
    colleagues = await absences.possible_substitutes(reader.actor, membership_id) if membership_id else []
    away = await absences.own_absences(reader.actor)
    sessions = await service.sessions_of(reader.actor)
    zone = reader.actor.time_zone
    model = AccountPage(
        name=reader.session.account_name,
        phone=contact.phone,
        has_place=membership_id is not None,
        told=[
            ToldRow(
                value=choice(template, channel),
                template=template.value,
                channel=channel.value,
                is_wanted=choice(template, channel) not in contact.muted,
            )
            for template, channel in CHOICES
        ]
        + [
            ToldRow(
                value=each,
                template=each.partition("/")[0],
                channel=IN_APP,
                is_wanted=each not in contact.muted,
            )
            for each in IN_APP_CHOICES
        ],
        absences=absence_rows(away),
        substitutes=[
            Choice(str(each.id), f"{each.name} ({label(translator(reader.locale), 'role', each.role)})")
            for each in colleagues
        ],
        email=reader.session.email,
        locale=reader.locale.value,
        time_zone=zone,
        time_zones=zone_choices(zone),
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
        absence_form=absence_form,
    )
    return await whole_page(request, reader, "account/account.html", "account", status=status, page=model)


HANDLERS = [account, save, change_password, add_absence, end_absence, end_session, switch]
