"""Reading messages: the console's page of what went, waits or failed (R4.4: the log shows whom and when)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from shared.cursors import cut_page, decode_place
from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.outbox.vocabulary import Delivery, HeldFor, MessageChannel, MessageState, Receipt, RecipientKind

COUNTED = timedelta(days=30)
"""How far back `message_counts` looks."""


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one recipient; `case_number` None for a message about no case.

    A digest and the messages it stands for have one `digest_id`.

    `next_attempt_at` tells the next try of a queued message; `last_error` what the last one ended with;
    `receipt` what the provider has told since, None where it says nothing.
    """

    id: UUID
    dealer_id: int
    case_id: UUID | None
    case_number: str | None
    template: str
    channel: MessageChannel
    delivery: Delivery
    recipient_kind: RecipientKind
    recipient_id: UUID
    recipient_name: str
    address: str
    locale: str
    subject: str
    body: str
    link: str
    state: MessageState
    attempts: int
    max_attempts: int
    next_attempt_at: datetime
    expires_at: datetime
    last_error: str | None
    provider_ref: str | None
    created_at: datetime
    sent_at: datetime | None
    held_for: HeldFor | None
    held_until: datetime | None
    digest_id: UUID | None
    receipt: Receipt | None
    receipt_at: datetime | None


class MessageFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages: all given conditions hold; several values of one are alternatives.

    `digest_id`: a digest and what it stands for. Of the times the first belongs to it, the last does not.
    """

    states: tuple[MessageState, ...] = ()
    channels: tuple[MessageChannel, ...] = ()
    templates: tuple[str, ...] = ()
    case_id: UUID | None = None
    digest_id: UUID | None = None
    written_from: datetime | None = None
    written_before: datetime | None = None


class MessagePage(msgspec.Struct, frozen=True):
    """A page of messages, newest first; `next_cursor` None on the last one."""

    items: list[MessageView]
    next_cursor: str | None


class StateCount(msgspec.Struct, frozen=True):
    """How many messages stand in a state."""

    state: MessageState
    count: int


_COLUMNS = ", ".join(
    "cases.number AS case_number" if name == "case_number" else f"message.{name}"
    for name in MessageView.__struct_fields__
)
_SELECT = f"""
SELECT {_COLUMNS}
FROM messages AS message
LEFT JOIN cases ON cases.oem_id = message.oem_id AND cases.id = message.case_id
"""

MATCHING: Final = """
message.oem_id = $1
  AND ($2::text[] = '{}' OR message.state = ANY ($2))
  AND ($3::text[] = '{}' OR message.channel = ANY ($3))
  AND ($4::text[] = '{}' OR message.template = ANY ($4))
  AND ($5::uuid IS NULL OR message.case_id = $5)
  AND ($6::uuid IS NULL OR message.digest_id = $6)
  AND ($7::timestamptz IS NULL OR message.created_at >= $7)
  AND ($8::timestamptz IS NULL OR message.created_at < $8)
"""
"""The condition of a filter, whose values are `matching`."""

_PAGE = f"""{_SELECT}
WHERE {MATCHING}
  AND ($9::timestamptz IS NULL OR (message.created_at, message.id) < ($9, $10::uuid))
ORDER BY message.created_at DESC, message.id DESC
LIMIT $11
"""

_ONE = f"{_SELECT} WHERE message.oem_id = $1 AND message.id = $2"

_COUNTS = """
SELECT state, count(*) AS count FROM messages
WHERE oem_id = $1 AND created_at > $2 AND ($3::text[] = '{}' OR channel = ANY ($3))
GROUP BY state ORDER BY state
"""


def matching(oem_id: int, wanted: MessageFilter) -> tuple[object, ...]:
    """The values that `MATCHING` names $1 to $8."""
    return (
        oem_id,
        [state.value for state in wanted.states],
        [channel.value for channel in wanted.channels],
        list(wanted.templates),
        wanted.case_id,
        wanted.digest_id,
        wanted.written_from,
        wanted.written_before,
    )


async def messages_page(
    tx: Transaction, oem_id: int, wanted: MessageFilter, *, cursor: str | None = None, limit: int = 50
) -> MessagePage:
    """One page; raises `Invalid` (code `bad_cursor`) for a cursor that is not ours."""
    after_time, after_id = decode_place(cursor)
    found = await tx.rows(
        MessageView,
        _PAGE,
        *matching(oem_id, wanted),
        after_time,
        after_id,
        limit + 1,
    )
    return MessagePage(*cut_page(found, limit, lambda each: (each.created_at, each.id)))


async def message_view(tx: Transaction, oem_id: int, message_id: UUID) -> MessageView:
    """One message; raises `NotFound` (code `message_not_found`) for none in the scope."""
    found = await tx.row(MessageView, _ONE, oem_id, message_id)
    if found is None:
        raise NotFound("message_not_found")
    return found


async def message_counts(
    tx: Transaction, oem_id: int, channels: tuple[MessageChannel, ...] = ()
) -> list[StateCount]:
    """How many messages of the last thirty days stand in each state, in the scope."""
    since = await tx.now() - COUNTED
    return await tx.rows(StateCount, _COUNTS, oem_id, since, [channel.value for channel in channels])
