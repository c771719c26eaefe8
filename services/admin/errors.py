"""Errors as pages in the reader's language; somebody signed in keeps the console around them.

htmx asks for parts of pages: it gets the sentence alone, and 401 makes the browser load the page again, which
leads to sign-in and back.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import asyncpg
import structlog
from litestar import Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException, ValidationException

from services.admin.addresses import own_path, path_of_page
from services.admin.pages import is_fragment, pages, path_of, shell
from services.admin.session import AnyRequest, csrf_token, known_reader, locale_of, theme_of
from services.admin.shell import Frame, NavigationCounts
from shared.clock import utc_now
from shared.errors import AppError, Invalid, TooManyRequests, Unauthenticated, Unavailable
from shared.web.environment import Viewer
from shared.web.locale import translator
from shared.web.requests import current_request_id
from shared.web.security import PAGE_HEADERS, SAFE_METHODS
from shared.web.sentences import CODES_OF_STATUSES, sentence

_LOG = structlog.stdlib.get_logger(__name__)
_Handler = Callable[[AnyRequest, Any], Response[Any]]

_ZONE: Final = ZoneInfo("UTC")


def error_page(request: AnyRequest, error: AppError, status: int | None = None) -> Response[str]:
    """The page of an error; `status` replaces the error's own."""
    status = status or error.status
    reader = known_reader(request)
    locale = reader.locale if reader else locale_of(request)
    message = sentence(translator(locale), error.code, error.params)
    headers = {"content-language": locale.value, "vary": PAGE_HEADERS["vary"]}
    if isinstance(error, TooManyRequests | Unavailable):
        headers["retry-after"] = str(error.retry_after_s)
    if is_fragment(request):
        return Response(message, media_type=MediaType.TEXT, status_code=status, headers=headers)
    frame = (
        shell(request, reader, "none", NavigationCounts())
        if reader
        else Frame(path=path_of(request), theme=theme_of(request))
    )
    html = pages().render(
        "errors/error.html",
        Viewer(locale, reader.zone if reader else _ZONE, utc_now()),
        frame=frame,
        csrf_token=csrf_token(request),
        status=status,
        message=message,
        request_id=current_request_id() or "",
    )
    return Response(html, media_type=MediaType.HTML, status_code=status, headers=headers)


def _on_unauthenticated(request: AnyRequest, error: Unauthenticated) -> Response[Any]:
    if is_fragment(request):
        return error_page(request, error)
    if request.method in SAFE_METHODS:
        back = own_path(path_of(request))
    else:
        back = path_of_page(request.headers.get("referer"), request.headers.get("host", "")) or "/"
    target = "/sign-in" if back == "/" else f"/sign-in?next={quote(back, safe='')}"
    return Response(None, status_code=303, headers={"location": target})


def _on_app_error(request: AnyRequest, error: AppError) -> Response[str]:
    return error_page(request, error)


def _on_http_error(request: AnyRequest, error: HTTPException) -> Response[str]:
    if isinstance(error, ValidationException):
        return error_page(request, Invalid("invalid_input"))
    if error.status_code >= 500:
        return _on_unexpected(request, error)
    response = error_page(
        request,
        AppError(CODES_OF_STATUSES.get(error.status_code, "malformed_request")),
        error.status_code,
    )
    response.headers.update(error.headers or {})
    return response


def _on_value_refused(request: AnyRequest, error: asyncpg.DataError) -> Response[str]:
    # A value that passed our checks and that PostgreSQL cannot store: the sender's to change, ours to check
    # earlier.
    _LOG.warning("value_refused_by_database", exc_info=error)
    return error_page(request, Invalid("invalid_input"))


def _on_unexpected(request: AnyRequest, error: Exception) -> Response[str]:
    _LOG.error("unexpected_error", exc_info=error)
    return error_page(request, AppError("unexpected"), 500)


HANDLERS: Final[dict[int | type[Exception], _Handler]] = {
    Unauthenticated: _on_unauthenticated,
    AppError: _on_app_error,
    HTTPException: _on_http_error,
    asyncpg.DataError: _on_value_refused,
    Exception: _on_unexpected,
}
