"""Claiming events and handling them: fairly over the OEMs, under a lease, effects and end together.

Events of one kind that were claimed together are handled in one transaction, with what they ask read ahead
and what they tell written at the end. Where one of them fails, each is handled by itself.

A claim pushes `next_attempt_at` forward (the lease) and marks the rows with a token. Only the holder of the
token may finish them: a worker that was paused for longer than its lease finds its work undone and another's
done.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import SystemRandom
from uuid import UUID, uuid4

import asyncpg
import structlog

from shared.db.engine import Transaction, transaction
from shared.errors import AppError
from shared.outbox.events import Event, EventKind, Handler, Handlers
from shared.outbox.outcomes import backoff
from shared.tenancy import Scope

BATCH = 100
"""Events taken of one OEM at a time: tenths of a second, so that a busy one lets the others have theirs."""

EVENT_LEASE = timedelta(seconds=15)
EVENT_MAX_ATTEMPTS = 12

_log = structlog.stdlib.get_logger("huiyin.outbox")
_random = SystemRandom()


class LeaseLost(RuntimeError):
    """Another worker has taken the row over; nothing of this try may be kept."""


# From one OEM's first entry in the index to the next one's, past the fifty thousand that it may have.
_OEMS = """
WITH RECURSIVE waiting AS (
    (SELECT oem_id FROM events WHERE state = 'pending' ORDER BY oem_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.oem_id FROM events e WHERE e.state = 'pending' AND e.oem_id > waiting.oem_id
            ORDER BY e.oem_id LIMIT 1)
    FROM waiting WHERE waiting.oem_id IS NOT NULL
)
SELECT oem_id FROM waiting
WHERE EXISTS (SELECT FROM events e WHERE e.oem_id = waiting.oem_id AND e.state = 'pending'
              AND e.kind = ANY ($1) AND e.next_attempt_at <= coalesce($2, statement_timestamp()))
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
    oem_id: int, handlers: Handlers, as_of: datetime | None = None, limit: int = BATCH
) -> int:
    """Claim up to `limit` events of an OEM and handle them, kind by kind, the oldest of each first.

    Returns how many were claimed: fewer than `limit` means that nothing is left for now. An event whose
    handler fails is tried again later, by itself; its failure is not raised.
    """
    events = await _claim(oem_id, handlers, as_of, limit)
    by_kind: dict[EventKind, list[Event]] = {}
    for event in events:
        by_kind.setdefault(event.kind, []).append(event)
    for kind, alike in by_kind.items():
        if handler := handlers[kind]:
            await _handle(handler, alike, as_of)
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


async def _handle(handler: Handler, events: Sequence[Event], as_of: datetime | None) -> None:
    """Those that never failed in one transaction; the others, and all of them if one fails, by themselves."""
    together = [event for event in events if event.attempts == 1]
    are_done = len(together) > 1 and await _try(handler, together, as_of) is None
    for event in [event for event in events if event.attempts > 1] if are_done else events:
        if (error := await _try(handler, [event], as_of)) is not None:
            await _fail(event, error, as_of)


async def _try(handler: Handler, events: Sequence[Event], as_of: datetime | None) -> Exception | None:
    """What it failed with; None when it is done, or another worker's since the lease has ended."""
    try:
        await _react(handler, events, as_of)
    except LeaseLost:
        _log.warning("event_lease_lost", oem_id=events[0].oem_id, kind=events[0].kind, events=len(events))
    except Exception as error:  # noqa: BLE001  # whatever a handler raises, the others go on
        return error
    return None


async def _react(handler: Handler, events: Sequence[Event], as_of: datetime | None) -> None:
    oem_id, token = events[0].oem_id, events[0].lease_token
    async with transaction(Scope.oem(oem_id), as_of=as_of) as tx:
        async with tx.batched():
            _expect(tx, events)
            for event in events:
                await handler(tx, event)
                # What is read ahead waits for nothing: without this a batch would hold up everything else.
                await asyncio.sleep(0)
        if await _finish(tx, oem_id, [event.id for event in events], token, as_of) != len(events):
            raise LeaseLost


def _expect(tx: Transaction, events: Sequence[Event]) -> None:
    """Everything these events are about: their cases, their dealers, and what their payloads name."""
    tx.ahead.expect("case", [event.case_id for event in events if event.case_id is not None])
    tx.ahead.expect("dealer", [event.dealer_id for event in events])
    for name in {name for event in events for name in event.payload if name.endswith("_id")}:
        with contextlib.suppress(ValueError):  # what is no id is its handler's to refuse
            ids = [event.optional_uuid(name) for event in events]
            tx.ahead.expect(name.removesuffix("_id"), [each for each in ids if each is not None])


async def _finish(
    tx: Transaction, oem_id: int, ids: Sequence[UUID], token: UUID, as_of: datetime | None
) -> int:
    return await tx.execute(_DONE, oem_id, ids, token, as_of)


async def _fail(event: Event, error: Exception, as_of: datetime | None) -> None:
    reason = _reason(error)
    _log.error(
        "event_failed",
        oem_id=event.oem_id,
        event_id=str(event.id),
        kind=event.kind,
        reason=reason,
        exc_info=error,
    )
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
