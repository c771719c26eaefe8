"""Signed webhooks as another system sends them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
from standardwebhooks import Webhook


def signed_headers(
    secret: str, body: bytes, *, message_id: str | None = None, ago: timedelta = timedelta()
) -> dict[str, str]:
    """The headers of a message signed some time ago."""
    at = datetime.now(UTC) - ago
    name = message_id or f"msg_{uuid4().hex}"
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, body.decode()),
        "content-type": "application/json",
        "accept-language": "en",
    }


async def deliver(
    client: httpx.AsyncClient, path: str, secret: str, content: Any, *, message_id: str | None = None
) -> httpx.Response:
    """Send a body with its signature."""
    body = msgspec.json.encode(content)
    headers = signed_headers(secret, body, message_id=message_id)
    return await client.post(path, content=body, headers=headers)
