"""The worker's part in the demo's past: what falls due fires, what happened is handled, at its own instant.

The worker's loop claims whatever is ready of any dealer; here one part of the dealers is taken in the order
of its own past, so that two processes can tell two halves of it side by side.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from services.worker.handlers import build_handlers
from shared.db.engine import Transaction, transaction
from shared.notifications.links import Links
from shared.outbox.events import Event, Handlers
from shared.sla.firing import fire_due_of_case
from shared.tenancy import Scope

_NEXT_DUE = """
SELECT next_at AS at, case_id FROM clocks
WHERE oem_id = $1 AND dealer_id = ANY ($2) AND next_at IS NOT NULL
ORDER BY next_at
LIMIT 1
"""

# Taken and marked as done at once: the handlers run in the same transaction.
_HAPPENED = """
WITH taken AS (
    UPDATE events SET state = 'done', done_at = occurred_at
    WHERE oem_id = $1 AND dealer_id = ANY ($2) AND state = 'pending' AND next_attempt_at <= $3
    RETURNING oem_id, id, dealer_id, case_id, kind, payload, occurred_at, attempts, id AS lease_token
)
SELECT * FROM taken ORDER BY occurred_at, id
"""


class Due(msgspec.Struct, frozen=True):
    """When the next clock falls due, and of which case."""

    at: datetime
    case_id: UUID


@dataclass(frozen=True, slots=True)
class Ticker:
    """Brings the clocks and events of some dealers up to an instant."""

    oem_id: int
    dealer_ids: tuple[int, ...]
    handlers: Handlers

    @classmethod
    def of(cls, oem_id: int, dealer_ids: tuple[int, ...], links: Links) -> "Ticker":
        """The ticker with the product's own reactions."""
        return cls(oem_id, dealer_ids, build_handlers(links))

    async def advance(self, due: Due | None, until: datetime) -> Due | None:
        """Fire and handle everything up to `until`, each due instant by itself; what falls due next."""
        while due is not None and due.at <= until:
            due = await self.settle(due.at, due.case_id)
        return due

    async def settle(self, at: datetime, due_case_id: UUID | None = None) -> Due | None:
        """Handle what has happened by `at`, a due case's firing first; what falls due next."""
        async with transaction(Scope.oem(self.oem_id), as_of=at) as tx:
            if due_case_id is not None:
                await fire_due_of_case(tx, self.oem_id, due_case_id)
            await self._handle(tx, at)
            return await tx.row(Due, _NEXT_DUE, self.oem_id, list(self.dealer_ids))

    async def _handle(self, tx: Transaction, at: datetime) -> None:
        events = await tx.rows(Event, _HAPPENED, self.oem_id, list(self.dealer_ids), at)
        for event in events:
            if handler := self.handlers[event.kind]:
                now = event.occurred_at == at
                own = tx if now else Transaction(tx.connection, tx.scope, event.occurred_at)
                async with own.batched():
                    await handler(own, event)
