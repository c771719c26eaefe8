"""API keys of an OEM's integrations: shown once, stored hashed, revocable (R9.4)."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.accounts.tokens import digest, new_key
from shared.audit.log import AuditEntry, append
from shared.db.engine import transaction
from shared.errors import Invalid, NotFound
from shared.idempotency.keys import once, refuse_second
from shared.ids import new_id
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants.dealers import dealer


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret; `dealer_id` 0 acts for the whole OEM."""

    id: UUID
    dealer_id: int
    name: str
    prefix: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    last_used_at: datetime | None


_COLUMNS = "id, dealer_id, name, prefix, created_at, created_by, revoked_at, last_used_at"


async def api_keys(actor: Actor) -> list[ApiKey]:
    """The OEM's keys, newest first, revoked ones included."""
    actor.require(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await tx.rows(
            ApiKey,
            f"SELECT {_COLUMNS} FROM api_keys WHERE oem_id = $1 ORDER BY created_at DESC, id",
            actor.oem_id,
        )


_INSERT = """
INSERT INTO api_keys (oem_id, id, dealer_id, name, prefix, key_hash, created_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def create_api_key(
    actor: Actor,
    name: str,
    dealer_id: int | None = None,
    *,
    idempotency_key: str | None = None,
    as_of: datetime | None = None,
) -> str:
    """Create a key for the OEM, or for one of its dealers; its text, which is shown this once.

    Raises `Invalid` for an empty, overlong or unprintable name, `NotFound` for a dealer of somebody else, and
    `Conflict` (`made_already`, `idempotency_key_reused`) as `shared.idempotency.keys`.
    """
    actor.require(Permission.API_KEY_MANAGE)
    wanted = once(actor, idempotency_key, (name, dealer_id), what="api_key")
    name = name.strip()
    if not name:
        raise Invalid.field("name", "required")
    if len(name) > 100:
        raise Invalid.field("name", "too_long", limit=100)
    if not name.isprintable():
        raise Invalid.field("name", "not_understood")
    key, key_id = new_key(), new_id(as_of)
    async with transaction(Scope.oem(actor.oem_id), as_of=as_of) as tx:
        if dealer_id is not None:
            await dealer(tx, actor.oem_id, dealer_id)
        now = await tx.now()
        await refuse_second(tx, actor.oem_id, wanted, key_id, now)
        await tx.execute(
            _INSERT,
            actor.oem_id,
            key_id,
            dealer_id or 0,
            name,
            key.prefix,
            digest(key.text),
            now,
            actor.name,
        )
        entry = AuditEntry(
            action="api_key.create", entity="api_key", entity_id=key_id, dealer_id=dealer_id or 0
        )
        await append(tx, actor, now, entry)
    return key.text


_REVOKE = """
UPDATE api_keys SET revoked_at = $3 WHERE oem_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING dealer_id
"""


async def revoke_api_key(actor: Actor, key_id: UUID) -> None:
    """Revoke a key for good; raises `NotFound` for an unknown or revoked one, and for who keeps no keys."""
    actor.hide_without(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        now = await tx.now()
        dealer_id = await tx.value(_REVOKE, actor.oem_id, key_id, now)
        if dealer_id is None:
            raise NotFound("not_found")
        entry = AuditEntry(action="api_key.revoke", entity="api_key", entity_id=key_id, dealer_id=dealer_id)
        await append(tx, actor, now, entry)
