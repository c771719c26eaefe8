"""Kills, stops and empties what Huiyin runs on, at random."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable

import asyncpg
import redis.asyncio as redis
from redis.exceptions import RedisError

from infra.dev.postoffice.faults import FaultMaker, Faults
from infra.dev.servers import Servers
from tests.chaos.workload import LOST
from tests.support.worker_process import WorkerProcess

PAUSE_S = (0.6, 2.0)
STOP_S = (0.5, 3.0)


class Tormentor:
    """Does one thing after another; `done` counts them."""

    def __init__(self, servers: Servers, workers: list[WorkerProcess], faults: FaultMaker, seed: int) -> None:
        self._servers = servers
        self._workers = workers
        self._faults = faults
        self._random = random.Random(seed)
        self._seed = seed
        self.done: Counter[str] = Counter()

    async def run(self, seconds: float) -> None:
        """Torment for `seconds`; afterwards everything runs again and the gateway behaves."""
        weights: dict[Callable[[], Awaitable[None]], int] = {
            self._kill_worker: 8,
            self._stop_worker: 3,
            self._empty_redis: 3,
            self._kill_redis: 3,
            self._kill_postgres: 1,
            self._change_gateway: 4,
        }
        # Everything once, then by chance.
        acts = list(weights)
        self._random.shuffle(acts)
        clock = asyncio.get_running_loop()
        end = clock.time() + seconds
        while clock.time() < end:
            act = acts.pop() if acts else self._random.choices(list(weights), list(weights.values()))[0]
            await act()
            self.done[act.__name__.removeprefix("_")] += 1
            await asyncio.sleep(self._random.uniform(*PAUSE_S))
        self._faults.set(Faults())
        for worker in self._workers:
            self._revive(worker)

    async def _kill_worker(self) -> None:
        worker = self._random.choice(self._workers)
        worker.kill()
        worker.start()

    async def _stop_worker(self) -> None:
        worker = self._random.choice(self._workers)
        self._revive(worker)
        worker.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(self._random.uniform(*STOP_S))
        worker.process.send_signal(signal.SIGCONT)

    async def _empty_redis(self) -> None:
        async with redis.Redis.from_url(self._servers.redis_url) as client:
            try:
                await client.flushall()
            except RedisError:
                return

    async def _kill_redis(self) -> None:
        async with redis.Redis.from_url(self._servers.redis_url) as client:
            try:
                await client.shutdown(nosave=True, now=True, force=True)
            except RedisError:
                return

    async def _kill_postgres(self) -> None:
        """Every session at once, in the middle of whatever it does."""
        try:
            connection = await asyncpg.connect(self._servers.postgres_owner_url)
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            await connection.close()
        except LOST:
            return

    async def _change_gateway(self) -> None:
        percent = self._random.choice([5, 5, 20])
        self._faults.set(
            Faults(
                error_percent=percent,
                lost_answer_percent=percent,
                throttle_percent=self._random.choice([0, 10]),
                delay_ms=self._random.choice([0, 20, 200]),
                seed=self._seed,
            )
        )

    def _revive(self, worker: WorkerProcess) -> None:
        if not worker.is_running():
            worker.start()
