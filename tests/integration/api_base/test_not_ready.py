"""What the doors say over a database that cannot be used: words and 503, never an unexpected error."""

from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from services.admin.main import create_app as create_console
from services.api.main import create_app
from shared.db.engine import ENGINE
from shared.settings import DatabaseSettings, WebSettings
from shared.tenancy import Scope
from shared.web.health import Health, health
from tests.integration.api_base.conftest import NO_REDIS, client_of
from tests.support.background import open_engine
from tests.support.servers import Database

SECRET = WebSettings("0123456789" * 4)


async def test_without_any_schema_it_is_unavailable_in_words(empty_database: Database) -> None:
    settings = DatabaseSettings(empty_database.app_url)
    for door in (create_app(SECRET, settings, NO_REDIS), create_console(SECRET, settings, NO_REDIS)):
        async with open_engine(empty_database.app_url), client_of(door) as client:
            answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {
            "status": "unavailable",
            "checks": {"database": "ok", "schema": "not migrated", "redis": "unreachable"},
        }


@pytest.mark.parametrize("scope", [Scope.auth(), Scope.system()], ids=str)
async def test_a_login_without_the_migrations_roles_is_unavailable_in_words(
    fresh_database: Database, scope: Scope
) -> None:
    login, owner = f"bare_{uuid4().hex}", await asyncpg.connect(fresh_database.owner_url)
    await owner.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'invented'")
    server = urlsplit(fresh_database.app_url)
    place = f"{login}:invented@{server.hostname}:{server.port}"
    try:
        async with open_engine(server._replace(netloc=place).geturl()):
            found = await health(scope, None)
    finally:
        await owner.execute(f"DROP ROLE {login}")
        await owner.close()
    assert found == Health("unavailable", {"database": "ok", "schema": "not migrated"})


async def test_a_full_server_is_unavailable_in_words_and_asks_to_come_again(
    fresh_database: Database,
) -> None:
    app = create_app(SECRET, DatabaseSettings(fresh_database.app_url), NO_REDIS)
    owner = await asyncpg.connect(fresh_database.owner_url)
    await owner.execute(f"ALTER DATABASE {fresh_database.name} CONNECTION LIMIT 1")
    await owner.close()
    async with open_engine(fresh_database.app_url), client_of(app) as client:
        assert ENGINE.pool is not None
        async with ENGINE.pool.acquire():
            ready = await client.get("/readyz")
            body = {"email": "a@example.com", "password": "long enough to be tried"}
            answer = await client.post("/api/v1/session", json=body)
            form = await client.get("/c/nobody")

    assert (ready.status_code, ready.json()["checks"]["schema"]) == (503, "unknown")
    assert ready.json()["checks"]["database"] == "busy: TooManyConnectionsError"
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "database_busy"
    assert (form.status_code, form.headers["Retry-After"]) == (503, "5")
