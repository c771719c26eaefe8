"""The arq side of a worker, while Redis comes and goes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

import pytest
import redis
from arq import Worker
from structlog.testing import capture_logs
from structlog.typing import EventDict

from infra.dev.ports import HOST, free_port
from services.worker.arq_worker import run_arq
from services.worker.jobs.queues import fast_queue
from shared.outbox.jobs import FAST_QUEUE, JOBS, WAKE
from shared.settings import RedisSettings
from tests.support.redis_leftovers import LEFT_TO_THE_COLLECTOR
from tests.support.waiting import eventually

pytestmark = LEFT_TO_THE_COLLECTOR


class Road:
    """A way to Redis that can be closed."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = free_port(None)
        self.url = self._there._replace(
            netloc=f"{self._there.netloc.rpartition('@')[0]}@{HOST}:{self.port}"
        ).geturl()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._connect, HOST, self.port)
        try:
            yield
        finally:
            server.close()
            for writer in self._writers:
                writer.transport.abort()
            self._writers.clear()
            await asyncio.sleep(0)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(self._there.hostname, self._there.port)
        self._writers |= {writer, there_writer}
        await asyncio.gather(
            self._copy(reader, there_writer), self._copy(there_reader, writer), return_exceptions=True
        )

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()


async def test_arq_is_begun_anew_until_redis_is_there_and_again_when_it_went(redis_url: str) -> None:
    """arq's own loop ends on connection errors; the worker's does not."""
    road, woken, stop = Road(redis_url), asyncio.Event(), asyncio.Event()
    context = {"wake": woken.set}
    JOBS.open(RedisSettings(redis_url))
    work = asyncio.create_task(run_arq(fast_queue(), RedisSettings(road.url), context, stop))
    try:
        for _ in range(2):
            with capture_logs() as logs:
                await eventually(partial(_has_ended, logs), "arq's loop has ended", 40)
            async with road.open():
                woken.clear()
                assert await JOBS.enqueue(WAKE)
                async with asyncio.timeout(40):
                    await woken.wait()
        assert not work.done()
    finally:
        await JOBS.close()
        stop.set()
        await asyncio.wait_for(work, 10)


async def _has_ended(logs: list[EventDict]) -> bool:
    return any(entry["event"] == "redis_away" for entry in logs)


async def test_what_is_no_trouble_with_redis_reaches_the_process(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Worker, "heart_beat", fail)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(run_arq(fast_queue(), RedisSettings(redis_url), {}, asyncio.Event()), 20)


async def test_jobs_travel_as_json(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        JOBS.open(RedisSettings(redis_url))
        await JOBS.enqueue(WAKE)
        await JOBS.close()
        (job_id,) = client.zrange(FAST_QUEUE, 0, -1)
        stored = client.get(b"arq:job:" + job_id)
        assert stored is not None
        assert stored.startswith(b"{")
        assert b'"f":"wake"' in stored


@pytest.mark.parametrize("turns", range(20))
async def test_it_ends_at_once_at_whatever_moment_it_is_told_to(redis_url: str, turns: int) -> None:
    """While it connects as well: redis-py sends by `asyncio.wait_for`, which can lose a cancellation."""
    stop = asyncio.Event()
    running = asyncio.create_task(
        run_arq(fast_queue(), RedisSettings(redis_url), {"wake": lambda: None}, stop)
    )
    for _ in range(turns):
        await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(4):
        await running
