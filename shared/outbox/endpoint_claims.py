"""Claiming what other systems are told: each endpoint by itself, and of each no more than a few at a time.

A system that hangs holds every try until its time is over. It may hold a few of its own, over all workers,
and none of anybody else's.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from shared.db.engine import Transaction
from shared.outbox.messages import ClaimedMessage, claiming

AT_ONCE = 10
"""Messages to one endpoint that may be under way at the same time."""


class Endpoint(msgspec.Struct, frozen=True):
    """A system of an OEM that has something to be told."""

    oem_id: int
    endpoint_id: UUID


# From one endpoint's first entry in the index to the next one's, past the thousands that it may have.
_WAITING = """
WITH RECURSIVE waiting AS (
    (SELECT oem_id, recipient_id FROM messages WHERE state = 'queued' AND channel = 'webhook'
     ORDER BY oem_id, recipient_id LIMIT 1)
    UNION ALL
    SELECT following.oem_id, following.recipient_id
    FROM waiting, LATERAL (
        SELECT m.oem_id, m.recipient_id FROM messages m
        WHERE m.state = 'queued' AND m.channel = 'webhook'
          AND (m.oem_id, m.recipient_id) > (waiting.oem_id, waiting.recipient_id)
        ORDER BY m.oem_id, m.recipient_id LIMIT 1
    ) AS following
)
SELECT oem_id, recipient_id AS endpoint_id FROM waiting
WHERE EXISTS (SELECT FROM messages m WHERE m.oem_id = waiting.oem_id AND m.recipient_id = waiting.recipient_id
              AND m.state = 'queued' AND m.channel = 'webhook'
              AND m.next_attempt_at <= coalesce($1, statement_timestamp()))
"""
# Two workers that counted at the same moment would each take the rest.
_ALONE = "SELECT pg_try_advisory_xact_lock(7412, hashtext($1))"
# A lease that has passed is nobody's any more: what it took is claimed again.
_UNDER_WAY = """
SELECT count(*) FROM messages
WHERE oem_id = $1 AND recipient_id = $2 AND state = 'queued' AND channel = 'webhook'
  AND lease_token IS NOT NULL AND next_attempt_at > statement_timestamp()
"""
_CLAIM = claiming("channel = 'webhook' AND recipient_id = $5", "next_attempt_at")


async def endpoints_with_messages(tx: Transaction, as_of: datetime | None = None) -> list[Endpoint]:
    """The endpoints that have something to be told at `as_of` (None: now)."""
    return await tx.rows(Endpoint, _WAITING, as_of)


async def claim(tx: Transaction, endpoint: Endpoint, limit: int, lease: timedelta) -> list[ClaimedMessage]:
    """Take up to `limit` messages to an endpoint, fewer while others are under way; as `messages.claim`."""
    if not await tx.value(_ALONE, str(endpoint.endpoint_id)):
        return []
    under_way: int = await tx.value(_UNDER_WAY, endpoint.oem_id, endpoint.endpoint_id)
    room = min(limit, AT_ONCE - under_way)
    if room <= 0:
        return []
    return await tx.rows(ClaimedMessage, _CLAIM, endpoint.oem_id, room, uuid4(), lease, endpoint.endpoint_id)
