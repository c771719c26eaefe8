"""The API over 200,000 cases: what a list costs beside its bare statements, and how fast it creates."""

import asyncio
import os
import resource
import secrets
import socket
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg
import msgspec

from infra.bench.figures import Figure, at_least, at_most, median, percentile, told
from infra.bench.world import fill, let_be_found, start
from infra.dev import servers as dev
from infra.dev.ports import HOST
from infra.dev.servers import Servers
from shared.cases import queries
from shared.cases.queries import QueueFilter, Sort, Tab
from shared.db.engine import ENGINE, Connection, transaction
from shared.onboarding.service import NewOem, add_dealer, add_region, onboard_oem
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from shared.tenants.dealers import NewDealer, NewRegion

OEMS, DEALERS, PER_DEALER = 4, 25, 1980
LISTS, ROUNDS = 200, 5
CREATES, CREATE_ROUNDS, CONCURRENCY = 800, 5, 16
_EMAIL: Final = "bench-manager@example.com"
_PASSWORD: Final = secrets.token_urlsafe(12)
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_LIST: Final = "/api/v1/cases?limit=50&sort=newest&tab=all"


async def measure() -> list[Figure]:
    """Build the world, start one API process, and ask it."""
    with dev.private("bench") as running:
        await start(running, oems=OEMS, dealers=DEALERS)
        scope = await _live_dealer(running)
        await fill(running, per_dealer=PER_DEALER, clocks=False)
        await let_be_found(running)
        async with _api(running) as (client, pid):
            ratio = await _list_cost(client, pid, running, scope)
            rate, p99 = await _create(client)
            memory = _memory_mib(pid)
    return [
        at_most("list of 50: CPU of the API beside its bare statements", ratio, "times", 3.0),
        at_least(f"cases created, {CONCURRENCY} at a time, median", rate, "cases/s", 150),
        told("creating a case, p99, median", p99 * 1000, "ms"),
        told("API process's memory", memory, "MiB"),
        told("this process's memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"),
    ]


async def _live_dealer(running: Servers) -> Scope:
    """A dealer with policies and one person who can sign in."""
    await ENGINE.open(running.postgres_app_url, pool_size=2, acquire_timeout=_SECONDS, application="bench")
    try:
        oem = await onboard_oem(
            NewOem(
                slug="bench-live",
                name="测试车厂",
                name_en="Bench Motors",
                admin_email="bench-admin@example.com",
                admin_name="测试员",
            )
        )
        boss = Actor.system(oem.oem_id)
        area = await add_region(boss, NewRegion(code="A", name="东区", name_en="East"))
        district = await add_region(
            boss, NewRegion(code="D", name="一区", name_en="First", parent_id=area.id)
        )
        dealer = await add_dealer(
            boss, NewDealer(region_id=district.id, code="L1", name="测试店", name_en="Bench dealer")
        )
        await add_staff(
            boss,
            NewStaff(
                email=_EMAIL,
                name="测试员",
                role=Role.SERVICE_MANAGER,
                dealer_id=dealer.id,
                password=_PASSWORD,
            ),
        )
    finally:
        await ENGINE.close()
    return Scope.dealer(oem.oem_id, dealer.id)


_SECONDS: Final = timedelta(seconds=5)


@asynccontextmanager
async def _api(running: Servers) -> AsyncGenerator[tuple[aiohttp.ClientSession, int]]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        **running.environment(),
        "HUIYIN_SECRET": secrets.token_urlsafe(32),
        "HUIYIN_LOG_LEVEL": "warning",
        "HUIYIN_DATABASE_POOL": "16",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "api", "--port", str(port), env=environment
    )
    try:
        async with aiohttp.ClientSession(f"http://{HOST}:{port}") as client:
            await _until_ready(client)
            async with client.post(
                "/api/v1/session", json={"email": _EMAIL, "password": _PASSWORD}
            ) as answer:
                token = (await answer.json())["token"]
            client.headers["Authorization"] = f"Bearer {token}"
            yield client, process.pid
    finally:
        process.terminate()
        await process.wait()


async def _until_ready(client: aiohttp.ClientSession) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            async with client.get("/readyz") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise RuntimeError("the API does not get ready")


async def _list_cost(client: aiohttp.ClientSession, pid: int, running: Servers, scope: Scope) -> float:
    """Medians of alternating rounds, so that what else the machine does hits both alike."""
    statements = await _statements(running, scope)
    bare = await asyncpg.connect(running.postgres_app_url, server_settings={"search_path": "app"})
    ours: list[float] = []
    theirs: list[float] = []
    try:
        for number in range(ROUNDS + 1):
            before = _cpu_s(pid)
            for _ in range(LISTS):
                async with client.get(_LIST) as answer:
                    body = await answer.read()
                if answer.status != 200 or len(msgspec.json.decode(body)["items"]) != 50:
                    raise AssertionError(f"the list answers {answer.status}: {body[:200]!r}")
            spent = _cpu_s(pid) - before
            started = time.process_time()
            for _ in range(LISTS):
                await _replay(bare, statements)
            # The first round warms both up.
            if number:
                ours.append(spent)
                theirs.append(time.process_time() - started)
    finally:
        await bare.close()
    return median(ours) / median(theirs)


Statement = tuple[str, Sequence[Any]]


async def _statements(running: Servers, scope: Scope) -> list[Statement]:
    """What the API sends for the list, recorded from the same query."""
    recorded: list[Statement] = []
    await ENGINE.open(running.postgres_app_url, pool_size=1, acquire_timeout=_SECONDS, application="bench")
    try:
        async with transaction(scope, read_only=True) as tx:
            tx.connection.add_query_logger(lambda query: recorded.append((query.query, query.args or ())))
            wanted = QueueFilter(tab=Tab.ALL, sort=Sort.NEWEST)
            await queries.queue(tx, scope.oem_id or 0, wanted, limit=50)
    finally:
        await ENGINE.close()
    opening = (
        "BEGIN READ ONLY;SET LOCAL ROLE t_dealer;"
        f"SET LOCAL app.oem_id = '{scope.oem_id}';SET LOCAL app.dealers = '{scope.dealer_ids[0]}'"
    )
    lists = [each for each in recorded if each[1]]
    return [(opening, ()), *lists, ("COMMIT", ())]


async def _replay(bare: Connection, statements: list[Statement]) -> None:
    answer: list[dict[str, Any]] = []
    for sql, args in statements:
        if args:
            answer = [dict(row) for row in await bare.fetch(sql, *args)]
        else:
            await bare.execute(sql)
    msgspec.json.encode(answer)


async def _create(client: aiohttp.ClientSession) -> tuple[float, float]:
    """Medians over rounds: cases per second, and the 99th percentile of the time for one, in seconds."""
    # The first round opens the connections and plans the statements of each.
    _, *rounds = [await _create_round(client, number) for number in range(CREATE_ROUNDS + 1)]
    return median([rate for rate, _ in rounds]), median([p99 for _, p99 in rounds])


async def _create_round(client: aiohttp.ClientSession, round_number: int) -> tuple[float, float]:
    left = iter(range(CREATES))
    took: list[float] = []

    async def create() -> None:
        for number in left:
            started = time.perf_counter()
            async with client.post(
                "/api/v1/cases",
                json={
                    "channel": "phone",
                    "customer_name": "测试车主",
                    "customer_phone": f"1380000{number % 9000 + 1000}",
                    "words": "低速转弯时前部有异响，已经第二次来店还没找到原因",
                },
                headers={"Idempotency-Key": f"bench-{round_number}-{number}"},
            ) as answer:
                if answer.status != 201:
                    raise AssertionError(f"creating answers {answer.status}: {await answer.text()}")
            took.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*[create() for _ in range(CONCURRENCY)])
    return CREATES / (time.perf_counter() - started), percentile(took, 0.99)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_mib(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in text.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
