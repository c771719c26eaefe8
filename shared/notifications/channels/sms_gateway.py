"""SMS by a generic gateway: signed JSON over HTTP, repeated safely under one token.

`POST url` with `{"to", "text", "token"}` and the headers `Idempotency-Key` (the token),
`X-Huiyin-Timestamp` (seconds since 1970) and `X-Huiyin-Signature: v1=<hex HMAC-SHA256 of "timestamp.body">`.
Any 2xx means taken; an `id` in a JSON answer is kept. 429 and 5xx may be tried again, also 401 and 403: our
credentials are wrong, not the message. Other 4xx refuse the message.
"""

import asyncio
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

import aiohttp
import msgspec

from shared.clock import utc_now
from shared.notifications.channels.protocol import Outgoing
from shared.outbox.outcomes import Outcome, Reject, Retry, Sent, Unknown

_LONGEST_WAIT = timedelta(hours=1)
_ANSWER_LIMIT_BYTES = 64 * 1024
_REPEATABLE = frozenset({401, 403, 408, 425, 429})


class _Answer(msgspec.Struct):
    id: str | int | None = None


class SmsGateway:
    """The channel; connects when first used."""

    idempotent = True

    def __init__(self, url: str, secret: str, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._url = url
        self._secret = secret.encode()
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Outgoing, token: UUID, deadline: float) -> Outcome:
        """Post one SMS and read the answer as an outcome."""
        body = msgspec.json.encode({"to": message.address, "text": message.text, "token": str(token)})
        try:
            async with asyncio.timeout_at(deadline):
                return await self._post(body, token)
        except aiohttp.ConnectionTimeoutError:
            return Retry("connect_timeout")
        except aiohttp.ClientConnectorError as error:
            return Retry(f"connect: {type(error.os_error).__name__}")
        except TimeoutError:
            return Unknown("timeout")
        except aiohttp.ClientError as error:
            return Unknown(type(error).__name__)

    async def close(self) -> None:
        """Close the kept connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, body: bytes, token: UUID) -> Outcome:
        session = self._opened()
        async with session.post(
            self._url, data=body, headers=self._headers(body, token), allow_redirects=False
        ) as response:
            if response.ok and response.status < 300:
                return Sent(_reference(await response.content.read(_ANSWER_LIMIT_BYTES)))
            reason = f"http {response.status}"
            if response.status >= 500 or response.status in _REPEATABLE or response.status < 400:
                return Retry(reason, _retry_after(response.headers.get("Retry-After", "")))
            return Reject(reason)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, connect=self.timeout_s)
            self._session = aiohttp.ClientSession(
                timeout=timeout, connector=aiohttp.TCPConnector(limit=50), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    def _headers(self, body: bytes, token: UUID) -> dict[str, str]:
        timestamp = str(int(utc_now().timestamp()))
        signed = hmac.new(self._secret, f"{timestamp}.".encode() + body, hashlib.sha256)
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": str(token),
            "X-Huiyin-Timestamp": timestamp,
            "X-Huiyin-Signature": f"v1={signed.hexdigest()}",
        }


def _reference(answer: bytes) -> str | None:
    try:
        reference = msgspec.json.decode(answer, type=_Answer).id
    except msgspec.MsgspecError:
        return None
    return None if reference is None else str(reference)[:200]


def _retry_after(header: str) -> timedelta:
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
