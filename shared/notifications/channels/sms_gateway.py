"""SMS by a generic gateway: signed JSON over HTTP, repeated safely under one token.

`POST url` with `{"to", "text", "token"}` and the headers `Idempotency-Key` (the token),
`X-Huiyin-Timestamp` (seconds since 1970) and `X-Huiyin-Signature: v1=<hex HMAC-SHA256 of "timestamp.body">`.
Any 2xx means taken; an `id` in a JSON answer is kept. 429 and 5xx may be tried again, also 401 and 403: our
credentials are wrong, not the message. Other 4xx refuse the message.
"""

from uuid import UUID

import msgspec

from shared.clock import utc_now
from shared.notifications.channels.http import Answer, Call, HttpClient, failure
from shared.notifications.channels.protocol import Outgoing
from shared.notifications.signing import gateway_signature
from shared.outbox.outcomes import Outcome, Sent


class _Taken(msgspec.Struct):
    id: str | int | None = None


class SmsGateway:
    """The channel; connects when first used."""

    idempotent = True
    can_query = False

    def __init__(self, url: str, secret: str, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._url = url
        self._secret = secret
        self._http = HttpClient()

    async def send(self, message: Outgoing, token: UUID, deadline: float) -> Outcome:
        """Post one SMS and read the answer as an outcome."""
        body = msgspec.json.encode({"to": message.address, "text": message.text, "token": str(token)})
        call = Call(url=self._url, headers=self._headers(body, token), body=body)
        return await self._http.post(call, deadline, self._read)

    async def query(self, message: Outgoing, token: UUID, deadline: float) -> Sent | None:  # noqa: ARG002  # the protocol's signature
        """It cannot be asked; it recognises a token instead."""
        return None

    async def close(self) -> None:
        """Close the kept connections."""
        await self._http.close()

    def _read(self, answer: Answer) -> Outcome:
        if answer.is_success:
            return Sent(_reference(answer.body))
        return failure(answer, idempotent=self.idempotent)

    def _headers(self, body: bytes, token: UUID) -> dict[str, str]:
        timestamp = str(int(utc_now().timestamp()))
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": str(token),
            "X-Huiyin-Timestamp": timestamp,
            "X-Huiyin-Signature": gateway_signature(timestamp, body, self._secret),
        }


def _reference(answer: bytes) -> str | None:
    try:
        reference = msgspec.json.decode(answer, type=_Taken).id
    except msgspec.MsgspecError:
        return None
    return None if reference is None else str(reference)[:200]
