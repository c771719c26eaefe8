"""The worker's part in the demo's past: what falls due fires, what happened is handled, at its own instant.

The worker's loop claims whatever is ready of any dealer; here one part of the dealers is taken in the order
of its own past, so that two processes can tell two halves of it side by side.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from services.worker.handlers import build_handlers
from shared.db.engine import Transaction, transaction
from shared.notifications.links import Links
from shared.outbox.events import Event, EventKind, Handlers
from shared.reports import case_forms
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


_TOLD: Final = """
SELECT case_id, metric, turn, substr(step, 7)::int AS level, told_at AS at, recipient_ids FROM escalations
WHERE oem_id = $1 AND id = ANY ($2) AND step LIKE 'level\\_%' AND told_at IS NOT NULL AND suppressed IS NULL
ORDER BY case_id, metric, turn, level
"""


class Told(msgspec.Struct, frozen=True):
    """People were told of an escalation."""

    case_id: UUID
    metric: str
    turn: int
    level: int
    at: datetime
    recipient_ids: list[UUID]


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
    told: list[Told] = field(default_factory=list[Told])
    """Whom escalations have told since somebody emptied it."""

    @classmethod
    def of(
        cls, oem_id: int, dealer_ids: tuple[int, ...], links: Links, formless: Container[UUID]
    ) -> "Ticker":
        """The ticker with the product's own reactions, but without forms of the cases in `formless`."""

        async def ask_forms(tx: Transaction, event: Event) -> None:
            if event.about_case() not in formless:
                await case_forms.ask(tx, event)

        return cls(oem_id, dealer_ids, build_handlers(links, ask_forms))

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
        fired = [event.uuid("escalation_id") for event in events if event.kind is EventKind.CLOCK_FIRED]
        if fired:
            self.told.extend(await tx.rows(Told, _TOLD, self.oem_id, fired))
