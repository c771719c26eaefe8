"""A database that cannot do it now is 503 with words and an end in sight, never an unexpected error."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from shared.db.engine import ENGINE, transaction
from shared.errors import Unavailable
from shared.tenancy import Scope
from tests.support.background import open_engine
from tests.support.servers import Database

SCOPE = Scope.oem(1)


@pytest.fixture
async def owner(fresh_database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(fresh_database.owner_url)
    yield connection
    await connection.close()


async def say(*statements: str) -> None:
    async with transaction(SCOPE) as tx:
        for sql in statements:
            await tx.execute(sql)


async def refusal(*statements: str) -> Unavailable:
    with pytest.raises(Unavailable) as refused:
        await say(*statements)
    return refused.value


async def test_a_server_that_is_full_is_busy(fresh_database: Database, owner: asyncpg.Connection) -> None:
    await owner.execute(f"ALTER DATABASE {fresh_database.name} CONNECTION LIMIT 2")
    async with open_engine(fresh_database.app_url):
        pool = ENGINE.pool
        assert pool is not None
        async with pool.acquire():
            assert (await refusal("SELECT 1")).code == "database_busy"
        await say("SELECT 1")


async def test_a_statement_that_takes_too_long_is_told_as_busy(fresh_database: Database) -> None:
    async with open_engine(fresh_database.app_url, pool_size=1):
        refused = await refusal("SET LOCAL statement_timeout = '20ms'", "SELECT pg_sleep(10)")
        assert (refused.code, refused.status) == ("database_busy", 503)
        assert refused.params == {"reason": "QueryCanceledError"}
        await say("SELECT 1")


async def test_a_lock_that_does_not_come_is_told_as_busy(
    fresh_database: Database, owner: asyncpg.Connection
) -> None:
    await owner.execute("SELECT pg_advisory_lock(7201)")
    async with open_engine(fresh_database.app_url, pool_size=1):
        refused = await refusal("SET LOCAL lock_timeout = '20ms'", "SELECT pg_advisory_xact_lock(7201)")
        assert refused.code == "database_busy"
        await say("SELECT 1")


async def test_a_server_that_writes_no_more_is_left_for_another_connection(
    fresh_database: Database, owner: asyncpg.Connection
) -> None:
    standby = f"ALTER DATABASE {fresh_database.name} SET default_transaction_read_only = on"
    await owner.execute(standby)
    async with open_engine(fresh_database.app_url, pool_size=1):
        assert (await refusal("UPDATE oems SET name = name")).code == "database_unreachable"
        await owner.execute("SET default_transaction_read_only = off")
        await owner.execute(f"ALTER DATABASE {fresh_database.name} RESET default_transaction_read_only")
        await say("UPDATE oems SET name = name")


async def test_a_password_that_was_changed_is_unreachable(
    fresh_database: Database, owner: asyncpg.Connection
) -> None:
    login = f"rotated_{uuid4().hex}"
    await owner.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'invented-before' IN ROLE huiyin_app")
    server = urlsplit(fresh_database.app_url)
    place = f"{login}:invented-before@{server.hostname}:{server.port}"
    try:
        async with open_engine(server._replace(netloc=place).geturl()):
            await owner.execute(f"ALTER ROLE {login} PASSWORD 'invented-after'")
            assert ENGINE.pool is not None
            await ENGINE.pool.expire_connections()
            refused = await refusal("SELECT 1")
            assert (refused.code, refused.params) == (
                "database_unreachable",
                {"reason": "InvalidPasswordError"},
            )
    finally:
        await owner.execute(f"DROP ROLE {login}")
