"""Versions of policy data beside the one in force: what was published when and by whom."""

from datetime import datetime
from typing import Final

import msgspec

from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.tenants.policies import PolicyName

MOST_VERSIONS: Final = 200


class PublishedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version without its body."""

    version: int
    valid_from: datetime
    created_by: str


_PUBLISHED: Final = """
SELECT version, valid_from, created_by FROM policies
WHERE oem_id = $1 AND dealer_id = $2 AND name = $3
ORDER BY version DESC LIMIT $4
"""
_BODY: Final = """
SELECT body::text FROM policies WHERE oem_id = $1 AND dealer_id = $2 AND name = $3 AND version = $4
"""


async def published(
    tx: Transaction, oem_id: int, name: PolicyName, dealer_id: int = 0
) -> list[PublishedVersion]:
    """The versions of the OEM (0) or of one dealer, newest first."""
    return await tx.rows(PublishedVersion, _PUBLISHED, oem_id, dealer_id, name.value, MOST_VERSIONS)


async def body_of(tx: Transaction, oem_id: int, name: PolicyName, version: int, dealer_id: int = 0) -> bytes:
    """The JSON of one version of the OEM (0) or of one dealer; raises `NotFound`."""
    text = await tx.value(_BODY, oem_id, dealer_id, name.value, version)
    if text is None:
        raise NotFound("not_found")
    return str(text).encode()
