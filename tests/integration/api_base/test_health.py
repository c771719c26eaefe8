"""Health and metrics, and what is logged of a request."""

import re
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import structlog
from structlog.testing import LogCapture

from shared.settings import RedisSettings
from shared.tenancy import Scope
from shared.web.health import health
from tests.integration.api_base.conftest import Visitor
from tests.support.servers import Database

Api = httpx.AsyncClient


@pytest.fixture
def logged():
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.configure(**before)


@pytest.fixture
async def schema_behind(database: Database) -> AsyncIterator[None]:
    connection = await asyncpg.connect(database.owner_url)
    name = "0006_identity"
    await connection.execute("UPDATE migration SET name = 'gone' WHERE name = $1", name)
    yield
    await connection.execute("UPDATE migration SET name = $1 WHERE name = 'gone'", name)
    await connection.close()


async def test_a_process_that_answers_is_alive(api: Api) -> None:
    assert (await api.get("/healthz")).json() == {"status": "alive"}


async def test_without_redis_it_is_degraded_but_ready(api: Api) -> None:
    answer = await api.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "degraded",
        "checks": {"database": "ok", "schema": "ok", "redis": "unreachable"},
    }


async def test_with_everything_there_it_is_ready(api: Api, redis_url: str) -> None:
    assert (await health(Scope.auth(), RedisSettings(redis_url))).status == "ready"


async def test_with_an_old_schema_it_is_unavailable(api: Api, schema_behind: None) -> None:
    answer = await api.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["schema"] == "missing: 0006_identity"


async def test_the_worker_login_can_ask_too(database: Database) -> None:
    connection = await asyncpg.connect(database.worker_url)
    await connection.execute("SET ROLE t_system")
    assert await connection.fetchval("SELECT count(*) FROM public.migration") > 0
    await connection.close()


async def test_requests_are_counted_by_route_and_not_by_address(api: Api, advisor: Visitor) -> None:
    for path in ("/api/v1/sessions/0199aabb-ccdd-7eef-8011-223344556677", "/some/where", "/some/where/else"):
        await api.delete(path, headers=advisor.headers)
    await api.request("BREW", "/api/v1/session")

    metrics = (await api.get("/metrics")).text

    routes = set(re.findall(r'huiyin_http_requests_total\{method="(\w+)",route="([^"]+)"', metrics))
    assert ("DELETE", "/api/v1/sessions/{session_id}") in routes
    assert ("DELETE", "unmatched") in routes
    assert ("other", "unmatched") in routes
    assert not any("0199aabb" in route or "some" in route for _, route in routes)
    assert 'huiyin_database_connections{state="most"} 10.0' in metrics


async def test_a_request_leaves_one_line_with_ids_and_nothing_personal(
    api: Api, advisor: Visitor, logged: list[dict[str, object]]
) -> None:
    await api.get("/api/v1/session?q=13800001234", headers=advisor.headers | {"X-Request-ID": "request-17"})
    await api.get("/healthz")

    (line,) = [entry for entry in logged if entry["event"] == "request"]
    assert line | {"oem_id": 0, "duration_ms": 0} == {
        "event": "request",
        "log_level": "info",
        "request_id": "request-17",
        "oem_id": 0,
        "actor": "person",
        "method": "GET",
        "route": "/api/v1/session",
        "status": 200,
        "duration_ms": 0,
    }
    assert "13800001234" not in str(logged)
    assert advisor.email not in str(logged)
