"""What a request costs the API beside a route that only sends the same statements, in processor time."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from multiprocessing import get_context

import aiohttp

from infra.bench.api import PATIENCE, Api, free_port, until_answered
from infra.bench.bare import Statement, serve
from infra.bench.figures import median
from infra.dev.ports import HOST
from infra.dev.servers import Servers
from shared.db.engine import ENGINE, Transaction, transaction
from shared.tenancy import Scope

REQUESTS, ROUNDS = 200, 5


async def cost_beside_statements(
    api: Api,
    client: aiohttp.ClientSession,
    running: Servers,
    scope: Scope,
    path: str,
    read: Callable[[Transaction], Awaitable[object]],
) -> float:
    """Requests of `path` as a multiple of the bare route's; `read` does what the API does for `path`.

    Medians of alternating rounds, so that what else the machine does hits both alike.
    """
    ours: list[float] = []
    theirs: list[float] = []
    statements = await _statements(running, scope, read)
    async with _bare_route(running, statements) as bare, aiohttp.ClientSession(bare.url) as bare_client:
        for number in range(ROUNDS + 1):
            spent = await _spent_s(api, client, path)
            spent_bare = await _spent_s(bare, bare_client, "/")
            # The first round warms both up.
            if number:
                ours.append(spent)
                theirs.append(spent_bare)
    return median(ours) / median(theirs)


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
