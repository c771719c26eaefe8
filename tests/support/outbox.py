"""Messages to write and to send in tests."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.notifications.delivery import BATCH, Channels, deliver
from shared.outbox.messages import Lane, NewMessage
from shared.outbox.vocabulary import Delivery, MessageChannel, RecipientKind


def new_message(recipient_id: UUID | None = None, **values: Any) -> NewMessage:
    """A message to staff by e-mail, to be sent within an hour."""
    defaults: dict[str, Any] = {
        "dealer_id": 1,
        "case_id": None,
        "template": "assignment",
        "channel": MessageChannel.EMAIL,
        "delivery": Delivery.AT_LEAST_ONCE,
        "recipient_kind": RecipientKind.STAFF,
        "recipient_id": recipient_id or uuid4(),
        "recipient_name": "测试员",
        "address": "staff@example.com",
        "locale": "zh-CN",
        "subject": "投诉",
        "body": "请处理。",
        "link": "",
        "dedupe_key": uuid4().hex,
        "priority": 5,
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
    }
    return NewMessage(**(defaults | values))


async def deliver_all(oem_id: int, channels: Channels) -> int:
    """A batch of each of an OEM's lanes to people; how many messages were claimed."""
    return sum(await asyncio.gather(*(deliver(Lane(oem_id, channel), channels) for channel in BATCH)))
