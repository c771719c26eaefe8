"""Everything is killed at random, and nothing is lost, nothing is told twice.

A short run belongs to `make test`. `make chaos` runs it longer: `HUIYIN_CHAOS_SECONDS` of torment for each of
`HUIYIN_CHAOS_SEEDS` (numbers with commas between).
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from infra.dev.postoffice.office import PostOffice, opened
from infra.dev.servers import Servers
from shared.db.migrate import migrate
from shared.settings import OwnerDatabaseSettings
from tests.chaos.accepted import broken_promises, figures_of_accepted
from tests.chaos.callers import Callers
from tests.chaos.hurry import try_soon
from tests.chaos.invariants import broken, figures, lag_with_postgres, unfinished
from tests.chaos.listeners import listening
from tests.chaos.tormentor import Tormentor
from tests.chaos.workload import LAST_STEP_S, LOST, Workload
from tests.support.background import build_company, open_engine
from tests.support.black_hole import proxy_to
from tests.support.waiting import eventually
from tests.support.worker_process import WorkerProcess

SECONDS = float(os.environ.get("HUIYIN_CHAOS_SECONDS", "15"))
SEEDS = [int(seed) for seed in os.environ.get("HUIYIN_CHAOS_SEEDS", "1").split(",")]
APIS = 2
COMPANIES = 3
CASES_PER_SECOND = 4.0
CALLS_PER_SECOND = 1.0
SETTLE_S = 150.0
LOOK_S = 1.0
MOST_SHOWN = 40
LONG_S = 60.0
MOST_LATE_S = 5.0
"""How late may be noticed what falls due (p99), where there is time enough to tell."""
NEVER_NONE = ("kept", "on_console", "fired_of_accepted", "gathered", "chat", "webhooks")
"""Figures that nothing is proved without."""
SECRET = "a secret of the gateway"
KEY = "a secret for tests, long enough to be one"
"""The installation's, as of every process of the tests."""


@pytest.mark.chaos
@pytest.mark.timeout(SECONDS + 2 * SETTLE_S + 120)
@pytest.mark.parametrize("seed", SEEDS)
async def test_nothing_is_lost_and_nothing_is_told_twice(
    private_servers: Servers, tmp_path: Path, seed: int
) -> None:
    """R4.2, R4.4: killing anything at any time loses no case, escalation or message and repeats none."""
    await migrate(_owner(private_servers))
    async with (
        _pool(private_servers) as pool,
        opened(tmp_path / "received.sqlite", SECRET) as office,
        proxy_to(private_servers.postgres_worker_url) as (network, by_network),
        listening(office.faults) as listeners,
        _running(private_servers, office, by_network, tmp_path) as processes,
    ):
        companies = [await build_company(pool) for _ in range(COMPANIES)]
        callers = Callers(processes.apis, processes.console, pool, random.Random(seed))
        async with open_engine(private_servers.postgres_app_url):
            await listeners.ask_to_be_told(await callers.settle_in(), KEY)
        tormentor = Tormentor(private_servers, processes.all(), office.faults, network, seed)
        workload = Workload(pool, companies, seed)
        await workload.settle_in()
        await asyncio.gather(
            workload.run(SECONDS - LAST_STEP_S / 2, CASES_PER_SECOND),
            callers.run(SECONDS - LAST_STEP_S / 2, CALLS_PER_SECOND),
            tormentor.run(SECONDS),
        )

        left = {"unknown": 1}

        async def finished() -> bool:
            await asyncio.sleep(LOOK_S)
            try:
                await try_soon(pool)
                found = await unfinished(pool)
            except LOST:
                return False
            left.clear()
            left.update(found)
            return not left

        await eventually(finished, left, SETTLE_S)
        late_s = await lag_with_postgres(pool, tormentor.without_postgres)
        told = {
            **await figures(pool, office.store),
            **await figures_of_accepted(pool, callers.oem_id, callers.accepted),
            "on_console": callers.on_console,
            "too_slow": listeners.too_slow,
            "late_p99_s": late_s,
        }
        print(dict(tormentor.done), told)  # noqa: T201
        found = [
            *await broken(pool, office.store),
            *await broken_promises(pool, callers.oem_id, callers.accepted),
            *await listeners.broken(pool, callers.oem_id),
        ]
        assert not found, "\n".join(found[:MOST_SHOWN])
        assert [name for name in NEVER_NONE if not told[name]] == []
        if SECONDS >= LONG_S:
            assert late_s <= MOST_LATE_S
        for process in processes.all():
            assert process.is_running(), process.said()


def _owner(servers: Servers) -> OwnerDatabaseSettings:
    return OwnerDatabaseSettings(servers.postgres_owner_url)


@asynccontextmanager
async def _pool(servers: Servers) -> AsyncIterator[asyncpg.Pool]:
    settings = {"search_path": "app", "application_name": "chaos"}
    async with asyncpg.create_pool(
        servers.postgres_owner_url, min_size=1, max_size=6, server_settings=settings
    ) as pool:
        yield pool


@dataclass(frozen=True, slots=True)
class _Processes:
    workers: list[WorkerProcess]
    apis: list[WorkerProcess]
    console: WorkerProcess

    def all(self) -> list[WorkerProcess]:
        return [*self.workers, *self.apis, self.console]


@asynccontextmanager
async def _running(
    servers: Servers, office: PostOffice, by_network: str, folder: Path
) -> AsyncIterator[_Processes]:
    """Two workers, one of them behind a network that falls silent and one with a wrong clock; a reports
    worker; two APIs and a console.
    """
    environment = {
        **servers.environment(),
        "HUIYIN_SMTP_PORT": str(office.smtp_port),
        "HUIYIN_SMS_URL": office.sms_url,
        "HUIYIN_SMS_SECRET": SECRET,
        "HUIYIN_SEND_TIMEOUT": "2",
        "HUIYIN_OUTBOUND_ALLOWED": "127.0.0.0/8",
        "HUIYIN_FILES_URL": (folder / "files").as_uri(),
    }
    silenced = {**environment, "HUIYIN_DATABASE_WORKER_URL": by_network}
    workers = [
        WorkerProcess(silenced, folder / "worker.log"),
        WorkerProcess(environment, folder / "worker-ahead.log", module="tests.chaos.skewed"),
        WorkerProcess(environment, folder / "reports.log", "--reports"),
    ]
    apis = [WorkerProcess(environment, folder / f"api-{number}.log", door="api") for number in range(APIS)]
    processes = _Processes(workers, apis, WorkerProcess(environment, folder / "console.log", door="admin"))
    try:
        for each in processes.all():
            each.start()
        await asyncio.gather(*(asyncio.to_thread(each.wait_ready) for each in processes.all()))
        yield processes
    finally:
        for each in processes.all():
            each.clean_up()
