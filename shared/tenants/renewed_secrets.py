"""Renewing the secret of another system: the ones before stay good for a while, however often that happens.

A secret is derived from its salt. A table of such systems keeps the present salt, the one before with its
end, and the ones before that (`earlier_salts`, `earlier_untils`).
"""

from datetime import datetime, timedelta
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.errors import Conflict

BOTH_GOOD: Final = timedelta(hours=24)
"""How long a secret that was renewed still counts, so that the other side has time to change it."""
MOST_SECRETS: Final = 5
"""Secrets of one system that count at the same time: each is tried, and each signs."""
RENEWED: Final = """(earlier_salts, earlier_untils) = (
        SELECT coalesce(array_agg(e.salt ORDER BY e.until DESC), '{}'),
               coalesce(array_agg(e.until ORDER BY e.until DESC), '{}')
        FROM unnest(earlier_salts || previous_salt, earlier_untils || previous_until) AS e (salt, until)
        WHERE e.until > $5
    ),
    previous_salt = salt, previous_until = $4, salt = $3, rotated_at = $5"""
"""What an UPDATE sets to renew: $3 the new salt, $4 the end of the present one, $5 now."""


class Salts(msgspec.Struct, frozen=True, kw_only=True):
    """The salts of one system, as its table keeps them."""

    salt: bytes
    previous_salt: bytes | None
    previous_until: datetime | None
    earlier_salts: list[bytes]
    earlier_untils: list[datetime]

    def good(self, now: datetime) -> list[bytes]:
        """Those that count, the newest first."""
        salts = [self.salt]
        if self.previous_salt is not None and self.previous_until is not None and now < self.previous_until:
            salts.append(self.previous_salt)
        earlier = zip(self.earlier_salts, self.earlier_untils, strict=True)
        return [*salts, *(salt for salt, until in earlier if now < until)]


async def require_room(tx: Transaction, table: LiteralString, oem_id: int, system_id: UUID) -> None:
    """Raise `Conflict` (`too_many_secrets`) while `MOST_SECRETS` of the system are good."""
    good = await tx.value(
        f"SELECT 1 + count(*) FROM {table}, unnest(earlier_untils || previous_until) AS until"
        " WHERE oem_id = $1 AND id = $2 AND until > $3",
        oem_id,
        system_id,
        await tx.now(),
    )
    if good >= MOST_SECRETS:
        raise Conflict("too_many_secrets", {"limit": MOST_SECRETS})
