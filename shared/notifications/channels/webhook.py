"""Events to other systems, signed as Standard Webhooks (standardwebhooks.com) has it.

`webhook-id` is the token, the same over all tries and replays; while a secret is being renewed the old one
signs as well. Whatever is no 2xx is tried again: the other side may be mended. 410 ends the subscription.
"""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from shared.clock import utc_now
from shared.errors import Invalid
from shared.notifications.channels.guarded import guarded
from shared.notifications.channels.http import Answer, Call, HttpClient
from shared.notifications.channels.protocol import Outgoing
from shared.notifications.outbound import Outbound
from shared.notifications.signing import webhook_signature
from shared.notifications.webhooks.addresses import Directory, Subscriber
from shared.outbox.outcomes import Outcome, Reject, Retry, Sent


class WebhookChannel:
    """The channel; who is told, and with which secrets, is looked up for each try."""

    idempotent = True
    can_query = False

    def __init__(self, directory: Directory, outbound: Outbound, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._directory = directory
        self._outbound = outbound
        self._http = HttpClient(guarded(outbound))

    async def send(self, message: Outgoing, token: UUID, deadline: float) -> Outcome:
        """Post one event to its subscriber and read the answer as an outcome."""
        endpoint_id = UUID(message.address)
        to = await self._directory.find(message.oem_id, endpoint_id)
        if to is None:
            return Reject("endpoint_disabled")
        try:
            self._outbound.check(to.url)
        except Invalid:
            return Reject("host_not_allowed")
        outcome = await self._http.post(_call(to, message.text, token), deadline, _read)
        if outcome == _GONE:
            await self._directory.end(message.oem_id, endpoint_id)
        return outcome

    async def query(self, message: Outgoing, token: UUID, deadline: float) -> Sent | None:  # noqa: ARG002  # the protocol's signature
        """It cannot be asked; it recognises a token instead."""
        return None

    async def close(self) -> None:
        """Close the kept connections."""
        await self._http.close()


_GONE = Reject("http 410")


def _call(to: Subscriber, text: str, token: UUID) -> Call:
    body, timestamp = text.encode(), int(utc_now().timestamp())
    return Call(
        url=to.url,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "Huiyin-Webhooks",
            "webhook-id": str(token),
            "webhook-timestamp": str(timestamp),
            "webhook-signature": _signatures(to.secrets, token, timestamp, body),
        },
        body=body,
    )


def _signatures(secrets: Sequence[str], token: UUID, timestamp: int, body: bytes) -> str:
    return " ".join(webhook_signature(secret, str(token), timestamp, body) for secret in secrets)


def _read(answer: Answer) -> Outcome:
    if answer.is_success:
        return Sent()
    if answer.status == HTTPStatus.GONE:
        return _GONE
    return Retry(f"http {answer.status}", answer.retry_after)
