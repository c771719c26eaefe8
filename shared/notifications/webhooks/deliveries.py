"""The log of what another system was told, and telling it again."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cursors import cut_page, decode_place
from shared.db.engine import transaction
from shared.errors import Conflict, NotFound
from shared.notifications.webhooks.endpoints import endpoint
from shared.notifications.webhooks.vocabulary import LIFETIME
from shared.outbox.messages import requeue
from shared.outbox.vocabulary import MessageState
from shared.permissions import Permission
from shared.tenancy import Actor, Scope


class WebhookDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event and what became of it. `kind` is the event's; `webhook_id` is the same over all tries.

    `next_attempt_at` tells the next try of a queued one, `last_error` what the last one ended with.
    """

    id: UUID
    webhook_id: UUID
    case_id: UUID | None
    kind: str
    body: str
    state: MessageState
    attempts: int
    next_attempt_at: datetime
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None


class WebhookDeliveries(msgspec.Struct, frozen=True):
    """A page of the log, newest first; `next_cursor` None on the last one."""

    items: list[WebhookDelivery]
    next_cursor: str | None


_SELECT: Final = """
SELECT id, idem_token AS webhook_id, case_id, subject AS kind, body, state, attempts, next_attempt_at,
       last_error, created_at, sent_at
FROM messages WHERE oem_id = $1 AND channel = 'webhook' AND recipient_id = $2
"""
_PAGE: Final = f"""{_SELECT}
  AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
ORDER BY created_at DESC, id DESC
LIMIT $5
"""
_ONE: Final = f"{_SELECT} AND id = $3"


async def deliveries(
    actor: Actor, endpoint_id: UUID, *, cursor: str | None = None, limit: int = 50
) -> WebhookDeliveries:
    """A page of an endpoint's log; raises `NotFound`, and `Invalid` (`bad_cursor`)."""
    actor.hide_without(Permission.API_KEY_MANAGE)
    after_time, after_id = decode_place(cursor)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        await endpoint(tx, actor, endpoint_id)
        found = await tx.rows(
            WebhookDelivery, _PAGE, actor.oem_id, endpoint_id, after_time, after_id, limit + 1
        )
    return WebhookDeliveries(*cut_page(found, limit, lambda each: (each.created_at, each.id)))


async def replay(actor: Actor, endpoint_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    """Tell an event again under its `webhook-id`, whatever became of it.

    Raises `NotFound`, and `Conflict`: `endpoint_stopped`, `delivery_waits` for one that is tried anyway.
    """
    actor.hide_without(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        to = await endpoint(tx, actor, endpoint_id)
        found = await tx.row(WebhookDelivery, _ONE, actor.oem_id, endpoint_id, delivery_id)
        if found is None:
            raise NotFound("not_found")
        if to.disabled_at is not None:
            raise Conflict("endpoint_stopped")
        if not await requeue(tx, actor.oem_id, delivery_id, LIFETIME):
            raise Conflict("delivery_waits")
        entry = AuditEntry(
            action="webhook.replay", entity="message", entity_id=delivery_id, dealer_id=to.dealer_id
        )
        await append(tx, actor, await tx.now(), entry)
        again = await tx.row(WebhookDelivery, _ONE, actor.oem_id, endpoint_id, delivery_id)
    assert again is not None  # noqa: S101  # it has just been queued
    return again
