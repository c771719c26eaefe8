"""Kills, stops and empties what Huiyin runs on, at random."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import msgspec
import redis.asyncio as redis
from redis.exceptions import RedisError

from infra.dev.postoffice.faults import FaultMaker, Faults
from infra.dev.servers import Servers
from tests.chaos.workload import LOST
from tests.support.black_hole import Proxy
from tests.support.waiting import eventually
from tests.support.worker_process import WorkerProcess

PAUSE_S = (0.6, 2.0)
STOP_S = (0.5, 3.0)
RESTART_S = 30.0
TOO_SLOW_MS = 3_000
"""Longer than a try may take."""


class Tormentor:
    """Does one thing after another; `done` counts them.

    `without_postgres`: when nobody could have it. What only one worker misses the others have to do.
    """

    def __init__(
        self,
        servers: Servers,
        processes: list[WorkerProcess],
        faults: FaultMaker,
        network: Proxy,
        seed: int,
    ) -> None:
        self._servers = servers
        self._processes = processes
        self._faults = faults
        self._network = network
        self._random = random.Random(seed)
        self._seed = seed
        self.done: Counter[str] = Counter()
        self.without_postgres: list[tuple[datetime, datetime]] = []

    async def run(self, seconds: float) -> None:
        """Torment for `seconds`, or until everything was done once; afterwards all runs and behaves again."""
        weights: dict[Callable[[], Awaitable[None]], int] = {
            self._kill_process: 8,
            self._stop_process: 3,
            self._empty_redis: 3,
            self._kill_redis: 3,
            self._cut_sessions: 1,
            self._restart_postgres: 1,
            self._silence_network: 1,
            self._change_gateway: 4,
            self._slow_gateway: 1,
        }
        # Everything once, then by chance.
        acts = list(weights)
        self._random.shuffle(acts)
        clock = asyncio.get_running_loop()
        end = clock.time() + seconds
        while acts or clock.time() < end:
            act = acts.pop() if acts else self._random.choices(list(weights), list(weights.values()))[0]
            await act()
            self.done[act.__name__.removeprefix("_")] += 1
            await asyncio.sleep(self._random.uniform(*PAUSE_S))
        self._faults.set(Faults())
        for process in self._processes:
            self._revive(process)

    async def _kill_process(self) -> None:
        process = self._random.choice(self._processes)
        process.kill()
        process.start()

    async def _stop_process(self) -> None:
        process = self._random.choice(self._processes)
        self._revive(process)
        process.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(self._random.uniform(*STOP_S))
        process.process.send_signal(signal.SIGCONT)

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

    async def _restart_postgres(self) -> None:
        """Immediately, as after a crash, or fast, as an operator does; the keeper starts it again."""
        how = self._random.choice([signal.SIGQUIT, signal.SIGINT])
        try:
            connection = await asyncpg.connect(self._servers.postgres_owner_url)
        except LOST:
            return
        began = datetime.now(UTC)
        os.kill(_parent(connection.get_server_pid()), how)
        connection.terminate()
        await eventually(self._answers, "PostgreSQL is back", RESTART_S)
        self.without_postgres.append((began, datetime.now(UTC)))

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self._servers.postgres_owner_url, timeout=2)
            await connection.close()
        except LOST:
            return False
        return True

    async def _silence_network(self) -> None:
        """Nothing arrives any more, and nothing says so; then the connections are gone."""
        self._network.fall_silent()
        await asyncio.sleep(self._random.uniform(*STOP_S))
        self._network.cut()

    async def _cut_sessions(self) -> None:
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

    async def _slow_gateway(self) -> None:
        """It takes everything, and answers when nobody waits for that any more."""
        before = self._faults.faults
        self._faults.set(msgspec.structs.replace(before, delay_ms=TOO_SLOW_MS))
        await asyncio.sleep(self._random.uniform(*STOP_S))
        self._faults.set(before)

    def _revive(self, process: WorkerProcess) -> None:
        if not process.is_running():
            process.start()


def _parent(pid: int) -> int:
    """The process that has started a session: the server itself."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])
