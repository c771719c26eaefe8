"""The arq side of a worker: runs until told to stop, whatever Redis does."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any, Final

import msgspec
import structlog
from arq import Worker
from arq.connections import ArqRedis
from arq.constants import retry_key_prefix
from arq.cron import CronJob
from arq.worker import Function, Retry, func

from services.worker.cutting import cut
from shared.outbox.jobs import REDIS_TROUBLE, connect, encode
from shared.settings import RedisSettings

_LONGEST_PAUSE_S: Final = 30.0
_LOOP_AGAIN_AFTER_S: Final = 0.05
"""arq's loop has nothing to put in order, and takes up jobs until it notices."""

_LEFT_ALONE: Final = timedelta(seconds=2)
_log = structlog.stdlib.get_logger("huiyin.jobs")


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of worker runs. A job that was cut by a kill is repeated `job_timeout` and 10 s later."""

    name: str
    functions: Sequence[Function]
    cron_jobs: Sequence[CronJob] = ()
    max_jobs: int
    job_timeout: timedelta


class _Known(dict[str, Function | CronJob]):
    """What a worker can do. What a newer one has queued is left to it: arq itself would throw it away."""

    def __missing__(self, name: str) -> Function:
        return func(_leave_to_others, name=name, max_tries=sys.maxsize)


async def _leave_to_others(ctx: dict[Any, Any], *_: object) -> None:
    # Looking at it was no try: the worker that knows it has all of its own.
    await ctx["redis"].delete(f"{retry_key_prefix}{ctx['job_id']}")
    _log.info("job_left_to_others", job_id=ctx["job_id"])
    raise Retry(_LEFT_ALONE)


def make_worker(queue: Queue, redis: ArqRedis, context: dict[str, Any]) -> Worker:
    """A worker for the queue, not started yet; it leaves alone what it does not know."""
    worker = Worker(
        functions=queue.functions,
        cron_jobs=queue.cron_jobs or None,
        queue_name=queue.name,
        redis_pool=redis,
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
    worker.functions = _Known(worker.functions)
    return worker


async def run_arq(
    queue: Queue, settings: RedisSettings, context: dict[str, Any], stop: asyncio.Event
) -> None:
    """Run workers one after another: arq's own loop ends when Redis goes away, and is begun anew.

    When told to stop, jobs under way are cut; arq runs them again elsewhere. Raises what is no trouble with
    Redis.
    """
    failures = 0
    while not stop.is_set():
        redis = connect(settings, patient=True)
        worker = make_worker(queue, redis, context)
        try:
            await _run(worker, stop)
        except REDIS_TROUBLE as error:
            failures = 1 if worker.jobs_complete else failures + 1
            pause_s = min(2.0**failures, _LONGEST_PAUSE_S)
            _log.warning("redis_away", reason=type(error).__name__, pause_s=pause_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause_s)
        finally:
            await redis.aclose(close_connection_pool=True)


async def _run(worker: Worker, stop: asyncio.Event) -> None:
    running = asyncio.create_task(worker.async_run())
    ending = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
    finally:
        ending.cancel()
        worker.allow_pick_jobs = False
        under_way = set(worker.tasks.values())
        worker.handle_sig(signal.SIGUSR1)
        await cut(running, again_after_s=_LOOP_AGAIN_AFTER_S)
        for task in set(worker.tasks.values()) - under_way:
            # Taken up after that by a loop that had lost its cancellation.
            task.cancel()
        await asyncio.gather(running, *worker.tasks.values(), return_exceptions=True)
