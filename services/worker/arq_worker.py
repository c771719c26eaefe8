"""The arq side of a worker: runs until told to stop, whatever Redis does."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from typing import Any, Final

import msgspec
import structlog
from arq import Worker
from arq.cron import CronJob
from arq.worker import Function

from shared.outbox.jobs import REDIS_TROUBLE, connect, encode
from shared.settings import RedisSettings

_LONGEST_PAUSE_S: Final = 30.0
_log = structlog.stdlib.get_logger("huiyin.jobs")


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of worker runs. A job that was cut by a kill is repeated `job_timeout` and 10 s later."""

    name: str
    functions: Sequence[Function]
    cron_jobs: Sequence[CronJob] = ()
    max_jobs: int
    job_timeout: timedelta


def make_worker(queue: Queue, settings: RedisSettings, context: dict[str, Any]) -> Worker:
    """A worker for the queue, not connected yet."""
    return Worker(
        functions=queue.functions,
        cron_jobs=queue.cron_jobs or None,
        queue_name=queue.name,
        redis_pool=connect(settings, patient=True),
        ctx=dict(context),
        handle_signals=False,
        max_jobs=queue.max_jobs,
        job_timeout=queue.job_timeout,
        keep_result=0,
        poll_delay=0.1,
        queue_read_limit=2_000,
        health_check_interval=30,
        health_check_key=f"{queue.name}:health:{socket.gethostname()}:{os.getpid()}",
        job_serializer=encode,
        job_deserializer=msgspec.json.decode,
        timezone=UTC,
        log_results=False,
    )


async def run_arq(make: Callable[[], Worker], stop: asyncio.Event) -> None:
    """Run workers one after another: arq's own loop ends when Redis goes away, and is begun anew.

    When told to stop, jobs under way are cut; arq runs them again elsewhere.
    """
    failures = 0
    while not stop.is_set():
        worker = make()
        running = asyncio.create_task(worker.async_run())
        ending = asyncio.create_task(stop.wait())
        await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        error = running.exception() if running.done() else None
        failures = failures + 1 if worker.jobs_complete == 0 else 1
        await _close(worker, running)
        if stop.is_set():
            return
        if error is not None and not isinstance(error, REDIS_TROUBLE):
            raise error
        pause_s = min(2.0**failures, _LONGEST_PAUSE_S)
        _log.warning("redis_away", reason=type(error).__name__, pause_s=pause_s)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause_s)


async def _close(worker: Worker, running: "asyncio.Task[None]") -> None:
    with contextlib.suppress(*REDIS_TROUBLE, asyncio.CancelledError):
        await worker.close()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
