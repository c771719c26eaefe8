"""The SMS side of the post office: a gateway for signed JSON, idempotent by token.

`POST /sms` with `{"token", "to", "text", …}` answers 200 `{"id", "status": "accepted"}`, for a repeated token
the same answer again. `GET /sms/{token}` tells whether it arrived. 400: unreadable, 401: not signed, 404:
unknown token, 422: no phone number, 429 and 500: on request (`Faults`).
"""

import asyncio
import re

import msgspec
from aiohttp import web

from infra.dev.postoffice.faults import Fault, FaultMaker
from infra.dev.postoffice.signature import TOKEN_HEADER, is_signed
from infra.dev.postoffice.store import NewMessage, Received, Store
from shared.clock import utc_now

_NUMBER = re.compile(r"\+?[0-9]{5,15}")
_SENDER = "Huiyin"


class SmsOrder(msgspec.Struct, frozen=True):
    """The body of a request; fields of real gateways (template codes, signatures) may stand beside these."""

    token: str
    to: str
    text: str
    sign_name: str = _SENDER


class Gateway:
    """The gateway's two routes; `secret` is what requests are signed with."""

    def __init__(self, store: Store, faults: FaultMaker, secret: str) -> None:
        self._store = store
        self._faults = faults
        self._secret = secret

    async def send(self, request: web.Request) -> web.Response:
        """Take one SMS."""
        body = await request.read()
        if not is_signed(request.headers, self._secret, int(utc_now().timestamp()), body):
            return _refusal(401, "signature")
        try:
            order = msgspec.json.decode(body, type=SmsOrder)
        except msgspec.MsgspecError:
            return _refusal(400, "body")
        if request.headers.get(TOKEN_HEADER) != order.token:
            return _refusal(400, "token")
        if not _NUMBER.fullmatch(order.to.replace(" ", "")):
            return _refusal(422, "to")
        return await self._answer(request, order, body)

    async def _answer(self, request: web.Request, order: SmsOrder, body: bytes) -> web.Response:
        came_at = utc_now()
        fault = self._faults.next()
        await asyncio.sleep(self._faults.faults.delay_ms / 1000)
        if fault is Fault.ERROR:
            return _refusal(500, "trouble")
        if fault is Fault.THROTTLE:
            return _refusal(429, "throttled", {"Retry-After": str(self._faults.faults.retry_after_s)})
        message = NewMessage("sms", order.token, order.sign_name, order.to, "", order.text, body)
        received = self._store.add(message, came_at)
        if fault is Fault.LOST_ANSWER and request.transport is not None:
            request.transport.abort()
        return _accepted(received)

    async def query(self, request: web.Request) -> web.Response:
        """Tell whether the SMS with a token arrived."""
        if not is_signed(request.headers, self._secret, int(utc_now().timestamp()), request.path.encode()):
            return _refusal(401, "signature")
        received = self._store.sms(request.match_info["token"])
        return _refusal(404, "token") if received is None else _accepted(received)


def _accepted(received: Received) -> web.Response:
    return web.json_response({"id": f"sms-{received.id}", "status": "accepted"})


def _refusal(status: int, error: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": error}, status=status, headers=headers)
