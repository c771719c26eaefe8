"""How far behind the work is: what an operator's alarms look at."""

from typing import Final

import msgspec
from prometheus_client import Gauge

from shared.db.engine import Transaction
from shared.notifications.releases import NOT_RELEASED
from shared.outbox.vocabulary import MessageChannel

_CLOCK_LAG = Gauge("huiyin_clock_lag_seconds", "Age of the oldest step that is due and has not fired.")
_EVENT_LAG = Gauge("huiyin_event_lag_seconds", "Age of the oldest event that could be handled.")
_MESSAGE_LAG = Gauge("huiyin_message_lag_seconds", "Age of the oldest message that could be sent.")
_HELD_LAG = Gauge("huiyin_held_lag_seconds", "Age of the oldest held message whose time has come.")
_NOT_RELEASED = Gauge("huiyin_messages_not_released", "Held messages that could not be let go.")
_DEAD_EVENTS = Gauge("huiyin_events_dead", "Events given up after the last try.")
_MESSAGES = Gauge("huiyin_messages", "Messages that wait or were given up.", ("state",))

_RETRYING: Final = Gauge(
    "huiyin_messages_retrying", "Messages that have been tried five times in vain and wait.", ("channel",)
)

_MESSAGE_STATES: Final = ("queued", "held", "dead", "unknown", "expired")

_LAGS = """
SELECT coalesce(extract(epoch FROM statement_timestamp() - (
           SELECT min(next_at) FROM clocks
           WHERE state IN ('running', 'breached') AND next_at IS NOT NULL AND step > 0)),
           0)::float8 AS clocks,
       coalesce(extract(epoch FROM statement_timestamp() - (
           SELECT min(next_attempt_at) FROM events WHERE state = 'pending')), 0)::float8 AS events,
       coalesce(extract(epoch FROM statement_timestamp() - (
           SELECT min(next_attempt_at) FROM messages WHERE state = 'queued')), 0)::float8 AS messages,
       coalesce(extract(epoch FROM statement_timestamp() - (
           SELECT min(held_until) FROM messages WHERE state = 'held')), 0)::float8 AS held
"""
_STATES = """
SELECT 'dead_events' AS name, count(*) AS count FROM events WHERE state = 'dead'
UNION ALL
SELECT state, count(*) FROM messages WHERE state = 'queued' GROUP BY state
UNION ALL
SELECT state, count(*) FROM messages WHERE state = 'held' GROUP BY state
UNION ALL
SELECT 'not_released', count(*) FROM messages WHERE state = 'held' AND last_error = $1
UNION ALL
SELECT state, count(*) FROM messages WHERE state IN ('dead', 'unknown', 'expired') GROUP BY state
"""
_TRIED_IN_VAIN = """
SELECT channel AS name, count(*) AS count FROM messages
WHERE state = 'queued' AND attempts >= 5
GROUP BY channel
"""


class _Lags(msgspec.Struct):
    clocks: float
    events: float
    messages: float
    held: float


class _Count(msgspec.Struct):
    name: str
    count: int


async def measure(tx: Transaction) -> None:
    """Set the gauges, in the system's scope. What is due in the future has no lag."""
    lags = await tx.row(_Lags, _LAGS)
    if lags is not None:
        _CLOCK_LAG.set(max(lags.clocks, 0))
        _EVENT_LAG.set(max(lags.events, 0))
        _MESSAGE_LAG.set(max(lags.messages, 0))
        _HELD_LAG.set(max(lags.held, 0))
    counts = {each.name: each.count for each in await tx.rows(_Count, _STATES, NOT_RELEASED)}
    _DEAD_EVENTS.set(counts.get("dead_events", 0))
    _NOT_RELEASED.set(counts.get("not_released", 0))
    for state in _MESSAGE_STATES:
        _MESSAGES.labels(state).set(counts.get(state, 0))
    retrying = {each.name: each.count for each in await tx.rows(_Count, _TRIED_IN_VAIN)}
    for channel in MessageChannel:
        _RETRYING.labels(channel.value).set(retrying.get(channel.value, 0))
