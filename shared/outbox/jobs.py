"""Hints to the workers, by Redis: there is something to do now.

A hint carries a name and ids, nothing else. What matters stands in PostgreSQL and is found there by the
workers every minute at the latest, so that a hint may be lost: Redis away is logged, never an error.
"""

import asyncio
import socket
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

import msgspec
import structlog
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError

from shared.clock import utc_now
from shared.settings import RedisSettings

FAST_QUEUE: Final = "huiyin:fast"
"""Seconds at most."""
REPORTS_QUEUE: Final = "huiyin:reports"
"""Minutes: reports have workers of their own, so that nothing waits behind them."""

WAKE: Final = "wake"
RENDER_REPORT: Final = "render_report"
RUN_FILE_JOB: Final = "run_file_job"
QUEUES: Final[Mapping[str, str]] = MappingProxyType(
    {WAKE: FAST_QUEUE, RENDER_REPORT: REPORTS_QUEUE, RUN_FILE_JOB: REPORTS_QUEUE}
)
"""The jobs and their queues: `wake()` lets the loop look at once; `render_report(oem_id, run_id)`,
`run_file_job(oem_id, job_id)`."""

REDIS_TROUBLE = (RedisError, OSError, TimeoutError)

AHEAD: Final = timedelta(hours=1)
"""By how much a hint goes before what the workers have found themselves: somebody waits for it."""

_PATIENCE_S = 1.0
_log = structlog.stdlib.get_logger("huiyin.jobs")


def connect(settings: RedisSettings, *, patient: bool) -> ArqRedis:
    """A pool of connections, none of them open yet.

    A worker is `patient`: it tries again for some seconds before it gives up. A door is not: a person waits.
    """
    pool = ConnectionPool.from_url(
        settings.url,
        max_connections=50,
        socket_timeout=3.0 if patient else _PATIENCE_S,
        socket_connect_timeout=2.0 if patient else _PATIENCE_S,
        socket_keepalive=True,
        socket_keepalive_options=_keepalive(),
        health_check_interval=15,
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), 5 if patient else 0),
        retry_on_error=[*REDIS_TROUBLE] if patient else [],
    )
    return ArqRedis(pool, job_serializer=encode, job_deserializer=msgspec.json.decode)


def encode(job: dict[str, Any]) -> bytes:
    """A job, or the result of one, as JSON; an exception becomes the name of its class."""
    return msgspec.json.encode(job, enc_hook=lambda value: type(value).__name__)


class JobQueue:
    """The process's way to the workers; closed, it drops every hint."""

    def __init__(self) -> None:
        self._redis: ArqRedis | None = None

    def open(self, settings: RedisSettings) -> None:
        """Get ready; connects when first used."""
        self._redis = connect(settings, patient=False)

    async def close(self) -> None:
        """Close the connections."""
        if self._redis is not None:
            redis, self._redis = self._redis, None
            await redis.aclose(close_connection_pool=True)

    async def enqueue(self, name: str, *ids: str | int) -> bool:
        """Hint at a job of `QUEUES`, after the transaction that wrote its row; whether Redis has taken it."""
        if self._redis is None:
            return False
        try:
            async with asyncio.timeout(2 * _PATIENCE_S):
                await self._redis.enqueue_job(
                    name, *ids, _queue_name=QUEUES[name], _defer_until=utc_now() - AHEAD
                )
        except REDIS_TROUBLE as error:
            _log.warning("hint_lost", job=name, reason=type(error).__name__)
            return False
        return True


JOBS = JobQueue()


def _keepalive() -> dict[int, int]:
    # The names differ between systems; without them the system's own patience holds.
    wanted = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
    return {getattr(socket, name): value for name, value in wanted.items() if hasattr(socket, name)}
