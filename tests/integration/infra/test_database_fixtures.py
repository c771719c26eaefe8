"""The database fixtures that all other tests build on."""

import asyncpg
import pytest
import redis

from tests.support.servers import Database


async def test_a_module_database_is_migrated_and_its_logins_own_nothing(database: Database) -> None:
    owner = await asyncpg.connect(database.owner_url)
    tables = await owner.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'app'")
    await owner.close()
    assert tables > 5
    for url in (database.app_url, database.worker_url):
        connection = await asyncpg.connect(url)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE public.mine (id int)")
        await connection.close()


async def test_two_databases_share_no_rows(database: Database, fresh_database: Database) -> None:
    assert database.name != fresh_database.name
    connection = await asyncpg.connect(fresh_database.owner_url)
    await connection.execute("CREATE TABLE public.only_here (id int)")
    await connection.close()
    other = await asyncpg.connect(database.owner_url)
    assert await other.fetchval("SELECT to_regclass('public.only_here')") is None
    await other.close()


async def test_an_empty_database_has_no_schema(empty_database: Database) -> None:
    connection = await asyncpg.connect(empty_database.owner_url)
    assert await connection.fetchval("SELECT to_regnamespace('app')") is None
    await connection.close()


def test_redis_is_empty_and_not_the_first_database(redis_url: str) -> None:
    assert not redis_url.endswith("/0")
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
