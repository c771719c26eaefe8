"""Where an event of an endpoint goes just now: read by the worker for each try."""

from typing import Final, Protocol
from uuid import UUID

import msgspec

from shared.db.engine import transaction
from shared.notifications.signing import webhook_secret
from shared.tenancy import Scope
from shared.tenants.renewed_secrets import Salts


class Subscriber(msgspec.Struct, frozen=True):
    """An address and the secrets that sign for it, the newest first."""

    url: str
    secrets: tuple[str, ...]


class _Row(Salts, frozen=True, kw_only=True):
    url: str


_FIND: Final = """
SELECT url, salt, previous_salt, previous_until, earlier_salts, earlier_untils FROM webhook_endpoints
WHERE oem_id = $1 AND id = $2 AND disabled_at IS NULL
"""
_END: Final = """
UPDATE webhook_endpoints SET disabled_at = statement_timestamp(), disabled_reason = 'gone'
WHERE oem_id = $1 AND id = $2 AND disabled_at IS NULL
"""


class Directory(Protocol):
    """Where the channel looks up who is told."""

    async def find(self, oem_id: int, endpoint_id: UUID) -> Subscriber | None:
        """The endpoint, None where it is told nothing any more."""
        ...

    async def end(self, oem_id: int, endpoint_id: UUID) -> None:
        """Tell it nothing more: it has answered that it is gone."""
        ...


class StoredDirectory:
    """The endpoints of the database, each read in a transaction of the system's own.

    `key` is the installation's, from which the secrets are derived.
    """

    def __init__(self, key: str) -> None:
        self._key = key

    async def find(self, oem_id: int, endpoint_id: UUID) -> Subscriber | None:
        """The endpoint as it is now."""
        async with transaction(Scope.system(), read_only=True) as tx:
            found = await tx.row(_Row, _FIND, oem_id, endpoint_id)
            now = await tx.now()
        if found is None:
            return None
        secrets = tuple(webhook_secret(self._key, oem_id, endpoint_id, salt) for salt in found.good(now))
        return Subscriber(found.url, secrets)

    async def end(self, oem_id: int, endpoint_id: UUID) -> None:
        """Stop it, with the reason that it is gone."""
        async with transaction(Scope.system()) as tx:
            await tx.execute(_END, oem_id, endpoint_id)
