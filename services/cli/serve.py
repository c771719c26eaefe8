"""`huiyin api` and `huiyin admin`: the web doors under uvicorn."""

import os
import tempfile

import click
import uvicorn

from shared.observability import MULTIPROCESS_FOLDER
from shared.settings import (
    DatabaseSettings,
    FileSettings,
    FromEnvironment,
    LogSettings,
    OutboundSettings,
    RedisSettings,
    SmsSettings,
    WebSettings,
    check_all,
)

_GRACE_S = 10


@click.command("api")
@click.option("--host", help="Address to listen on (HUIYIN_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (HUIYIN_API_PORT).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
def api(host: str | None, port: int | None, workers: int) -> None:
    """Serve the API."""
    settings = _settings(SmsSettings)
    _serve("services.api.main:app", host or settings.host, port or settings.api_port, workers)


@click.command("admin")
@click.option("--host", help="Address to listen on (HUIYIN_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (HUIYIN_ADMIN_PORT).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
def admin(host: str | None, port: int | None, workers: int) -> None:
    """Serve the console."""
    settings = _settings()
    _serve("services.admin.main:app", host or settings.host, port or settings.admin_port, workers)


def _settings(*more: type[FromEnvironment]) -> WebSettings:
    # Here, and not only by the door itself: with several processes a child's refusal would be a traceback.
    check_all(
        WebSettings, DatabaseSettings, RedisSettings, OutboundSettings, FileSettings, LogSettings, *more
    )
    return WebSettings.load()


def _serve(factory: str, host: str, port: int, workers: int) -> None:
    if workers == 1:
        _run(factory, host, port, workers)
        return
    with tempfile.TemporaryDirectory(prefix="huiyin-metrics-") as folder:
        os.environ[MULTIPROCESS_FOLDER] = folder
        _run(factory, host, port, workers)


def _run(factory: str, host: str, port: int, workers: int) -> None:
    uvicorn.run(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
