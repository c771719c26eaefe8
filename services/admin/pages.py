"""Answers of the console: whole pages within their frame, and fragments for htmx.

A page is made in two steps: inside the transaction everything is read (`look` adds the instant and the
figures of the navigation), outside it is drawn.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType

from services.admin.assets import console_assets
from services.admin.notices import NOTICE_COOKIE, notice
from services.admin.session import (
    SHORTCUTS_COOKIE,
    AnyConnection,
    AnyRequest,
    Reader,
    csrf_token,
    ended_cookie,
    locale_of,
    short_cookie,
    theme_of,
    web_settings,
)
from services.admin.shell import Frame, MembershipChoice, NavigationCounts, Shell
from shared.accounts.service import MembershipChoice as Place
from shared.accounts.service import memberships_of
from shared.calendars import service as calendars
from shared.cases import queries
from shared.cases.views import QueueCounts
from shared.clock import utc_now
from shared.db.engine import Transaction, transaction
from shared.notifications import in_app
from shared.notifications.addresses import configured_links
from shared.notifications.links import Links
from shared.outbox.message_pages import message_counts
from shared.outbox.vocabulary import GIVEN_UP
from shared.permissions import DEALER_ROLES, Permission
from shared.tenancy import DbRole
from shared.tenants.oems import appearance
from shared.web.components import Toast
from shared.web.environment import Pages, Viewer
from shared.web.locale import Locale
from shared.web.security import PAGE_HEADERS

UNCOMPRESSED: Final = "uncompressed"
"""The handler's option for what is compressed already."""

TEMPLATES: Final = Path(__file__).parent / "templates"
_ZONE_OF_VISITORS: Final = ZoneInfo("Asia/Shanghai")


class Look(msgspec.Struct, frozen=True):
    """The instant a page shows, the figures of the navigation, and the name of the OEM's logo."""

    now: datetime
    counts: NavigationCounts = NavigationCounts()
    logo: str | None = None
    missing_years: str = ""


@cache
def pages() -> Pages:
    """The console's templates, compiled once per process."""
    return Pages([TEMPLATES], console_assets())


async def open_cases(tx: Transaction, reader: Reader) -> QueueCounts:
    """How many open cases the reader's scope has, in each view."""
    wanted = queries.QueueFilter(membership_id=reader.actor.membership_id)
    return await queries.counts(tx, reader.actor.oem_id, wanted)


async def look(tx: Transaction, reader: Reader, sizes: QueueCounts | None = None) -> Look:
    """What surrounds a page, read in its transaction; `sizes` of all open cases where they are known."""
    actor = reader.actor
    if actor.scope.oem_id is None:
        return Look(await tx.now())
    if sizes is None:
        sizes = await open_cases(tx, reader)
    failed = None
    if actor.may(Permission.MESSAGE_READ):
        counted = await message_counts(tx, actor.oem_id)
        failed = sum(each.count for each in counted if each.state in GIVEN_UP)
    counts = NavigationCounts(sizes.open, sizes.waiting, failed)
    logo = (await appearance(tx, actor.oem_id)).logo
    return Look(await tx.now(), counts, logo, await _missing_years(tx, reader))


async def _missing_years(tx: Transaction, reader: Reader) -> str:
    if not reader.actor.may(Permission.TENANT_MANAGE):
        return ""
    missed = await calendars.missed_years(tx, reader.actor.oem_id)
    return ", ".join(str(year) for year in sorted({year for each in missed for year in each.years}))


async def with_unread(reader: Reader, counts: NavigationCounts) -> NavigationCounts:
    """The figures with that of the bell, which a transaction of the page's scope may not read."""
    return msgspec.structs.replace(counts, unread=await in_app.unread(reader.actor))


async def page(
    request: AnyRequest,
    reader: Reader,
    shown: Look,
    template: str,
    entry: str,
    *,
    status: int = 200,
    toasts: Sequence[Toast] = (),
    **values: object,
) -> Response[str]:
    """A whole page; `entry` is the current one of the navigation."""
    viewer = Viewer(reader.locale, reader.zone, shown.now)
    told = notice(request, viewer.translator)
    frame = shell(
        request,
        reader,
        entry,
        await with_unread(reader, shown.counts),
        [*told, *toasts],
        await memberships_of(reader.token),
        shown.logo,
        shown.missing_years,
    )
    response = _html(template, viewer, status, frame=frame, csrf_token=csrf_token(request), **values)
    if told:
        response.cookies.append(ended_cookie(NOTICE_COOKIE))
    return response


async def whole_page(
    request: AnyRequest,
    reader: Reader,
    template: str,
    entry: str,
    *,
    status: int = 200,
    toasts: Sequence[Toast] = (),
    **values: object,
) -> Response[str]:
    """A whole page whose values are read already: what surrounds it is read in a transaction of its own."""
    async with transaction(reader.actor.scope, read_only=True) as tx:
        shown = await look(tx, reader)
    return await page(request, reader, shown, template, entry, status=status, toasts=toasts, **values)


def fragment(
    request: AnyRequest,
    reader: Reader,
    now: datetime,
    template: str,
    *,
    status: int = 200,
    toasts: Sequence[Toast] = (),
    **values: object,
) -> Response[str]:
    """A part of a page for htmx, with what shall be said beside it."""
    viewer = Viewer(reader.locale, reader.zone, now)
    response = _html(template, viewer, status, csrf_token=csrf_token(request), **values)
    if toasts:
        response.content += pages().render("_toasts.html", viewer, items=list(toasts))
    return response


def public_page(
    request: AnyRequest,
    template: str,
    *,
    status: int = 200,
    key: str | None = None,
    locale: Locale | None = None,
    **values: object,
) -> Response[str]:
    """A page for somebody not signed in; `key` as of `csrf_token`, `locale` the browser's unless given."""
    viewer = Viewer(locale or locale_of(request), _ZONE_OF_VISITORS, utc_now())
    told = notice(request, viewer.translator)
    frame = Frame(path=path_of(request), theme=theme_of(request), toasts=told)
    response = _html(template, viewer, status, frame=frame, csrf_token=csrf_token(request, key), **values)
    if told:
        response.cookies.append(ended_cookie(NOTICE_COOKIE))
    return response


def shell(
    request: AnyConnection,
    reader: Reader,
    entry: str,
    counts: NavigationCounts,
    toasts: Sequence[Toast] = (),
    places: Sequence[Place] = (),
    logo: str | None = None,
    missing_years: str = "",
) -> Shell:
    """The frame around a page; without `places` the organisations to choose from are left out."""
    actor = reader.actor
    choices = [
        MembershipChoice(
            id=place.membership_id,
            organisation=_place_name(reader, place),
            role=place.role,
            is_current=place.membership_id == actor.membership_id,
        )
        for place in places
    ]
    own = next((place for place in places if place.membership_id == actor.membership_id), None)
    session = reader.session
    # Within one dealer its name says more than the car maker's.
    dealer = reader.named(own.dealer_name, own.dealer_name_en) if own else ""
    return Shell(
        path=path_of(request),
        theme=theme_of(request),
        toasts=list(toasts),
        page=entry,
        person=actor.name,
        role=actor.role,
        organisation=dealer or reader.named(session.oem_name or "", session.oem_name_en or ""),
        memberships=choices,
        counts=counts,
        sees_overview=actor.may(Permission.OVERVIEW_READ),
        sees_cases=actor.may(Permission.CASE_READ),
        registers=actor.may(Permission.CASE_REGISTER),
        sees_calls=actor.may(Permission.CASE_CONTACT),
        sees_messages=actor.may(Permission.MESSAGE_READ),
        sees_reports=actor.may(Permission.REPORT_READ),
        sees_audit=actor.may(Permission.AUDIT_READ),
        sees_staff=actor.may(Permission.STAFF_MANAGE),
        sees_settings=actor.may(Permission.TENANT_MANAGE),
        sees_platform=actor.may(Permission.TENANT_CREATE),
        logo=logo,
        notice_url=_notice_url(request, reader),
        missing_years=missing_years,
        has_shortcuts=request.cookies.get(SHORTCUTS_COOKIE) != "off",
    )


def _notice_url(request: AnyConnection, reader: Reader) -> str:
    scope, slug = reader.actor.scope, reader.session.oem_slug
    if scope.role is not DbRole.DEALER or not slug:
        return ""
    form = configured_links(web_settings(request)).customer.form(slug)
    return f"{form}/notice/{scope.dealer_ids[0]}"


def _place_name(reader: Reader, place: Place) -> str:
    oem = reader.named(place.oem_name, place.oem_name_en)
    if place.role not in DEALER_ROLES:
        return oem
    return f"{oem} · {reader.named(place.dealer_name, place.dealer_name_en)}"


def links_of(request: AnyConnection) -> Links:
    """The addresses that messages lead to."""
    return configured_links(web_settings(request))


def path_of(request: AnyConnection) -> str:
    """The address asked for, to come back to."""
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope["path"]
    return f"{path}?{query}" if query else path


def go(request: AnyRequest, path: str, notice_code: str | None = None) -> Response[None]:
    """Leave a form behind for another page (POST, redirect, GET), which says what was done."""
    cookies: list[Cookie] = []
    if notice_code is not None:
        cookies.append(short_cookie(request, NOTICE_COOKIE, notice_code))
    return Response(None, status_code=303, headers={"location": path}, cookies=cookies)


def is_fragment(request: AnyConnection) -> bool:
    """Whether htmx asks; it then replaces only a part of the page."""
    return request.headers.get("hx-request") == "true"


def _html(template: str, viewer: Viewer, status: int, **values: object) -> Response[str]:
    html = pages().render(template, viewer, **values)
    headers = {"content-language": viewer.locale.value, "vary": PAGE_HEADERS["vary"]}
    return Response(html, media_type=MediaType.HTML, status_code=status, headers=headers)
