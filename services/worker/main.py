"""The worker's process: the loop, an arq worker beside it, and a small port for its operator.

Whatever of these ends by itself ends the process with status 1: a supervisor starts it again.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
import uvloop

from services.worker.arq_worker import run_arq
from services.worker.cutting import cut
from services.worker.gauges import measure
from services.worker.handlers import build_handlers
from services.worker.http import serve_health
from services.worker.jobs.queues import fast_queue, reports_queue
from services.worker.loop import Loop
from services.worker.trouble import TROUBLE, note_trouble
from shared.db.engine import ENGINE, transaction
from shared.notifications.addresses import configured_links, configured_receipts
from shared.notifications.channels.protocol import Channel
from shared.notifications.channels.robot import RobotChannel
from shared.notifications.channels.sms import sms_channel
from shared.notifications.channels.smtp import SmtpChannel
from shared.notifications.channels.webhook import WebhookChannel
from shared.notifications.outbound import Outbound
from shared.notifications.webhooks.addresses import StoredDirectory
from shared.observability import configure_logging
from shared.outbox.vocabulary import MessageChannel
from shared.settings import (
    FileSettings,
    LogSettings,
    OutboundSettings,
    RedisSettings,
    SmsSettings,
    SmtpSettings,
    WebSettings,
    WorkerDatabaseSettings,
    WorkerSettings,
    check_all,
)
from shared.tenancy import Scope

GRACE_S: Final = 8.0
"""How long what is under way may take to end after SIGTERM."""

_MEASURE_EVERY_S: Final = 5.0
_NAME_LOOKUPS: Final = "64"
"""Threads that look up names (half of them at most): those of systems that hang shall hold up no other."""
_log = structlog.stdlib.get_logger("huiyin.worker")


def run(*, reports: bool) -> int:
    """Run a worker until SIGTERM or SIGINT; the exit status."""
    check_all(
        WorkerDatabaseSettings,
        RedisSettings,
        WebSettings,
        SmtpSettings,
        SmsSettings,
        OutboundSettings,
        WorkerSettings,
        FileSettings,
        LogSettings,
    )
    configure_logging(LogSettings.load())
    os.environ.setdefault("UV_THREADPOOL_SIZE", _NAME_LOOKUPS)
    return uvloop.run(_run_reports() if reports else _run_loop())


async def _run_loop() -> int:
    settings, redis, web = WorkerSettings.load(), RedisSettings.load(), WebSettings.load()
    stop = _stop_on_signal()
    async with _database("huiyin-worker"), _channels(settings.send_timeout.total_seconds()) as channels:
        links = configured_links(web)
        loop = Loop(build_handlers(links), channels, links)
        status = await _until_stopped(
            stop,
            loop=loop.run(stop),
            arq=run_arq(fast_queue(), redis, {"wake": loop.wake}, stop),
            gauges=_measure(stop),
            http=serve_health(web.host, settings.port, redis, stop),
        )
        await loop.finish(GRACE_S)
        return status


async def _run_reports() -> int:
    settings, redis = WorkerSettings.load(), RedisSettings.load()
    stop = _stop_on_signal()
    # WeasyPrint is only in the reports worker's image.
    from shared.reports.pool import ReportPool

    async with _database("huiyin-reports"), ReportPool() as pool:
        return await _until_stopped(
            stop,
            arq=run_arq(reports_queue(), redis, {"pool": pool}, stop),
            http=serve_health(WebSettings.load().host, settings.reports_port, redis, stop),
        )


async def _until_stopped(stop: asyncio.Event, **parts: Coroutine[Any, Any, None]) -> int:
    """Run the parts; 0 when told to stop, 1 when one of them ended by itself."""
    tasks = {name: asyncio.create_task(part, name=name) for name, part in parts.items()}
    await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
    status = 0 if stop.is_set() else 1
    stop.set()
    _, late = await asyncio.wait(tasks.values(), timeout=GRACE_S)
    await asyncio.gather(*(cut(task) for task in late))
    for name, outcome in zip(
        tasks, await asyncio.gather(*tasks.values(), return_exceptions=True), strict=True
    ):
        if isinstance(outcome, Exception):
            status = 1
            _log.critical("part_failed", part=name, exc_info=outcome)
    _log.info("stopped", status=status)
    return status


async def _measure(stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            async with transaction(Scope.system(), read_only=True) as tx:
                await measure(tx)
        except TROUBLE as error:
            note_trouble("gauges", error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _MEASURE_EVERY_S)


@asynccontextmanager
async def _database(application: str) -> AsyncGenerator[None]:
    settings = WorkerDatabaseSettings.load()
    await ENGINE.open(
        settings.url,
        pool_size=settings.pool_size,
        acquire_timeout=settings.acquire_timeout,
        application=application,
    )
    try:
        yield
    finally:
        await ENGINE.close()


@asynccontextmanager
async def _channels(timeout_s: float) -> AsyncGenerator[Mapping[MessageChannel, Channel]]:
    web = WebSettings.load()
    sms = sms_channel(SmsSettings.load(), timeout_s, configured_receipts(web))
    outbound = Outbound.of(OutboundSettings.load())
    channels: dict[MessageChannel, Channel] = {
        MessageChannel.EMAIL: SmtpChannel(SmtpSettings.load(), timeout_s),
        MessageChannel.CHAT: RobotChannel(outbound, timeout_s),
        MessageChannel.WEBHOOK: WebhookChannel(StoredDirectory(web.secret), outbound, timeout_s),
    }
    if sms is not None:
        channels[MessageChannel.SMS] = sms
    try:
        yield channels
    finally:
        for channel in channels.values():
            await channel.close()


def _stop_on_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
