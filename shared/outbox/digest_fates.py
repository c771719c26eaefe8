"""What became of the digests in which messages were told: whether they have left, when, and why not."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.db.engine import transaction
from shared.outbox.vocabulary import MessageChannel, MessageState
from shared.tenancy import Scope


class DigestFate(msgspec.Struct, frozen=True, kw_only=True):
    """The one message of a digest; `error` is what its last try ended with, empty for nothing."""

    digest_id: UUID
    channel: MessageChannel
    state: MessageState
    written_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    error: str


_FATES: Final = """
SELECT digest_id, channel, state, created_at AS written_at, sent_at,
       CASE WHEN receipt = 'delivered' THEN receipt_at END AS delivered_at, coalesce(last_error, '') AS error
FROM messages WHERE oem_id = $1 AND digest_id = ANY ($2::uuid[]) AND template = 'digest'
"""


async def digest_fates(oem_id: int, digest_ids: Collection[UUID]) -> Mapping[UUID, DigestFate]:
    """By `digest_id`; in a transaction of its own.

    In the OEM's scope: a digest of several dealers' cases belongs to none of them, and each may know whether
    its own was told. Give only digests of messages that the caller was shown; no word or address is read.
    """
    if not digest_ids:
        return {}
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        found = await tx.rows(DigestFate, _FATES, oem_id, sorted(set(digest_ids)))
    return {each.digest_id: each for each in found}
