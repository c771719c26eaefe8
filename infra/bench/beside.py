"""What a request costs the API beside the same statements by themselves, in processor time.

Two measures: bare asyncpg with msgspec, without any request, with and without what PostgreSQL itself spends
on either side; and a route of the same server and framework that does nothing but send the statements, so
that what HTTP costs stands on both sides.
"""

import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any, cast

import aiohttp
import asyncpg
import httpx

from infra.bench.api import PATIENCE, Api, cpu_s, free_port, until_answered
from infra.bench.bare import Statement, answered, serve
from infra.bench.figures import median
from infra.dev.ports import HOST
from infra.dev.servers import Servers
from services.api.main import create_app
from shared.db.engine import ENGINE, Connection, transaction
from shared.settings import DatabaseSettings, WebSettings
from shared.tenancy import Scope

REQUESTS, ROUNDS, WARMING = 200, 5, 2
_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE usename = current_user"


@dataclass(frozen=True, slots=True)
class Cost:
    """A request's processor time as a multiple of its statements'.

    `application` and `route` are the API's process beside the one that sends the statements by themselves, or
    from a bare route; `whole` counts PostgreSQL's share on both sides.
    """

    application: float
    whole: float
    route: float


@dataclass(frozen=True, slots=True)
class _Spent:
    ours: float
    database: float

    @property
    def whole(self) -> float:
        return self.ours + self.database


async def cost_of(
    api: Api,
    client: aiohttp.ClientSession,
    running: Servers,
    path: str,
) -> Cost:
    """Requests of `path` beside the statements such a request sends.

    Medians of alternating rounds, so that what else the machine does hits all alike.
    """
    statements = await _statements(running, client.headers["Authorization"], path)
    bare = await asyncpg.connect(running.postgres_app_url, server_settings={"search_path": "app"})
    rounds: list[tuple[_Spent, _Spent, _Spent]] = []
    try:
        async with _bare_route(running, statements) as route, aiohttp.ClientSession(route.url) as its_client:
            for _ in range(WARMING + ROUNDS):
                rounds.append(  # noqa: PERF401  # one after another
                    (
                        await _spent(bare, api.cpu_s, partial(_ask, client, path)),
                        await _spent(bare, time.process_time, partial(answered, bare, statements)),
                        await _spent(bare, route.cpu_s, partial(_ask, its_client, "/")),
                    )
                )
    finally:
        await bare.close()
    api_s, bare_s, route_s = zip(*rounds[WARMING:], strict=True)
    return Cost(
        median([each.ours for each in api_s]) / median([each.ours for each in bare_s]),
        median([each.whole for each in api_s]) / median([each.whole for each in bare_s]),
        median([each.ours for each in api_s]) / median([each.ours for each in route_s]),
    )


async def _spent(
    connection: Connection, own_cpu_s: Callable[[], float], once: Callable[[], Awaitable[object]]
) -> _Spent:
    # Nobody else asks this server: whatever its backends spend meanwhile, they spend for these.
    backends = [row["pid"] for row in await connection.fetch(_BACKENDS)]
    before, database_before = own_cpu_s(), sum(map(cpu_s, backends))
    for _ in range(REQUESTS):
        await once()
    return _Spent(own_cpu_s() - before, sum(map(cpu_s, backends)) - database_before)


async def _ask(client: aiohttp.ClientSession, path: str) -> None:
    async with client.get(path) as answer:
        body = await answer.read()
    if answer.status != 200:
        raise AssertionError(f"{path} answers {answer.status}: {body[:200]!r}")


@asynccontextmanager
async def _bare_route(running: Servers, statements: Sequence[Statement]) -> AsyncGenerator[Api]:
    port = free_port()
    process = get_context("forkserver").Process(
        target=serve, args=(running.postgres_app_url, port, statements), daemon=True
    )
    process.start()
    try:
        url = f"http://{HOST}:{port}"
        await until_answered(url, "/")
        yield Api(url, process.pid or 0)
    finally:
        process.terminate()
        process.join()


async def _statements(running: Servers, authorization: str, path: str) -> list[Statement]:
    """Everything a request of `path` sends to the database, who asks included, in its order."""
    app = create_app(WebSettings(secrets.token_urlsafe(32)), DatabaseSettings(running.postgres_app_url))
    recorded: list[Statement] = []
    await ENGINE.open(running.postgres_app_url, pool_size=1, acquire_timeout=PATIENCE, application="bench")
    try:
        # The one connection keeps its logger when it goes back to the pool.
        async with transaction(Scope.auth()) as tx:
            tx.connection.add_query_logger(lambda query: recorded.append((query.query, query.args or ())))
        transport = httpx.ASGITransport(cast("Any", app))
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
            # The first request of a process also reads what is kept from then on.
            await client.get(path, headers={"Authorization": authorization})
            recorded.clear()
            answer = await client.get(path, headers={"Authorization": authorization})
    finally:
        await ENGINE.close()
    if answer.status_code != 200 or not recorded:
        raise AssertionError(f"{path} answers {answer.status_code} after {len(recorded)} statements")
    return recorded
