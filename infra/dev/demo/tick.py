"""The worker's part in the demo's past: what falls due fires, what happened is handled, at its own instant.

The worker's loop claims whatever is ready of any dealer; here one part of the dealers is taken in the order
of its own past, so that two processes can tell two halves of it side by side.
"""

from dataclasses import dataclass
from datetime import datetime

from services.worker.handlers import build_handlers
from shared.db.engine import Transaction, transaction
from shared.notifications.links import Links
from shared.outbox.events import Event, Handlers
from shared.sla.firing import BATCH, fire_due_of_oem
from shared.tenancy import Scope

_NEXT_DUE = "SELECT min(next_at) FROM clocks WHERE oem_id = $1 AND next_at IS NOT NULL"

_HAPPENED = """
SELECT oem_id, id, dealer_id, case_id, kind, payload, occurred_at, attempts, id AS lease_token FROM events
WHERE oem_id = $1 AND dealer_id = ANY ($2) AND state = 'pending' AND next_attempt_at <= $3
ORDER BY occurred_at, id
FOR UPDATE
"""

_DONE = """
UPDATE events SET state = 'done', done_at = occurred_at WHERE oem_id = $1 AND id = ANY ($2)
"""


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

    async def advance(self, due: datetime | None, until: datetime) -> datetime | None:
        """Everything up to `until`, each due instant by itself; when the next clock falls due."""
        while due is not None and due <= until:
            due = await self._fire(due)
            await self._handle(until)
        return due

    async def settle(self, at: datetime) -> datetime | None:
        """After something was done: handle it; when the next clock falls due."""
        await self._handle(at)
        async with transaction(self._scope, read_only=True) as tx:
            return await tx.value(_NEXT_DUE, self.oem_id)

    @property
    def _scope(self) -> Scope:
        return Scope.region(self.oem_id, self.dealer_ids)

    async def _fire(self, at: datetime) -> datetime | None:
        async with transaction(self._scope, as_of=at) as tx:
            await fire_due_of_oem(tx, self.oem_id, at, BATCH)
            return await tx.value(_NEXT_DUE, self.oem_id)

    async def _handle(self, until: datetime) -> None:
        async with transaction(Scope.oem(self.oem_id), as_of=until) as tx:
            events = await tx.rows(Event, _HAPPENED, self.oem_id, list(self.dealer_ids), until)
            for event in events:
                if handler := self.handlers[event.kind]:
                    await handler(_at(tx, event.occurred_at), event)
            if events:
                await tx.execute(_DONE, self.oem_id, [event.id for event in events])


def _at(tx: Transaction, at: datetime) -> Transaction:
    return Transaction(tx.connection, tx.scope, at)
