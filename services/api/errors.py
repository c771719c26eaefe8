"""Errors as RFC 9457 problems: what happened in the reader's language, and codes for programs."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, cast

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from shared.errors import AppError, FieldError, Invalid, Param, TooManyRequests, Unavailable
from shared.web.locale import Locale, Translator, negotiate, translator
from shared.web.requests import current_request_id
from shared.web.sentences import CODES_OF_STATUSES, sentence

_LOG = structlog.stdlib.get_logger(__name__)

_Handler = Callable[[Request[Any, Any, Any], Any], Response["Problem"]]

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:huiyin:problem:"


class ProblemField(msgspec.Struct, frozen=True):
    """One input that cannot be accepted: its path, and why: for programs and for people."""

    field: str
    code: str
    detail: str
    params: dict[str, Param] = {}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error answer (RFC 9457). `code` never changes its meaning, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    params: dict[str, Param] = {}
    errors: list[ProblemField] = []


def problem_response(
    request: Request[Any, Any, Any], error: AppError, status: int | None = None
) -> Response[Problem]:
    """The answer for an error, in the language of Accept-Language; `status` replaces the error's own."""
    status = status or error.status
    locale = _locale(request)
    headers = {"Content-Language": locale.value}
    if isinstance(error, TooManyRequests | Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        _problem(error, status, translator(locale)),
        status_code=status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def _problem(error: AppError, status: int, speak: Translator) -> Problem:
    return Problem(
        type=TYPE_PREFIX + error.code,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=sentence(speak, error.code, error.params),
        code=error.code,
        request_id=current_request_id() or "",
        params=error.params,
        errors=[
            ProblemField(field.field, field.code, sentence(speak, field.code, field.params), field.params)
            for field in error.fields
        ],
    )


def _locale(request: Request[Any, Any, Any]) -> Locale:
    return negotiate(accept_language=request.headers.get("accept-language"))


def _on_app_error(request: Request[Any, Any, Any], error: AppError) -> Response[Problem]:
    return problem_response(request, error)


def _on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    if isinstance(error, ValidationException):
        return problem_response(request, _invalid(error))
    if error.status_code >= 500:
        return _on_unexpected(request, error)
    code = CODES_OF_STATUSES.get(error.status_code, "malformed_request")
    response = problem_response(request, AppError(code), error.status_code)
    response.headers.update(error.headers or {})
    return response


def _on_value_refused(request: Request[Any, Any, Any], error: asyncpg.DataError) -> Response[Problem]:
    # A value that passed our checks and that PostgreSQL cannot store: the sender's to change, ours to check
    # earlier.
    _LOG.warning("value_refused_by_database", exc_info=error)
    return problem_response(request, Invalid("invalid_input"))


def _on_too_deep(request: Request[Any, Any, Any], _: RecursionError) -> Response[Problem]:
    # JSON within JSON a thousand times over: decoders stop there. The frames would fill the log.
    _LOG.warning("nested_too_deep")
    return problem_response(request, AppError("malformed_request"))


def _on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    _LOG.error("unexpected_error", exc_info=error)
    return problem_response(request, AppError("unexpected"), 500)


HANDLERS: Final[dict[int | type[Exception], _Handler]] = {
    AppError: _on_app_error,
    HTTPException: _on_http_error,
    asyncpg.DataError: _on_value_refused,
    RecursionError: _on_too_deep,
    Exception: _on_unexpected,
}


def _invalid(error: ValidationException) -> Invalid:
    messages = cast("list[dict[str, str]]", error.extra or [{"message": error.detail}])
    return Invalid("invalid_input", fields=[field_error(message) for message in messages])


# What msgspec and Litestar say → our code, and the name of the number in it. A missing or unknown field is
# named in the message, everything else by the path.
_MESSAGES: Final = (
    (re.compile(r"Object missing required field `(?P<field>[^`]+)`"), "required"),
    (re.compile(r"Missing required \w+ parameter '(?P<field>[^']+)'"), "required"),
    (re.compile(r"^'\w+'$"), "required"),  # a body or parameter that is not there at all
    (re.compile(r"Object contains unknown field `(?P<field>[^`]+)`"), "unknown_field"),
    (re.compile(r"Expected `\w+`, got `null`"), "required"),
    (re.compile(r"Expected `(?:str|array|object|bytes)` of length >= (?P<limit>\d+)"), "too_short"),
    (re.compile(r"Expected `(?:str|array|object|bytes)` of length <= (?P<limit>\d+)"), "too_long"),
    (re.compile(r"Expected `\w+` matching regex"), "not_understood"),
    (re.compile(r"Expected `(?:int|float)` >=? (?P<limit>-?[\d.]+)"), "too_small"),
    (re.compile(r"Expected `(?:int|float)` <=? (?P<limit>-?[\d.]+)"), "too_large_number"),
    (re.compile(r"Invalid enum value"), "unknown_value"),
    (re.compile(r"Invalid (?:RFC3339|ISO8601|date|time)|Expected `(?:date|datetime|time)"), "not_a_date"),
    (re.compile(r"Invalid UUID"), "unknown_value"),
    (re.compile(r"Expected `(?P<kind>[^`]+)`"), "wrong_type"),
)


def field_error(message: dict[str, str]) -> FieldError:
    """Our code for what msgspec or Litestar says: `message`, and `key`, the path in the input."""
    path, text = message.get("key", ""), message["message"]
    path = "" if path == "data" else path.removeprefix("data.")
    for pattern, code in _MESSAGES:
        if found := pattern.search(text):
            parts = found.groupdict()
            if name := parts.pop("field", None):
                path = f"{path}.{name}" if path and path != name else name
            params: dict[str, Param] = {
                key: int(value) if value.isdecimal() else value for key, value in parts.items() if value
            }
            return FieldError(path, code, params)
    return FieldError(path, "not_understood")
