"""How the customer's pages are answered: in his language, without scripts, cookies of sign-in or an account.

The token in the address is all that opens a page, so addresses are told to nobody (`referrer-policy`), kept
by no cache and listed by no search engine.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType

from services.api.portal.assets import portal_assets
from shared.cases.customer_links import CustomerLinks
from shared.clock import utc_now
from shared.settings import WebSettings
from shared.sla.wall_clock import zone_named
from shared.sla.working_time import WorkingTimeError
from shared.web.environment import Pages, Viewer
from shared.web.locale import Locale, locale_of, negotiate
from shared.web.security import page_headers

AnyRequest = Request[Any, Any, Any]

LOCALE_COOKIE: Final = "huiyin_locale"
LANGUAGE: Final = "lang"
"""The parameter of an address that chooses the language."""

TEMPLATES: Final = Path(__file__).parent / "templates"
_DEFAULT_ZONE: Final = ZoneInfo("Asia/Shanghai")
_ONE_YEAR_S: Final = 31_536_000


@cache
def pages() -> Pages:
    """The templates, compiled once per process."""
    return Pages([TEMPLATES], portal_assets())


def links_of(request: AnyRequest) -> CustomerLinks:
    """The links as the application was configured."""
    web = web_of(request)
    return CustomerLinks(web.portal_url, web.secret)


def web_of(request: AnyRequest) -> WebSettings:
    """The settings the application was created with."""
    return request.app.state.web


def reader_locale(request: AnyRequest, *others: str | None) -> Locale:
    """The language asked for in the address, else chosen before, of `others`, or of the browser."""
    asked, chosen = request.query_params.get(LANGUAGE), request.cookies.get(LOCALE_COOKIE)
    return negotiate(asked, chosen, *others, accept_language=request.headers.get("accept-language"))


def zone_of(name: str) -> ZoneInfo:
    """The time zone of an OEM; a name nobody knows any more leaves the default."""
    try:
        return zone_named(name)
    except WorkingTimeError:
        return _DEFAULT_ZONE


def visitor(request: AnyRequest, *others: str | None) -> Viewer:
    """Somebody of whom nothing is known but the browser."""
    return Viewer(reader_locale(request, *others), _DEFAULT_ZONE, utc_now())


def page(
    request: AnyRequest, viewer: Viewer, template: str, *, status: int = 200, **values: object
) -> Response[str]:
    """A whole page; a language asked for in the address is remembered by the browser."""
    html = pages().render(template, viewer, path=request.url.path, **values)
    headers = page_headers(https=web_of(request).portal_https) | {
        "content-language": viewer.locale.value,
        "referrer-policy": "no-referrer",
        "vary": "Accept-Language, Cookie",
        "x-robots-tag": "noindex",
    }
    response = Response(html, media_type=MediaType.HTML, status_code=status, headers=headers)
    if locale_of(request.query_params.get(LANGUAGE)) is not None:
        response.cookies.append(
            Cookie(
                LOCALE_COOKIE,
                path="/",
                value=viewer.locale.value,
                max_age=_ONE_YEAR_S,
                httponly=True,
                secure=web_of(request).portal_https,
                samesite="lax",
            )
        )
    return response


def go(path: str) -> Response[None]:
    """To another page after a form was sent (POST, redirect, GET)."""
    return Response(None, status_code=303, headers={"location": path, "referrer-policy": "no-referrer"})


def named(viewer: Viewer, name: str, name_en: str) -> str:
    """The name of an OEM or dealer in the reader's language."""
    return name_en if viewer.locale is Locale.EN and name_en else name
