"""What a request costs the API beside the same statements by themselves, in processor time.

Two measures: bare asyncpg with msgspec, without any request; and a route of the same server and framework
that does nothing but send the statements, so that what HTTP costs stands on both sides.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context

import aiohttp
import asyncpg

from infra.bench.api import PATIENCE, Api, free_port, until_answered
from infra.bench.bare import Statement, answered, serve
from infra.bench.figures import median
from infra.dev.ports import HOST
from infra.dev.servers import Servers
from shared.db.engine import ENGINE, Connection, Transaction, transaction
from shared.tenancy import Scope

REQUESTS, ROUNDS, WARMING = 200, 5, 2


@dataclass(frozen=True, slots=True)
class Cost:
    """The API's processor time as a multiple of the bare statements' and of the bare route's."""

    statements: float
    route: float


async def cost_of(
    api: Api,
    client: aiohttp.ClientSession,
    running: Servers,
    scope: Scope,
    path: str,
    read: Callable[[Transaction], Awaitable[object]],
) -> Cost:
    """Requests of `path` beside what `read` sends, which does what the API does for it.

    Medians of alternating rounds, so that what else the machine does hits all alike.
    """
    statements = await _statements(running, scope, read)
    bare = await asyncpg.connect(running.postgres_app_url, server_settings={"search_path": "app"})
    rounds: list[tuple[float, float, float]] = []
    try:
        async with _bare_route(running, statements) as route, aiohttp.ClientSession(route.url) as its_client:
            for _ in range(WARMING + ROUNDS):
                rounds.append(  # noqa: PERF401  # one after another
                    (
                        await _spent_s(api, client, path),
                        await _spent_bare_s(bare, statements),
                        await _spent_s(route, its_client, "/"),
                    )
                )
    finally:
        await bare.close()
    ours, theirs, routes = (median(each) for each in zip(*rounds[WARMING:], strict=True))
    return Cost(ours / theirs, ours / routes)


async def _spent_bare_s(bare: Connection, statements: Sequence[Statement]) -> float:
    before = time.process_time()
    for _ in range(REQUESTS):
        await answered(bare, statements)
    return time.process_time() - before


async def _spent_s(api: Api, client: aiohttp.ClientSession, path: str) -> float:
    before = api.cpu_s()
    for _ in range(REQUESTS):
        async with client.get(path) as answer:
            body = await answer.read()
        if answer.status != 200:
            raise AssertionError(f"{path} answers {answer.status}: {body[:200]!r}")
    return api.cpu_s() - before


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


async def _statements(
    running: Servers, scope: Scope, read: Callable[[Transaction], Awaitable[object]]
) -> list[Statement]:
    """What `read` sends, with the opening and the end of its transaction."""
    recorded: list[Statement] = []
    await ENGINE.open(running.postgres_app_url, pool_size=1, acquire_timeout=PATIENCE, application="bench")
    try:
        async with transaction(scope, read_only=True) as tx:
            tx.connection.add_query_logger(lambda query: recorded.append((query.query, query.args or ())))
            await read(tx)
    finally:
        await ENGINE.close()
    opening = (
        "BEGIN READ ONLY;SET LOCAL ROLE t_dealer;"
        f"SET LOCAL app.oem_id = '{scope.oem_id}';SET LOCAL app.dealers = '{scope.dealer_ids[0]}'"
    )
    return [(opening, ()), *(each for each in recorded if each[1]), ("COMMIT", ())]
