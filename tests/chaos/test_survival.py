"""Everything is killed at random, and nothing is lost, nothing is told twice (issue 2).

A short run belongs to `make test`. `make chaos` runs it longer: `HUIYIN_CHAOS_SECONDS` of torment for each of
`HUIYIN_CHAOS_SEEDS` (numbers with commas between).
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from infra.dev.postoffice.office import PostOffice, opened
from infra.dev.servers import Servers
from shared.db.migrate import migrate
from shared.settings import OwnerDatabaseSettings
from tests.chaos.invariants import broken, figures, unfinished
from tests.chaos.tormentor import Tormentor
from tests.chaos.workload import LAST_STEP_S, LOST, Workload
from tests.support.background import build_company
from tests.support.waiting import eventually
from tests.support.worker_process import WorkerProcess

SECONDS = float(os.environ.get("HUIYIN_CHAOS_SECONDS", "15"))
SEEDS = [int(seed) for seed in os.environ.get("HUIYIN_CHAOS_SEEDS", "1").split(",")]
WORKERS = 2
COMPANIES = 3
CASES_PER_SECOND = 6.0
SETTLE_S = 90.0
SECRET = "a secret of the gateway"


@pytest.mark.chaos
@pytest.mark.timeout(SECONDS + 2 * SETTLE_S + 60)
@pytest.mark.parametrize("seed", SEEDS)
async def test_nothing_is_lost_and_nothing_is_told_twice(
    private_servers: Servers, tmp_path: Path, seed: int
) -> None:
    """Issue 2: killing any process at any time loses no escalation or message and repeats no escalation."""
    await migrate(_owner(private_servers))
    async with (
        _pool(private_servers) as pool,
        opened(tmp_path / "received.sqlite", SECRET) as office,
        _workers(private_servers, office, tmp_path) as workers,
    ):
        companies = [await build_company(pool) for _ in range(COMPANIES)]
        tormentor = Tormentor(private_servers, workers, office.faults, seed)
        workload = Workload(pool, companies, seed)
        await asyncio.gather(
            workload.run(SECONDS - LAST_STEP_S / 2, CASES_PER_SECOND), tormentor.run(SECONDS)
        )

        async def finished() -> bool:
            try:
                return not await unfinished(pool)
            except LOST:
                return False

        await eventually(finished, "all that was due is done", SETTLE_S)
        print(dict(tormentor.done), await figures(pool, office.store))  # noqa: T201
        assert await broken(pool, office.store) == []
        for worker in workers:
            assert worker.is_running(), worker.said()


def _owner(servers: Servers) -> OwnerDatabaseSettings:
    return OwnerDatabaseSettings(servers.postgres_owner_url)


@asynccontextmanager
async def _pool(servers: Servers) -> AsyncIterator[asyncpg.Pool]:
    settings = {"search_path": "app", "application_name": "chaos"}
    async with asyncpg.create_pool(
        servers.postgres_owner_url, min_size=1, max_size=6, server_settings=settings
    ) as pool:
        yield pool


@asynccontextmanager
async def _workers(servers: Servers, office: PostOffice, folder: Path) -> AsyncIterator[list[WorkerProcess]]:
    environment = {
        "HUIYIN_DATABASE_WORKER_URL": servers.postgres_worker_url,
        "HUIYIN_REDIS_URL": servers.redis_url,
        "HUIYIN_SMTP_PORT": str(office.smtp_port),
        "HUIYIN_SMS_URL": office.sms_url,
        "HUIYIN_SMS_SECRET": SECRET,
        "HUIYIN_SEND_TIMEOUT": "2",
    }
    workers = [WorkerProcess(environment, folder / f"worker-{number}.log") for number in range(WORKERS)]
    try:
        for worker in workers:
            worker.start()
        await asyncio.gather(*(asyncio.to_thread(worker.wait_ready) for worker in workers))
        yield workers
    finally:
        for worker in workers:
            worker.clean_up()
