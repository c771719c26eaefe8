"""Calls to providers over HTTP: kept connections, a deadline, and what a broken call means.

Whatever breaks before there is a connection may be tried again: nothing has left. After that the end is not
known. What has found no free connection in time was no try.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Final

import aiohttp
import msgspec
from yarl import URL

from shared.clock import utc_now
from shared.notifications.channels.slots import Slots
from shared.outbox.outcomes import Outcome, Reject, Retry, Unknown, Untried

CONNECTIONS: Final = 50
"""Requests of one channel under way at the same time."""

_LONGEST_WAIT: Final = timedelta(hours=1)
_ANSWER_LIMIT_BYTES: Final = 64 * 1024
# Our credentials or our pace, not the message.
_REPEATABLE: Final = frozenset({401, 403, 408, 425, 429})
_UNAVAILABLE: Final = 503


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request. `url` is sent as it is written: its query has been encoded, and perhaps signed."""

    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back; `retry_after` is zero where the provider does not say."""

    status: int
    retry_after: timedelta
    body: bytes

    @property
    def is_success(self) -> bool:
        """Any 2xx."""
        return 200 <= self.status < 300


class _Try:
    """One try: from when it has a connection, what breaks may have been taken."""

    has_connection = False

    def broken(self, reason: str, before: str) -> Outcome:
        """`before`: what to say if nothing has left."""
        return Unknown(reason) if self.has_connection else Retry(before)


class HttpClient:
    """Posts to one provider; connects when first used.

    `connector` replaces the ordinary one, and bounds how many requests are under way by itself.
    """

    def __init__(self, connector: Callable[[], aiohttp.BaseConnector] | None = None) -> None:
        self._connector = connector or (lambda: aiohttp.TCPConnector(limit=0))
        self._slots = Slots(CONNECTIONS if connector is None else None)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, call: Call, deadline: float, read: Callable[[Answer], Outcome]) -> Outcome:
        """Post, and let `read` say what the answer means; redirects are answers, not followed."""
        async with self._slots.one(deadline) as is_free:
            if not is_free:
                return Untried()
            this = _Try()
            try:
                async with asyncio.timeout_at(deadline):
                    return read(await self._post(call, this))
            except TimeoutError:
                return this.broken("timeout", "connect_timeout")
            except aiohttp.ClientConnectorError as error:
                return Retry(f"connect: {type(error.os_error).__name__}")
            except aiohttp.ClientError as error:
                name = type(error).__name__
                return this.broken(name, f"connect: {name}")

    async def close(self) -> None:
        """Close the kept connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, call: Call, this: _Try) -> Answer:
        async with self._opened().post(
            URL(call.url, encoded=True),
            data=call.body,
            headers=call.headers,
            allow_redirects=False,
            trace_request_ctx=this,
        ) as response:
            body = bytearray()
            async for part in response.content.iter_any():
                body += part
                if len(body) >= _ANSWER_LIMIT_BYTES:
                    break
            return Answer(
                status=response.status,
                retry_after=retry_after(response.headers.get("Retry-After", "")),
                body=bytes(body),
            )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None),
                trace_configs=[_tracing()],
                connector=self._connector(),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _tracing() -> aiohttp.TraceConfig:
    async def connected(_session: aiohttp.ClientSession, about: SimpleNamespace, _params: object) -> None:
        this: _Try = about.trace_request_ctx
        this.has_connection = True

    tracing = aiohttp.TraceConfig()
    tracing.on_connection_create_end.append(connected)
    tracing.on_connection_reuseconn.append(connected)
    return tracing


def failure(answer: Answer, reason: str = "", *, idempotent: bool) -> Outcome:
    """What an answer that is no success means by its status alone.

    Trouble at the provider's may hide that it has taken the message: who may not repeat it safely does not
    know. 503 says that nothing was done.
    """
    said = reason or f"http {answer.status}"
    if answer.status >= 500 and answer.status != _UNAVAILABLE and not idempotent:
        return Unknown(said)
    if answer.status >= 500 or answer.status in _REPEATABLE or answer.status < 400:
        return Retry(said, answer.retry_after)
    return Reject(said)


def retry_after(header: str) -> timedelta:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); at most an hour is obeyed, nonsense counts as zero."""
    if header.isdecimal():
        wait = timedelta(seconds=min(int(header), _LONGEST_WAIT.total_seconds()))
    else:
        wait = _until(header)
    return min(max(wait, timedelta(0)), _LONGEST_WAIT)


def _until(http_date: str) -> timedelta:
    try:
        at = parsedate_to_datetime(http_date)
    except ValueError:
        return timedelta(0)
    return _aware(at) - utc_now()


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
