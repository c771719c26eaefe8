"""Errors on the customer's pages: a page that says what happened, in his language."""

from collections.abc import Callable
from typing import Any, Final

import asyncpg
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException

from services.api.portal.door import AnyRequest, page, visitor
from shared.errors import AppError, Invalid, TooManyRequests, Unavailable
from shared.web.requests import current_request_id
from shared.web.sentences import CODES_OF_STATUSES, sentence

_LOG = structlog.stdlib.get_logger(__name__)


def error_page(request: AnyRequest, error: AppError, status: int | None = None) -> Response[str]:
    """The page of an error; `status` replaces the error's own."""
    status = status or error.status
    viewer = visitor(request)
    response = page(
        request,
        viewer,
        "portal/error.html",
        status=status,
        message=sentence(viewer.translator, error.code, error.params),
        request_id=current_request_id() or "",
        is_ours=status >= 500,
    )
    if isinstance(error, TooManyRequests | Unavailable):
        response.headers["retry-after"] = str(error.retry_after_s)
    return response


def _on_app_error(request: AnyRequest, error: AppError) -> Response[str]:
    return error_page(request, error)


def _on_http_error(request: AnyRequest, error: HTTPException) -> Response[str]:
    if isinstance(error, ValidationException):
        return error_page(request, Invalid("invalid_input"))
    if error.status_code >= 500:
        return _on_unexpected(request, error)
    code = CODES_OF_STATUSES.get(error.status_code, "malformed_request")
    return error_page(request, AppError(code), error.status_code)


def _on_value_refused(request: AnyRequest, error: asyncpg.DataError) -> Response[str]:
    # A value that passed our checks and that PostgreSQL cannot store: the sender's to change, ours to check
    # earlier.
    _LOG.warning("value_refused_by_database", exc_info=error)
    return error_page(request, Invalid("invalid_input"))


def _on_unexpected(request: AnyRequest, error: Exception) -> Response[str]:
    _LOG.error("unexpected_error", exc_info=error)
    return error_page(request, AppError("unexpected"), 500)


HANDLERS: Final[dict[int | type[Exception], Callable[[AnyRequest, Any], Response[str]]]] = {
    AppError: _on_app_error,
    HTTPException: _on_http_error,
    asyncpg.DataError: _on_value_refused,
    Exception: _on_unexpected,
}
