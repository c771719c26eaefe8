"""The worker's small port: `/healthz`, `/readyz` and `/metrics`."""

import asyncio

import msgspec
from aiohttp import web

from shared.observability import METRICS_MEDIA_TYPE, render_metrics
from shared.settings import RedisSettings
from shared.tenancy import Scope
from shared.web.health import health


async def serve_health(host: str, port: int, redis: RedisSettings, stop: asyncio.Event) -> None:
    """Answer until told to stop; raises `OSError` when the port is taken."""
    runner = web.AppRunner(_application(redis), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, shutdown_timeout=1).start()
        await stop.wait()
    finally:
        await runner.cleanup()


def _application(redis: RedisSettings) -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_: web.Request) -> web.Response:
        found = await health(Scope.system(), redis)
        return web.Response(
            body=msgspec.json.encode(found),
            status=503 if found.status == "unavailable" else 200,
            content_type="application/json",
        )

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=render_metrics(), headers={"Content-Type": METRICS_MEDIA_TYPE})

    application = web.Application()
    application.add_routes(
        [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]
    )
    return application
