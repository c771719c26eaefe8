"""The worker as a process: it starts, answers, stops, and does its work without Redis."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from infra.dev.ports import HOST, free_port
from infra.dev.servers import Servers
from shared.db.engine import transaction
from shared.outbox.jobs import FAST_QUEUE, JOBS, RENDER_REPORT, REPORTS_QUEUE, WAKE, connect
from shared.outbox.messages import write
from shared.settings import RedisSettings
from shared.tenancy import Scope
from tests.support.background import Company
from tests.support.outbox import new_message
from tests.support.providers import smtp_server
from tests.support.servers import Database
from tests.support.waiting import eventually, wait_until
from tests.support.worker_process import WorkerProcess

Start = Callable[..., WorkerProcess]


@pytest.fixture
def start(database: Database, redis_url: str, tmp_path: Path) -> Iterator[Start]:
    started: list[WorkerProcess] = []

    def start_one(*arguments: str, **environment: str) -> WorkerProcess:
        worker = WorkerProcess(
            {"HUIYIN_DATABASE_WORKER_URL": database.worker_url, "HUIYIN_REDIS_URL": redis_url, **environment},
            tmp_path / f"worker-{len(started)}.log",
            *arguments,
        )
        worker.start()
        started.append(worker)
        return worker

    yield start_one
    for worker in started:
        worker.clean_up()


def test_it_becomes_ready_and_ends_with_zero_on_sigterm(start: Start) -> None:
    worker = start()
    worker.wait_ready()
    wait_until(lambda: '"status":"ready"' in worker.get("/readyz"), "ready")
    wait_until(lambda: "huiyin_clock_lag_seconds 0.0" in worker.get("/metrics"), "gauges are set")
    assert worker.terminate() == 0, worker.said()
    assert "Traceback" not in worker.said()


@pytest.mark.parametrize("door", [(), ("--reports",)], ids=["worker", "reports worker"])
def test_over_a_database_that_was_never_migrated_it_waits_and_says_so(
    empty_database: Database, start: Start, door: tuple[str, ...]
) -> None:
    worker = start(*door, HUIYIN_DATABASE_WORKER_URL=empty_database.worker_url)
    worker.wait_ready()
    assert '"schema":"not migrated"' in worker.get("/readyz")
    assert '"status":"unavailable"' in worker.get("/readyz")
    assert worker.terminate() == 0, worker.said()


async def test_without_redis_clocks_fire_and_messages_go(company: Company, start: Start) -> None:
    """Issue 2: with Redis down, clocks still fire and messages still go."""
    async with smtp_server() as mail:
        worker = start(
            HUIYIN_REDIS_URL=f"redis://127.0.0.1:{free_port(None)}/0", HUIYIN_SMTP_PORT=str(mail.port)
        )
        due_at = datetime.now(UTC)
        planned = [due_at + timedelta(hours=hours) for hours in (-3, -2, -1, 0, 1, 2)]
        await company.clock(await company.case(), schedule=planned)

        async def told() -> bool:
            return sum("已超时" in text for _, text in mail.taken) == 2

        await eventually(told, "service manager and owner are told", 60)
        assert '"status":"degraded"' in worker.get("/readyz")
        assert worker.terminate() == 0, worker.said()


async def test_redis_may_be_killed_and_emptied_under_a_worker(
    company: Company, private_servers: Servers, start: Start
) -> None:
    url = private_servers.redis_url
    patience = Retry(ConstantBackoff(0.1), 200, (redis.ConnectionError, redis.TimeoutError, OSError))
    with redis.Redis.from_url(url, retry=patience, retry_on_error=[redis.ConnectionError]) as client:
        async with smtp_server() as mail:
            worker = start(HUIYIN_REDIS_URL=url, HUIYIN_SMTP_PORT=str(mail.port))
            worker.wait_ready()
            os.kill(client.info("server")["process_id"], signal.SIGKILL)
            client.flushall()
            JOBS.open(RedisSettings(url))

            async def hinted() -> bool:
                return await JOBS.enqueue(WAKE)

            await eventually(hinted, "Redis is back")
            wait_until(lambda: client.zcard(FAST_QUEUE) == 0, "the worker takes hints again", 60)
            await JOBS.close()
            async with transaction(Scope.oem(company.oem_id)) as tx:
                await write(tx, company.oem_id, [new_message()])

            async def sent() -> bool:
                return len(mail.taken) == 1

            await eventually(sent, "messages go")
            assert worker.terminate() == 0, worker.said()


async def test_what_a_person_asked_for_goes_before_what_the_calendar_did(redis_url: str) -> None:
    """R6.1: whoever asks for one report does not wait behind the month's of 5,000 dealers."""
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        await client.flushdb()
        calendar = connect(RedisSettings(redis_url), patient=True)
        await calendar.enqueue_job(RENDER_REPORT, 1, "by the calendar", _queue_name=REPORTS_QUEUE)
        JOBS.open(RedisSettings(redis_url))
        assert await JOBS.enqueue(RENDER_REPORT, 1, "by a person")
        await JOBS.close()
        first, _ = await client.zrange(REPORTS_QUEUE, 0, -1)
        assert b"by a person" in await client.get(b"arq:job:" + first)
        await calendar.aclose(close_connection_pool=True)


async def test_a_hint_that_cannot_be_given_is_no_error(redis_url: str) -> None:
    assert not await JOBS.enqueue(WAKE)
    JOBS.open(RedisSettings(f"redis://127.0.0.1:{free_port(None)}/0"))
    assert not await JOBS.enqueue(WAKE)
    await JOBS.close()
    JOBS.open(RedisSettings(redis_url))
    assert await JOBS.enqueue(WAKE)
    await JOBS.close()


def test_a_database_that_is_away_is_told_and_ends_the_start(start: Start) -> None:
    worker = start(HUIYIN_DATABASE_WORKER_URL=f"postgresql://x@127.0.0.1:{free_port(None)}/x")
    assert worker.process.wait(60) == 1
    assert "Traceback" not in worker.said()


def test_a_part_that_ends_ends_the_process(start: Start) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        worker = start()
        worker.clean_up()
        worker._environment["HUIYIN_WORKER_PORT"] = str(port)
        worker.start()
        assert worker.process.wait(60) == 1
    said = worker.said()
    assert "part_failed" in said
    assert "part=http" in said


def test_settings_that_are_missing_are_named(start: Start) -> None:
    worker = start(HUIYIN_SECRET="", HUIYIN_SMTP_SECURITY="magic")
    assert worker.process.wait(60) == 1
    assert "HUIYIN_SECRET" in worker.said()
    assert "HUIYIN_SMTP_SECURITY" in worker.said()
