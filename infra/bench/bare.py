"""A route that sends recorded statements and answers with the rows they give: the least there is to do.

Same server, framework and driver as the API's, but nobody is asked who he is, and rows become no objects.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec
import uvicorn
from litestar import Litestar, Response, get

from infra.dev.ports import HOST
from shared.db.engine import Connection

Statement = tuple[str, Sequence[Any]]


def serve(url: str, port: int, statements: Sequence[Statement]) -> None:
    """Answer on `port` until the process ends; `statements` with arguments are those that read."""
    uvicorn.run(_app(url, statements), host=HOST, port=port, log_level="warning")


async def answered(connection: Connection, statements: Sequence[Statement]) -> bytes:
    """Send the statements one after another; their rows as JSON."""
    answer: list[dict[str, Any]] = []
    for sql, args in statements:
        if args:
            answer += [dict(row) for row in await connection.fetch(sql, *args)]
        else:
            await connection.execute(sql)
    return msgspec.json.encode(answer)


def _app(url: str, statements: Sequence[Statement]) -> Litestar:
    @asynccontextmanager
    async def connected(app: Litestar) -> AsyncGenerator[None]:
        pool = await asyncpg.create_pool(url, min_size=1, max_size=1, server_settings={"search_path": "app"})
        app.state.pool = pool
        yield
        await pool.close()

    @get("/")
    async def read() -> Response[bytes]:
        async with app.state.pool.acquire() as connection:
            return Response(await answered(connection, statements), media_type="application/json")

    app = Litestar([read], lifespan=[connected], openapi_config=None)
    return app
