"""What a request costs the API beside the bare statements that it sends (processor time of both)."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
import asyncpg
import msgspec

from infra.bench.api import PATIENCE, Api
from infra.bench.figures import median
from infra.dev.servers import Servers
from shared.db.engine import ENGINE, Connection, Transaction, transaction
from shared.tenancy import Scope

REQUESTS, ROUNDS = 200, 5
Statement = tuple[str, Sequence[Any]]


async def cost_beside_statements(
    api: Api,
    client: aiohttp.ClientSession,
    running: Servers,
    scope: Scope,
    paths: Sequence[str],
    read: Callable[[Transaction], Awaitable[object]],
) -> float:
    """Requests of `paths` one after another, as a multiple of `read`'s statements by themselves.

    Medians of alternating rounds, so that what else the machine does hits both alike. `read` does in the
    scope what the API does for all the paths.
    """
    statements = await _statements(running, scope, read)
    bare = await asyncpg.connect(running.postgres_app_url, server_settings={"search_path": "app"})
    ours: list[float] = []
    theirs: list[float] = []
    try:
        for number in range(ROUNDS + 1):
            before = api.cpu_s()
            for _ in range(REQUESTS):
                for path in paths:
                    async with client.get(path) as answer:
                        body = await answer.read()
                    if answer.status != 200:
                        raise AssertionError(f"{path} answers {answer.status}: {body[:200]!r}")
            spent = api.cpu_s() - before
            started = time.process_time()
            for _ in range(REQUESTS):
                await _replay(bare, statements)
            # The first round warms both up.
            if number:
                ours.append(spent)
                theirs.append(time.process_time() - started)
    finally:
        await bare.close()
    return median(ours) / median(theirs)


async def _statements(
    running: Servers, scope: Scope, read: Callable[[Transaction], Awaitable[object]]
) -> list[Statement]:
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


async def _replay(bare: Connection, statements: Sequence[Statement]) -> None:
    answer: list[dict[str, Any]] = []
    for sql, args in statements:
        if args:
            answer = [dict(row) for row in await bare.fetch(sql, *args)]
        else:
            await bare.execute(sql)
    msgspec.json.encode(answer)
