"""Events become messages to the systems that have asked for them, once per event and system."""

from datetime import UTC
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.notifications.webhooks.vocabulary import LIFETIME, MOST_TRIES, OFFERED, PRIORITY, TEMPLATE, TEST
from shared.outbox.events import Event
from shared.outbox.messages import NewMessage, write
from shared.outbox.vocabulary import Delivery, MessageChannel, RecipientKind


class _Listener(msgspec.Struct, frozen=True):
    id: UUID
    dealer_id: int
    name: str
    kinds: list[str]


_LISTENERS = """
SELECT id, dealer_id, name, kinds FROM webhook_endpoints WHERE oem_id = $1 AND disabled_at IS NULL
"""
_OFFERED = frozenset(OFFERED)


async def on_event(tx: Transaction, event: Event) -> None:
    """Tell the OEM's other systems of an event that they have asked for: ids and codes, nothing personal."""
    if event.kind not in _OFFERED:
        return
    listeners = [
        each
        for each in await _listeners(tx, event.oem_id)
        if event.kind in each.kinds and each.dealer_id in {0, event.dealer_id}
    ]
    if not listeners:
        return
    about = {"case_id": str(event.case_id) if event.case_id else None, "dealer_id": event.dealer_id}
    body = _body(event.kind, event.occurred_at.astimezone(UTC).isoformat(), about | event.payload)
    expires_at = await tx.now() + LIFETIME
    await write(
        tx,
        event.oem_id,
        [
            NewMessage(
                dealer_id=event.dealer_id,
                case_id=event.case_id,
                template=TEMPLATE,
                channel=MessageChannel.WEBHOOK,
                delivery=Delivery.AT_LEAST_ONCE,
                recipient_kind=RecipientKind.SYSTEM,
                recipient_id=each.id,
                recipient_name=each.name,
                address=str(each.id),
                locale="en",
                subject=event.kind.value,
                body=body,
                link="",
                dedupe_key=f"webhook:{event.id}:{each.id}",
                priority=PRIORITY,
                expires_at=expires_at,
                max_attempts=MOST_TRIES,
            )
            for each in listeners
        ],
    )


async def tell_test(tx: Transaction, oem_id: int, endpoint_id: UUID, name: str, key: UUID) -> None:
    """Tell one system that it can hear us; `key` makes the test once."""
    now = await tx.now()
    message = NewMessage(
        dealer_id=0,
        case_id=None,
        template=TEMPLATE,
        channel=MessageChannel.WEBHOOK,
        delivery=Delivery.AT_MOST_ONCE,
        recipient_kind=RecipientKind.SYSTEM,
        recipient_id=endpoint_id,
        recipient_name=name,
        address=str(endpoint_id),
        locale="en",
        subject=TEST,
        body=_body(TEST, now.astimezone(UTC).isoformat(), {}),
        link="",
        dedupe_key=f"webhook:{key}:{endpoint_id}",
        priority=PRIORITY,
        expires_at=now + LIFETIME,
        max_attempts=1,
    )
    await write(tx, oem_id, [message])


def _body(kind: str, timestamp: str, data: object) -> str:
    return msgspec.json.encode({"type": kind, "timestamp": timestamp, "data": data}).decode()


async def _listeners(tx: Transaction, oem_id: int) -> list[_Listener]:
    """The OEM's endpoints, read once per transaction."""
    key = (__name__, oem_id)
    if key not in tx.remembered:
        tx.remembered[key] = await tx.rows(_Listener, _LISTENERS, oem_id)
    return tx.remembered[key]
