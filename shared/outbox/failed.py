"""All messages of a filter that did not get through: how many there are, and queueing them again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.outbox.message_pages import MATCHING, MessageFilter, matching
from shared.outbox.messages import AGAIN, NOT_WANTED
from shared.outbox.vocabulary import GIVEN_UP, MessageState


class FailedCount(msgspec.Struct, frozen=True, kw_only=True):
    """Messages in a state that did not get through, between the oldest and the newest.

    `count` without the `unwanted`, those that their customers do without.
    """

    state: MessageState
    count: int
    unwanted: int
    oldest: datetime
    newest: datetime


class Requeued(msgspec.Struct, frozen=True):
    """A message that goes once more."""

    id: UUID
    dealer_id: int


# As `is_unwanted` says it of one message.
_UNWANTED: Final = f"""(message.last_error IS NOT DISTINCT FROM '{NOT_WANTED}'
    OR (message.recipient_kind = 'customer' AND message.template = ANY ($9::text[])
        AND NOT wants_messages(message.recipient_id, message.case_id)))"""
_COUNT: Final = f"""
SELECT state, count(*) FILTER (WHERE NOT unwanted) AS count, count(*) FILTER (WHERE unwanted) AS unwanted,
       min(created_at) AS oldest, max(created_at) AS newest
FROM (SELECT message.state, message.created_at, {_UNWANTED} AS unwanted FROM messages AS message
      WHERE {MATCHING}) AS found
GROUP BY state ORDER BY state
"""
# In UTC without a zone, as `messages.record` adds a wait.
_REQUEUE: Final = f"""
WITH chosen AS MATERIALIZED (
    SELECT message.id, worth.lifetime
    FROM messages AS message
    JOIN unnest($10::text[], $11::interval[]) AS worth (template, lifetime) USING (template)
    WHERE {MATCHING} AND NOT {_UNWANTED}
    ORDER BY message.priority, message.created_at, message.id
    LIMIT $12
    FOR UPDATE OF message SKIP LOCKED
)
UPDATE messages SET {AGAIN},
    expires_at = greatest(
        expires_at, (statement_timestamp() AT TIME ZONE 'UTC' + chosen.lifetime) AT TIME ZONE 'UTC')
FROM chosen
WHERE messages.oem_id = $1 AND messages.id = chosen.id
RETURNING messages.id, messages.dealer_id
"""


async def failed_counts(
    tx: Transaction, oem_id: int, wanted: MessageFilter, dispensable: Sequence[str]
) -> list[FailedCount]:
    """Those in each state that the filter finds; `dispensable` templates a customer may do without."""
    among = _given_up(wanted)
    if not among.states:
        return []
    return await tx.rows(FailedCount, _COUNT, *matching(oem_id, among), list(dispensable))


async def requeue_failed(
    tx: Transaction,
    oem_id: int,
    wanted: MessageFilter,
    dispensable: Sequence[str],
    lifetimes: Mapping[str, timedelta],
    most: int,
) -> list[Requeued]:
    """Queue those that the filter finds, `most` at once: urgent ones first, then the oldest.

    Each for at least the lifetime of its template. What a customer does without stays as it is.
    """
    among = _given_up(wanted)
    if not among.states:
        return []
    return await tx.rows(
        Requeued,
        _REQUEUE,
        *matching(oem_id, among),
        list(dispensable),
        list(lifetimes),
        list(lifetimes.values()),
        most,
    )


def _given_up(wanted: MessageFilter) -> MessageFilter:
    states = tuple(state for state in GIVEN_UP if not wanted.states or state in wanted.states)
    return msgspec.structs.replace(wanted, states=states)
