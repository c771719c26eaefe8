"""Claiming events and handling them: fairly over the OEMs, each under a lease, effects and end together.

A claim pushes `next_attempt_at` forward (the lease) and marks the rows with a token. Only the holder of the
token may finish them: a worker that was paused for longer than its lease finds its work undone and another's
done.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import SystemRandom
from uuid import UUID, uuid4

import asyncpg
import structlog

from shared.db.engine import Transaction, transaction
from shared.errors import AppError
from shared.outbox.events import Event, Handler, Handlers
from shared.outbox.outcomes import backoff
from shared.tenancy import Scope

FAIR_SHARE = 5
"""Rows taken of one OEM at a time, so that a busy one does not keep the others waiting."""

EVENT_LEASE = timedelta(seconds=15)
EVENT_MAX_ATTEMPTS = 12

_log = structlog.stdlib.get_logger("huiyin.outbox")
_random = SystemRandom()


class LeaseLost(RuntimeError):
    """Another worker has taken the row over; nothing of this try may be kept."""


_OEMS = """
SELECT DISTINCT oem_id FROM events
WHERE state = 'pending' AND kind = ANY ($1) AND next_attempt_at <= coalesce($2, statement_timestamp())
ORDER BY oem_id
"""

_CLAIM = """
WITH ready AS MATERIALIZED (
    SELECT id FROM events
    WHERE oem_id = $1 AND state = 'pending' AND kind = ANY ($2)
      AND next_attempt_at <= coalesce($3::timestamptz, statement_timestamp())
    ORDER BY next_attempt_at, id
    LIMIT $4
    FOR UPDATE SKIP LOCKED
)
UPDATE events AS event
SET state = CASE WHEN event.attempts >= $7 THEN 'dead' ELSE event.state END,
    last_error = CASE WHEN event.attempts >= $7 THEN 'worker_lost' ELSE event.last_error END,
    attempts = event.attempts + 1, lease_token = $5,
    next_attempt_at = coalesce($3, statement_timestamp()) + $6
FROM ready
WHERE event.oem_id = $1 AND event.id = ready.id
RETURNING event.oem_id, event.id, event.dealer_id, event.case_id, event.kind, event.payload,
          event.occurred_at, event.attempts, event.lease_token
"""

_DONE = """
UPDATE events SET state = 'done', done_at = coalesce($4, statement_timestamp()), lease_token = NULL,
                  last_error = NULL
WHERE oem_id = $1 AND id = ANY ($2) AND lease_token = $3 AND state = 'pending'
"""

_FAILED = """
UPDATE events SET state = CASE WHEN attempts >= $4 THEN 'dead' ELSE 'pending' END, last_error = $5,
                  lease_token = NULL, next_attempt_at = coalesce($6, statement_timestamp()) + $7
WHERE oem_id = $1 AND id = $2 AND lease_token = $3 AND state = 'pending'
"""


async def oems_with_events(tx: Transaction, handlers: Handlers, as_of: datetime | None) -> list[int]:
    """The OEMs that have an event to handle, of the kinds in `handlers`."""
    return await tx.values(_OEMS, _kinds(handlers), as_of)


async def handle_events_of_oem(
    oem_id: int, handlers: Handlers, as_of: datetime | None = None, limit: int = FAIR_SHARE
) -> int:
    """Claim up to `limit` events of an OEM, oldest first, and handle them one after another.

    Returns how many were claimed: fewer than `limit` means that nothing is left for now. An event whose
    handler fails is tried again later; its failure is not raised.
    """
    events = await _claim(oem_id, handlers, as_of, limit)
    for event in events:
        if handler := handlers[event.kind]:
            await _handle(handler, event, as_of)
    return len(events)


async def _claim(oem_id: int, handlers: Handlers, as_of: datetime | None, limit: int) -> list[Event]:
    token = uuid4()
    async with transaction(Scope.system(), as_of=as_of) as tx:
        events = await tx.rows(
            Event, _CLAIM, oem_id, _kinds(handlers), as_of, limit, token, EVENT_LEASE, EVENT_MAX_ATTEMPTS
        )
        unheard = [event.id for event in events if handlers[event.kind] is None]
        if unheard:
            await _finish(tx, oem_id, unheard, token, as_of)
    return sorted(
        (event for event in events if event.attempts <= EVENT_MAX_ATTEMPTS),
        key=lambda event: (event.occurred_at, event.id),
    )


async def _handle(handler: Handler, event: Event, as_of: datetime | None) -> None:
    try:
        await _react(handler, event, as_of)
    except LeaseLost:
        _log.warning("event_lease_lost", oem_id=event.oem_id, event_id=str(event.id), kind=event.kind)
    except Exception as error:  # noqa: BLE001  # whatever a handler raises, the others go on
        reason = _reason(error)
        _log.exception(
            "event_failed", oem_id=event.oem_id, event_id=str(event.id), kind=event.kind, reason=reason
        )
        await _fail(event, reason, as_of)


async def _react(handler: Handler, event: Event, as_of: datetime | None) -> None:
    async with transaction(Scope.oem(event.oem_id), as_of=as_of) as tx:
        await handler(tx, event)
        if not await _finish(tx, event.oem_id, [event.id], event.lease_token, as_of):
            raise LeaseLost


async def _finish(
    tx: Transaction, oem_id: int, ids: Sequence[UUID], token: UUID, as_of: datetime | None
) -> int:
    return await tx.execute(_DONE, oem_id, ids, token, as_of)


async def _fail(event: Event, reason: str, as_of: datetime | None) -> None:
    wait = backoff(event.attempts, _random.random())
    async with transaction(Scope.system(), as_of=as_of) as tx:
        await tx.execute(
            _FAILED, event.oem_id, event.id, event.lease_token, EVENT_MAX_ATTEMPTS, reason, as_of, wait
        )


def _kinds(handlers: Handlers) -> list[str]:
    return [kind.value for kind in handlers]


def _reason(error: Exception) -> str:
    """What failed, without the values it failed with: those may be personal."""
    if isinstance(error, AppError):
        return error.code
    if isinstance(error, asyncpg.PostgresError):
        return f"{type(error).__name__} {error.sqlstate}"
    return type(error).__name__
