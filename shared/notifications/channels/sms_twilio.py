"""SMS by Twilio: Messages of the API 2010-04-01, free text, basic authentication.

Twilio tells of the delivery at the address that the message names (`StatusCallback`), which holds the token.
It sends again what it is asked again, and cannot be asked by our token.
"""

from base64 import b64encode
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from shared.notifications.channels.http import Answer, Call, HttpClient, failure
from shared.notifications.channels.protocol import Outgoing
from shared.outbox.outcomes import Outcome, Retry, Sent
from shared.settings import SmsSettings

ENDPOINT: Final = "https://api.twilio.com"

_SERVICE: Final = "MG"
# 400 for our own sender, account or address, not the message (www.twilio.com/docs/api/errors/NUMBER): also
# for countries that are not enabled (21408) and whom an account on trial has not verified (21608).
_OURS: Final = frozenset({21212, 21408, 21603, 21606, 21608, 21609, 21659, 21660, 21701, 21703})


class _Taken(msgspec.Struct):
    sid: str = ""


class _Error(msgspec.Struct):
    code: int = 0


class TwilioSms:
    """The channel; connects when first used. `receipts` is where Twilio is to tell of deliveries."""

    idempotent = False
    can_query = False

    def __init__(self, settings: SmsSettings, timeout_s: float, receipts: str = "") -> None:
        self.timeout_s = timeout_s
        self._sender = settings.sender
        # Twilio refuses addresses that it cannot reach, and ours have to be told over TLS.
        self._receipts = receipts if receipts.startswith("https://") else ""
        endpoint = (settings.url or ENDPOINT).rstrip("/")
        self._url = f"{endpoint}/2010-04-01/Accounts/{settings.key_id}/Messages.json"
        credentials = b64encode(f"{settings.key_id}:{settings.secret}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {credentials}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._http = HttpClient()

    async def send(self, message: Outgoing, token: UUID, deadline: float) -> Outcome:
        """Send one SMS and read the answer as an outcome."""
        sender = "MessagingServiceSid" if self._sender.startswith(_SERVICE) else "From"
        form = {"To": message.address, sender: self._sender, "Body": message.text}
        if self._receipts:
            form["StatusCallback"] = f"{self._receipts}/{token}"
        call = Call(url=self._url, headers=self._headers, body=urlencode(form).encode())
        return await self._http.post(call, deadline, _read)

    async def query(self, message: Outgoing, token: UUID, deadline: float) -> Sent | None:  # noqa: ARG002  # the protocol's signature
        """It cannot be asked by our token."""
        return None

    async def close(self) -> None:
        """Close the kept connections."""
        await self._http.close()


def _read(answer: Answer) -> Outcome:
    if answer.is_success:
        return Sent(_sid(answer.body))
    code = _error(answer.body)
    reason = f"twilio {code}" if code else f"http {answer.status}"
    # An unknown address is an unknown account: there is nothing else in it.
    if code in _OURS or answer.status == HTTPStatus.NOT_FOUND:
        return Retry(reason)
    return failure(answer, reason, idempotent=False)


def _sid(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=_Taken).sid[:200] or None
    except msgspec.MsgspecError:
        return None


def _error(body: bytes) -> int:
    try:
        return msgspec.json.decode(body, type=_Error).code
    except msgspec.MsgspecError:
        return 0
