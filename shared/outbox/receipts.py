"""Receipts: what providers tell of messages after they have taken them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.db.engine import transaction
from shared.outbox.vocabulary import Receipt
from shared.tenancy import Scope


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A message named by our token, else by the provider's reference, and what became of it.

    `at` is the provider's time; `reason` its code where the message did not arrive.
    """

    token: UUID | None = None
    reference: str = ""
    receipt: Receipt
    at: datetime | None = None
    reason: str = ""


_TAKE: Final = "SELECT take_receipt($1, $2, $3, $4, $5)"


async def take_receipts(told: Sequence[Told]) -> None:
    """Write what was told on the messages; unknown ones, and what was told before, change nothing."""
    async with transaction(Scope.auth()) as tx:
        await tx.execute_many(
            _TAKE,
            [
                (each.token, each.reference or None, each.receipt.value, each.at, each.reason or None)
                for each in told
            ],
        )
