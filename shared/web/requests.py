"""Around every request of a web door: its id, one log line, its metrics, and what no handler should see.

This wraps the whole application, so that answers to unknown addresses are counted and logged as well.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any, Final, TypeAlias
from urllib.parse import unquote_to_bytes

import msgspec
import structlog
from litestar import Litestar, Request
from litestar.datastructures import FormMultiDict
from litestar.exceptions import ClientException
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

from shared.db.engine import ENGINE
from shared.errors import FieldError, Invalid
from shared.ids import new_id
from shared.observability import CONNECTIONS, REQUEST_SECONDS, REQUESTS
from shared.origin import come_from
from shared.tenancy import Actor

_LOG = structlog.stdlib.get_logger(__name__)
_HEADER: Final = b"x-request-id"
_GIVEN_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_QUIET_ROUTES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
# A backslash, an even number of them before it, and the escape of NUL.
_NUL_ESCAPE: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


_EVERY_S: Final = 1.0
_IDLE, _BUSY, _MOST = (CONNECTIONS.labels(state) for state in ("idle", "busy", "most"))

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """The id of the request being answered, None outside one."""
    return _request_id.get()


def remember_actor(actor: Actor) -> None:
    """Put the tenant and the kind of actor (no name) on every further log line of this request."""
    structlog.contextvars.bind_contextvars(oem_id=actor.scope.oem_id, actor=actor.kind.value)


def observe_requests(app: Litestar, headers: Mapping[str, str] | None = None) -> None:
    """Give the application request ids, log lines and metrics; `headers` go on answers that lack them."""
    app.asgi_handler = _Observer(app.asgi_handler, dict(headers or {}))


class _Observer:
    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _id_of(scope)
        _request_id.set(request_id)
        come_from(*_caller(scope))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 500
        own_headers = [(_HEADER, request_id.encode()), *self._headers]

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = list(message.get("headers", ()))
                present = {name.lower() for name, _ in given}
                message["headers"] = [*given, *(pair for pair in own_headers if pair[0] not in present)]
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            _tell(scope, status, time.perf_counter() - started)


def _id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == _HEADER and _GIVEN_ID.fullmatch(value):
            return value.decode()
    return new_id().hex


def _caller(scope: Scope) -> tuple[str, str]:
    client = scope.get("client")
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    return client[0] if client else "", agent.decode("latin-1")


def _tell(scope: Scope, status: int, seconds: float) -> None:
    # The template, not the path: paths hold ids, and each would be a metric of its own.
    route = str(scope.get("path_template") or "unmatched")
    asked = str(scope.get("method"))
    method = asked if asked in _METHODS else "other"
    count, duration = _counted_as(method, route, status)
    count.inc()
    duration.observe(seconds)
    _POOL.tell(time.monotonic())
    if route not in _QUIET_ROUTES:
        _LOG.info("request", method=method, route=route, status=status, duration_ms=round(seconds * 1000, 1))


class _PoolMetrics:
    """How busy the connections are, told once a second at most: counting them takes a while."""

    def __init__(self) -> None:
        self._again_at = 0.0

    def tell(self, now: float) -> None:
        pool = ENGINE.pool
        if pool is None or now < self._again_at:
            return
        self._again_at = now + _EVERY_S
        # Set, not asked for when read: several processes tell theirs through files.
        idle = pool.get_idle_size()
        _IDLE.set(idle)
        _BUSY.set(pool.get_size() - idle)
        _MOST.set(pool.get_max_size())


_POOL: Final = _PoolMetrics()


@cache
def _counted_as(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, str(status)), REQUEST_SECONDS.labels(method, route)


async def read_form(request: Request[Any, Any, Any]) -> FormMultiDict:
    """The form that was sent; raises `ClientException` (400) for text that its encoding does not know."""
    try:
        form = await request.form()
        for pair in form.multi_items():
            for text in pair:
                if isinstance(text, str):
                    # Some encodings know characters that UTF-8, and so no page and no database, can hold.
                    text.encode()
    except (UnicodeError, LookupError) as error:
        raise ClientException from error
    return form


async def refuse_nul(request: Request[Any, Any, Any]) -> None:
    """Raise `Invalid` for NUL characters in address or body: PostgreSQL's text cannot hold them.

    A `before_request` hook; the body read here is the one the handler gets.
    """
    address = request.scope["raw_path"] + b"?" + request.scope["query_string"]
    if b"%00" in address and b"\0" in unquote_to_bytes(address):
        raise Invalid("nul_character")
    if request.method in _WITHOUT_BODY:
        return
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/"):
        form = await read_form(request)
        texts = [part for pair in form.multi_items() for part in pair if isinstance(part, str)]
        if any("\0" in text for text in texts):
            raise Invalid("nul_character")
        return
    body = await request.body()
    if content_type.startswith("application/x-www-form-urlencoded"):
        if b"%00" in body or b"\0" in body:
            raise Invalid("nul_character")
    elif _NUL_ESCAPE.search(body):
        raise Invalid("invalid_input", fields=[FieldError(path, "nul_character") for path in _paths(body)])


def _paths(body: bytes) -> Iterator[str]:
    try:
        yield from _with_nul(msgspec.json.decode(body), ())
    except (msgspec.DecodeError, RecursionError):  # no form of ours: whoever reads it refuses it
        return


def _with_nul(value: Json, path: tuple[str, ...]) -> Iterator[str]:
    match value:
        case str() if "\0" in value:
            yield ".".join(path)
        case list():
            for index, item in enumerate(value):
                yield from _with_nul(item, (*path, str(index)))
        case dict():
            for name, item in value.items():
                if "\0" in name:
                    yield ".".join(path)
                yield from _with_nul(item, (*path, name))
        case _:
            return
