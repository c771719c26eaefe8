"""Messages on their way: how many a worker sends, and how long a busy OEM keeps another's waiting."""

import asyncio
import multiprocessing
import resource
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection

import asyncpg
from aiohttp import web

from infra.bench.figures import Figure, at_least, at_most, told
from infra.bench.world import LINKS, as_owner, start, vacuum
from infra.dev import servers
from services.worker.handlers import build_handlers
from services.worker.loop import Loop
from shared.db.engine import ENGINE
from shared.notifications.channels.sms_gateway import SmsGateway
from shared.outbox.vocabulary import MessageChannel

QUEUED = 50_000
ANSWER_S = 0.02
WATCHED_S = 5.0
OTHERS = 5
BUSY, OTHER = 1, 2

_QUEUE = """
INSERT INTO app.messages (oem_id, id, template, channel, delivery, recipient_kind, recipient_id,
                          recipient_name, address, locale, body, dedupe_key, idem_token, state,
                          next_attempt_at, expires_at, created_at)
SELECT {oem_id}, gen_random_uuid(), 'result', 'sms', 'at_least_once', 'customer', gen_random_uuid(),
       '测试车主', '+8613800001000', 'zh-CN', '您的投诉已有处理结果。', gen_random_uuid()::text,
       gen_random_uuid(), 'queued', now(), now() + interval '1 day', now()
FROM generate_series(1, {count})
"""
_SENT = "SELECT count(*) FROM app.messages WHERE oem_id = $1 AND state = 'sent'"


async def measure() -> list[Figure]:
    """Let one worker's loop send what an OEM has queued, and now and then a message of another."""
    with servers.private("bench-delivery") as running, _gateway() as port:
        await start(running, oems=2, dealers=1)
        await as_owner(running, _QUEUE.format(oem_id=BUSY, count=QUEUED))
        await vacuum(running, "messages")
        await ENGINE.open(
            running.postgres_worker_url,
            pool_size=10,
            acquire_timeout=timedelta(seconds=5),
            application="bench",
        )
        owner = await asyncpg.connect(running.postgres_owner_url)
        gateway = SmsGateway(f"http://127.0.0.1:{port}/sms", "a secret of the bench", 5.0)
        loop, stop = Loop(build_handlers(LINKS), {MessageChannel.SMS: gateway}, LINKS), asyncio.Event()
        working = asyncio.create_task(loop.run(stop))
        try:
            await owner.execute("ALTER TABLE app.messages NO FORCE ROW LEVEL SECURITY")
            rate = await _rate(owner)
            delays = [await _delay(owner, number) for number in range(1, OTHERS + 1)]
            left = QUEUED - int(await owner.fetchval(_SENT, BUSY))
        finally:
            stop.set()
            await working
            await loop.finish(5)
            await gateway.close()
            await owner.close()
            await ENGINE.close()
    if not left:
        raise AssertionError("the busy OEM had nothing left to send")
    return [
        at_least("sent by one worker, a gateway answering in 20 ms", rate, "messages/s", 1_000),
        at_most(f"another OEM's message beside {QUEUED:,} queued, longest", max(delays), "s", 2.0),
        told("still queued then", left, "messages"),
        told("worker's memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"),
    ]


async def _rate(owner: asyncpg.Connection) -> float:
    await asyncio.sleep(1)
    before, started = await owner.fetchval(_SENT, BUSY), time.perf_counter()
    await asyncio.sleep(WATCHED_S)
    return (await owner.fetchval(_SENT, BUSY) - before) / (time.perf_counter() - started)


async def _delay(owner: asyncpg.Connection, number: int) -> float:
    await owner.execute(_QUEUE.format(oem_id=OTHER, count=1))
    started = time.perf_counter()
    while await owner.fetchval(_SENT, OTHER) < number:  # noqa: ASYNC110  # only the database knows
        await asyncio.sleep(0.01)
    return time.perf_counter() - started


@contextmanager
def _gateway() -> Generator[int]:
    """A gateway in a process of its own, which answers in 20 ms."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(told_port: Connection) -> None:
    asyncio.run(_answer(told_port))


async def _answer(told_port: Connection) -> None:
    async def take(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(ANSWER_S)
        return web.json_response({"id": "1"})

    application = web.Application()
    application.router.add_post("/sms", take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    told_port.send(runner.addresses[0][1])
    await asyncio.Event().wait()
