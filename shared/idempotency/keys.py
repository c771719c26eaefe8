"""A create that is asked for again under its key is done once: `Idempotency-Key` of the API, ids of webhooks.

The key is kept in the transaction of the create: what was lost with it can be asked for again, and what was
made is found again, whenever the process was killed.
"""

from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.errors import Conflict, Invalid
from shared.tenancy import Actor

LONGEST_KEY: Final = 255

_REMEMBER: Final = """
INSERT INTO idempotency_keys (oem_id, actor, key, request_hash, made_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (oem_id, actor, key) DO NOTHING
"""
_KNOWN: Final = (
    "SELECT request_hash, made_id FROM idempotency_keys WHERE oem_id = $1 AND actor = $2 AND key = $3"
)


class Once(msgspec.Struct, frozen=True):
    """What makes a thing only once: `whose` key it is, and the digest of what has to be the same again."""

    whose: str
    key: str
    digest: bytes


class _Known(msgspec.Struct, frozen=True):
    request_hash: bytes
    made_id: UUID


def once(actor: Actor, key: str | None, content: object, *, what: str = "") -> Once | None:
    """The create that the caller names by `key`; None without one.

    The same key names another create for another caller, and for each `what` (a case unless given).
    `content` is all that it is made of. Raises `Invalid` for a key that is empty or longer than
    `LONGEST_KEY`.
    """
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Invalid.field("Idempotency-Key", "out_of_range", least=1, most=LONGEST_KEY)
    caller = f"{actor.kind.value}:{actor.id or actor.name}"
    return Once(f"{caller}/{what}" if what else caller, key, sha256(msgspec.json.encode(content)).digest())


async def made_before(tx: Transaction, oem_id: int, wanted: Once | None) -> UUID | None:
    """What this create has made before; None when it is new or has no key. Writes nothing.

    Raises `Conflict` (`idempotency_key_reused`) where the key came with another content.
    """
    if wanted is None:
        return None
    known = await tx.row(_Known, _KNOWN, oem_id, wanted.whose, wanted.key)
    if known is None:
        return None
    if known.request_hash != wanted.digest:
        raise Conflict("idempotency_key_reused")
    return known.made_id


async def first_made(
    tx: Transaction, oem_id: int, wanted: Once | None, new_id: UUID, at: datetime
) -> UUID | None:
    """Keep the key for what this transaction makes as `new_id`; else what was made before, as `made_before`.

    Waits for another transaction that is just using the same key.
    """
    if wanted is None:
        return None
    if await tx.execute(_REMEMBER, oem_id, wanted.whose, wanted.key, wanted.digest, new_id, at):
        return None
    return await made_before(tx, oem_id, wanted)


async def refuse_second(
    tx: Transaction, oem_id: int, wanted: Once | None, new_id: UUID, at: datetime
) -> None:
    """As `first_made`, for what is answered with a secret that is shown once and not kept.

    Raises `Conflict` (`made_already`, with the `id` of what was made) for the second time.
    """
    made = await first_made(tx, oem_id, wanted, new_id, at)
    if made is not None:
        raise Conflict("made_already", {"id": str(made)})
