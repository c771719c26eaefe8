"""Whether a process lives, whether it can do its work, and its metrics: for those who operate it."""

import asyncio
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import msgspec
import redis.asyncio as redis
from redis.exceptions import RedisError

from shared.db.engine import NoScope, transaction
from shared.errors import Unavailable
from shared.observability import METRICS_MEDIA_TYPE, render_metrics
from shared.settings import RedisSettings
from shared.tenancy import Scope

if TYPE_CHECKING:
    from litestar import Router

PATIENCE_S: Final = 3.0
_UP: Final = ".up.sql"
_AWAY: Final = "unreachable"
_NOT_MIGRATED: Final = "not migrated"


class Health(msgspec.Struct, frozen=True):
    """`ready`, `degraded` (works without something that is away) or `unavailable`, and each check."""

    status: str
    checks: dict[str, str]


def known_migrations() -> frozenset[str]:
    """The migrations this program was written for."""
    # Not from the module that runs them: it brings Piccolo's command line and half a second along.
    names = [file.name for file in files("shared.db.migrations").iterdir()]
    return frozenset(name.removesuffix(_UP) for name in names if name.endswith(_UP))


async def missing_migrations(scope: Scope) -> frozenset[str]:
    """Migrations that have not run; asked in the auth scope of a web door or the system scope of a worker."""
    async with transaction(scope, read_only=True) as tx:
        ran = await tx.values("SELECT name FROM public.migration WHERE app_name = 'huiyin'")
    return known_migrations() - set(ran)


async def health(scope: Scope, redis_settings: RedisSettings | None) -> Health:
    """Ask the database and Redis. Without Redis the process still does its work, only later or slower."""
    checks = {"database": "ok", "schema": "ok"}
    try:
        async with asyncio.timeout(PATIENCE_S):
            missing = await missing_migrations(scope)
        if missing:
            checks["schema"] = f"missing: {', '.join(sorted(missing))}"
    except asyncpg.UndefinedTableError:
        checks["schema"] = _NOT_MIGRATED
    except Unavailable as error:
        checks |= _words(error)
    except (NoScope, TimeoutError):
        checks |= {"database": _AWAY, "schema": "unknown"}
    except asyncpg.PostgresError as error:
        checks |= {"database": f"refuses: {type(error).__name__}", "schema": "unknown"}
    if redis_settings is not None:
        checks["redis"] = "ok" if await _redis_answers(redis_settings) else _AWAY
    if checks["database"] != "ok" or checks["schema"] != "ok":
        return Health("unavailable", checks)
    return Health("degraded" if _AWAY in checks.values() else "ready", checks)


def _words(error: Unavailable) -> dict[str, str]:
    if error.code == "database_not_set_up":
        return {"schema": _NOT_MIGRATED}
    state = "busy" if error.code == "database_busy" else _AWAY
    return {"database": f"{state}: {error.params['reason']}", "schema": "unknown"}


def health_router(scope: Scope, redis_settings: RedisSettings | None = None) -> "Router":
    """`/healthz`, `/readyz` and `/metrics`, open to everybody who reaches the port."""
    # The workers, which ask `health` only, start in half the time without it.
    from litestar import Response, Router, get

    @get("/healthz", include_in_schema=False, sync_to_thread=False)
    def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @get("/readyz", include_in_schema=False)
    async def readyz() -> Response[Health]:
        found = await health(scope, redis_settings)
        return Response(found, status_code=503 if found.status == "unavailable" else 200)

    @get("/metrics", include_in_schema=False, sync_to_thread=False)
    def metrics() -> Response[bytes]:
        return Response(render_metrics(), media_type=METRICS_MEDIA_TYPE)

    return Router("/", route_handlers=[healthz, readyz, metrics], opt={"public": True})


async def _redis_answers(settings: RedisSettings) -> bool:
    client: Any = redis.Redis.from_url(settings.url, socket_timeout=1.0, socket_connect_timeout=1.0)
    try:
        return bool(await client.ping())
    except (RedisError, OSError, TimeoutError):
        return False
    finally:
        await client.aclose()
