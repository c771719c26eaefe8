"""Messages to the world: written in a transaction, claimed, recorded.

A message is written once per dedupe key. Its `idem_token` never changes, so that a provider recognises a
second try. `next_attempt_at` is also the lease: a claim pushes it forward and leaves a token, and nothing is
recorded without that token.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

from shared.db.engine import Transaction
from shared.ids import new_id
from shared.outbox.outcomes import Verdict
from shared.outbox.vocabulary import Delivery, HeldFor, MessageChannel, MessageState, RecipientKind

UNTIL_EXPIRY: Final = 1_000
"""More tries than fit into the life of a message to people (`outcomes.backoff`)."""


class ProviderTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """What a Chinese provider wants instead of a text: an approved template, filled in.

    `code` is the provider's id of the template, `parameters` its variables in their order. An empty
    `sign_name` leaves the signature to the channel.
    """

    code: str
    parameters: tuple[tuple[str, str], ...]
    sign_name: str = ""


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message to write. `priority`: lower goes first. `link` is told beside the body, not inside it.

    Behind `choice_link` the reader says that he does without messages like this one. With `link_is_secret`
    the link is forgotten once the message has left. With `held_for` it waits until `held_until`, in quiet
    hours by the clock of `quiet_zone`. A digest and what it stands for have one `digest_id`.
    """

    dealer_id: int
    case_id: UUID | None
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
    dedupe_key: str
    priority: int
    expires_at: datetime
    link_is_secret: bool = False
    choice_link: str = ""
    held_for: HeldFor | None = None
    held_until: datetime | None = None
    quiet_zone: str = ""
    digest_id: UUID | None = None
    max_attempts: int = UNTIL_EXPIRY
    provider_template: ProviderTemplate | None = None


class ClaimedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message to send now; `expires_in_s` by PostgreSQL's clock at the claim.

    `sender_name` is the OEM's, empty for the product's.
    """

    oem_id: int
    id: UUID
    template: str
    channel: MessageChannel
    delivery: Delivery
    address: str
    recipient_name: str
    locale: str
    subject: str
    body: str
    link: str
    idem_token: UUID
    state: MessageState
    attempts: int
    max_attempts: int
    lease_token: UUID
    expires_in_s: float
    sender_name: str = ""
    choice_link: str = ""
    provider_template: ProviderTemplate | None = None


class Lane(msgspec.Struct, frozen=True):
    """Messages of one OEM to people by one channel."""

    oem_id: int
    channel: MessageChannel


_COLUMNS = (
    *NewMessage.__struct_fields__,
    "oem_id",
    "id",
    "idem_token",
    "state",
    "next_attempt_at",
    "created_at",
    "sent_at",
)
_TYPES = {
    "dealer_id": "bigint",
    "case_id": "uuid",
    "recipient_id": "uuid",
    "priority": "smallint",
    "expires_at": "timestamptz",
    "link_is_secret": "boolean",
    "max_attempts": "smallint",
    "oem_id": "int",
    "id": "uuid",
    "idem_token": "uuid",
    "next_attempt_at": "timestamptz",
    "created_at": "timestamptz",
    "sent_at": "timestamptz",
    "held_until": "timestamptz",
    "digest_id": "uuid",
    "provider_template": "jsonb",
}
_ARRAYS = [f"${place}::{_TYPES.get(name, 'text')}[]" for place, name in enumerate(_COLUMNS, 1)]
_INSERT = f"""
INSERT INTO messages ({", ".join(_COLUMNS)})
SELECT * FROM unnest({", ".join(_ARRAYS)})
ON CONFLICT (oem_id, dedupe_key) DO NOTHING
"""

# From one lane's first entry in the index to the next one's, past the fifty thousand that it may have.
_LANES = """
WITH RECURSIVE waiting AS (
    (SELECT oem_id, channel FROM messages WHERE state = 'queued' AND channel IN ('sms', 'email', 'chat')
     ORDER BY oem_id, channel LIMIT 1)
    UNION ALL
    SELECT following.oem_id, following.channel
    FROM waiting, LATERAL (
        SELECT m.oem_id, m.channel FROM messages m
        WHERE m.state = 'queued' AND m.channel IN ('sms', 'email', 'chat')
          AND (m.oem_id, m.channel) > (waiting.oem_id, waiting.channel)
        ORDER BY m.oem_id, m.channel LIMIT 1
    ) AS following
)
SELECT oem_id, channel FROM waiting
WHERE EXISTS (SELECT FROM messages m WHERE m.oem_id = waiting.oem_id AND m.channel = waiting.channel
              AND m.state = 'queued' AND m.channel IN ('sms', 'email', 'chat') AND m.template = ANY ($2)
              AND m.next_attempt_at <= coalesce($1, statement_timestamp()))
"""

NOT_WANTED: Final = "not_wanted"
"""The `last_error` of a message taken back because its customer does without such messages."""

OVERTAKEN: Final = "overtaken"
"""The `last_error` of a held message that nobody needed any more when it was to leave."""


def claiming(which: str, order: str) -> str:
    """The statement that takes messages of one OEM ($1) to send: up to $2, with the token $3, for $4.

    A token that is still there belongs to a worker that never came back: whether it has sent is not known.
    What has cost twelve workers in a row is not tried again.
    """
    return f"""
WITH ready AS MATERIALIZED (
    SELECT id,
           CASE WHEN expires_at <= statement_timestamp() THEN 'expired'
                WHEN lease_token IS NOT NULL AND delivery = 'at_most_once' THEN 'unknown'
                WHEN attempts >= max_attempts OR (lease_token IS NOT NULL AND losses >= 11) THEN 'dead'
                ELSE 'queued' END AS next_state
    FROM messages
    WHERE oem_id = $1 AND state = 'queued' AND {which} AND next_attempt_at <= statement_timestamp()
    ORDER BY {order}
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
UPDATE messages AS message
SET state = ready.next_state,
    attempts = message.attempts + CASE WHEN ready.next_state = 'queued' THEN 1 ELSE 0 END,
    losses = message.losses + CASE WHEN message.lease_token IS NOT NULL THEN 1 ELSE 0 END,
    last_error = CASE WHEN ready.next_state IN ('unknown', 'dead')
                      THEN coalesce(message.last_error, 'worker_lost') ELSE message.last_error END,
    lease_token = CASE WHEN ready.next_state = 'queued' THEN $3::uuid END,
    next_attempt_at = statement_timestamp() + $4
FROM ready
WHERE message.oem_id = $1 AND message.id = ready.id
RETURNING message.oem_id, message.id, message.template, message.channel, message.delivery, message.address,
          message.recipient_name, message.locale, message.subject, message.body, message.link,
          message.provider_template, message.choice_link,
          message.idem_token, message.state, message.attempts, message.max_attempts, $3::uuid AS lease_token,
          extract(epoch FROM message.expires_at - statement_timestamp())::float8 AS expires_in_s,
          (SELECT oem.sender_name FROM oems oem WHERE oem.id = $1) AS sender_name
"""


# Channels and templates are named, so that messages by one that came later are left to workers that know it.
_CLAIM = claiming(
    "channel IN ('sms', 'email', 'chat') AND channel = $5 AND template = ANY ($6)",
    "priority, next_attempt_at",
)

# Added in UTC without a zone: a distributed database refuses timestamptz + interval over columns (ADR 0002).
_RECORD = f"""
UPDATE messages AS message
SET state = tried.state, provider_ref = coalesce(tried.reference, message.provider_ref),
    last_error = CASE WHEN NOT tried.counts
                           OR (message.last_error = '{NOT_WANTED}' AND tried.state IN ('queued', 'dead'))
                      THEN message.last_error ELSE tried.error END,
    attempts = message.attempts - CASE WHEN tried.counts THEN 0 ELSE 1 END,
    lease_token = NULL, losses = 0,
    sent_at = CASE WHEN tried.state = 'sent' THEN statement_timestamp() END,
    link = CASE WHEN tried.state = 'sent' AND message.link_is_secret THEN '' ELSE message.link END,
    next_attempt_at = (statement_timestamp() AT TIME ZONE 'UTC' + tried.wait) AT TIME ZONE 'UTC'
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::interval[], $8::boolean[])
     AS tried (id, lease_token, state, reference, error, wait, counts)
WHERE message.oem_id = $1 AND message.id = tried.id AND message.lease_token = tried.lease_token
  AND message.state = 'queued'
RETURNING message.id
"""

AGAIN: Final = """state = 'queued', attempts = 0, losses = 0, lease_token = NULL, last_error = NULL,
    idem_token = CASE WHEN receipt = 'failed' THEN gen_random_uuid() ELSE idem_token END,
    receipt = NULL, receipt_at = NULL, provider_ref = NULL,
    next_attempt_at = statement_timestamp()"""
"""What is set of a message that is sent once more, beside its time."""

_REQUEUE = f"""
UPDATE messages SET {AGAIN}, expires_at = greatest(expires_at, statement_timestamp() + $3)
WHERE oem_id = $1 AND id = $2
  AND (state IN ('dead', 'unknown', 'expired', 'held') OR (state = 'sent' AND channel = 'webhook'))
  AND last_error IS DISTINCT FROM '{NOT_WANTED}'
"""


async def write(tx: Transaction, oem_id: int, messages: Sequence[NewMessage]) -> None:
    """Write messages in the open transaction (`later`); one whose dedupe key is known is left out.

    In a transaction at a past instant they are history: recorded as sent then, never handed to a channel.
    """
    at = await tx.now()
    await tx.later(
        _INSERT,
        [
            (
                *msgspec.structs.astuple(message),
                oem_id,
                new_id(at),
                uuid4(),
                MessageState.HISTORICAL if tx.as_of is not None else _first_state(message),
                message.held_until or at,
                at,
                tx.as_of,
            )
            for message in messages
        ],
    )


def _first_state(message: NewMessage) -> MessageState:
    return MessageState.QUEUED if message.held_for is None else MessageState.HELD


async def lanes_with_messages(
    tx: Transaction, templates: Sequence[str], as_of: datetime | None = None
) -> list[Lane]:
    """The lanes that have a message to people, of one of `templates`, to send at `as_of` (None: now)."""
    return await tx.rows(Lane, _LANES, as_of, templates)


async def claim(
    tx: Transaction, lane: Lane, templates: Sequence[str], limit: int, lease: timedelta
) -> list[ClaimedMessage]:
    """Take up to `limit` messages of a lane, urgent ones first, for the length of `lease`.

    Of `templates` only: a worker names those that it knows. Those in another state than `queued` have just
    been given up (expired, unknown, dead), not to be sent.
    """
    return await tx.rows(
        ClaimedMessage, _CLAIM, lane.oem_id, limit, uuid4(), lease, lane.channel.value, templates
    )


async def record(
    tx: Transaction, oem_id: int, tries: Sequence[tuple[ClaimedMessage, Verdict]]
) -> frozenset[UUID]:
    """Write what became of the tries of an OEM's messages, in one statement; the ids of those written.

    The others' leases have passed to another worker, whose record counts.
    """
    rows = [
        (
            message.id,
            message.lease_token,
            verdict.state.value,
            verdict.reference,
            verdict.error,
            verdict.wait,
            verdict.counts,
        )
        for message, verdict in tries
    ]
    return frozenset(await tx.values(_RECORD, oem_id, *zip(*rows, strict=True)))


async def requeue(tx: Transaction, oem_id: int, message_id: UUID, lifetime: timedelta) -> bool:
    """Queue a message that was given up or is held, under its old token, for at least `lifetime`.

    False for one in any other state, and for one that its customer does without (`NOT_WANTED`).

    One to another system may also be told again after it has been taken.

    The old token lets a provider that has taken it after all recognise it. One that has told that the message
    did not arrive has to take it as another.
    """
    return bool(await tx.execute(_REQUEUE, oem_id, message_id, lifetime))
