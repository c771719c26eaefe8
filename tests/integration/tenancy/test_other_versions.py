"""The schema and its isolation on PostgreSQL 16, and on the system's 15 where there is one."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from infra.dev import postgres
from infra.dev.postgres import PostgresUrls
from shared.db import drift
from shared.db.manifest import TABLES
from shared.db.migrate import migrate, migrate_back
from shared.settings import OwnerDatabaseSettings
from tests.integration.tenancy import test_matrix
from tests.integration.tenancy.world import build

PROGRAMS = {16: postgres.packaged_programs(16), 15: Path("/usr/lib/postgresql/15/bin")}


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def urls(request: pytest.FixtureRequest) -> Iterator[PostgresUrls]:
    programs = PROGRAMS[request.param]
    if not (programs / "postgres").exists():
        pytest.skip(f"there is no PostgreSQL {request.param} here")
    with postgres.running("test", place=f"tenancy-{request.param}", programs=programs) as running:
        yield running


# The whole matrix at once: longer than other tests on a busy machine.
@pytest.mark.timeout(600)
async def test_isolation_holds_there_as_well(urls: PostgresUrls) -> None:
    """R9.1 on every supported version: up, down, up, then the whole matrix."""
    settings = OwnerDatabaseSettings(
        urls.owner, urlsplit(urls.app).username or "", urlsplit(urls.worker).username or ""
    )
    await migrate(settings)
    await migrate_back(settings, "all")
    await migrate(settings)
    owner, app, worker = await asyncio.gather(*map(asyncpg.connect, (urls.owner, urls.app, urls.worker)))
    try:
        assert await drift.all_differences(owner) == []
        world = await build(owner)
        logins = {"app": app, "worker": worker}
        for table in TABLES:
            for role in test_matrix.ROLES:
                await test_matrix.test_a_role_does_what_the_manifest_says_and_nothing_else(
                    world, logins, table, role
                )
            await test_matrix.test_a_login_by_itself_sees_nothing(logins, "app", table)
    finally:
        for connection in (owner, app, worker):
            await connection.close()
