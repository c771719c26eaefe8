"""From firings to messages: whom the chain names, and what each of them is told."""

import asyncio
import resource
import time
from datetime import timedelta

import asyncpg

from infra.bench.figures import Figure, at_least, median, told
from infra.bench.world import LINKS, as_owner, fill, publish_clock_policies, start, vacuum
from infra.dev import servers
from infra.dev.servers import Servers
from services.worker.handlers import build_handlers
from services.worker.loop import EVENT_WIDTH
from shared.db.engine import ENGINE
from shared.escalation.sweep import sweep
from shared.outbox.claim import BATCH, handle_events_of_oem

OEMS, DEALERS, PER_DEALER = 10, 20, 90
DUE = 3_000
ROUNDS = 3
PEOPLE_TOLD_OF_A_BREACH = 2

# An advisor answers for the cases, so that a breach has two people to tell; both have a telephone.
_PEOPLE = """
UPDATE app.memberships SET phone = '+8613800001000';
INSERT INTO app.memberships (oem_id, id, dealer_id, account_id, role, name, email, phone, locale, created_at)
SELECT oem_id, gen_random_uuid(), id, '00000000-0000-7000-8000-000000000001', 'advisor', '顾问测试',
       'bench@example.com', '+8613800001001', 'zh-CN', now()
FROM app.dealers;
UPDATE app.cases c SET owner_id = m.id, owner_name = m.name
FROM app.memberships m WHERE m.oem_id = c.oem_id AND m.dealer_id = c.dealer_id AND m.role = 'advisor'
"""
# Of the clocks that still run, `count` come to this step now, and those before it are behind them.
_REACH = """
UPDATE app.clocks SET step = {step}, next_at = now() - interval '1 second',
    due_at = now() + {until_due},
    schedule = (SELECT array_agg(now() - interval '1 second' + (n - {step}) * interval '1 hour' ORDER BY n)
                FROM generate_series(1, 6) n)
WHERE (oem_id, id) IN (SELECT oem_id, id FROM app.clocks WHERE metric = 'resolve' AND step <= {untouched}
                       AND next_at > now() LIMIT {count})
"""
WARNING, BREACH = 1, 4
_UNTIL_DUE = {WARNING: "interval '3 hours'", BREACH: "interval '-1 second'"}


async def measure() -> list[Figure]:
    """Let clocks fire, then handle what that left, as one worker does."""
    with servers.private("bench-events") as running:
        await start(running, oems=OEMS, dealers=DEALERS)
        await fill(running, per_dealer=PER_DEALER, clocks=True)
        await as_owner(running, _PEOPLE)
        await publish_clock_policies(running)
        await ENGINE.open(
            running.postgres_worker_url,
            pool_size=10,
            acquire_timeout=timedelta(seconds=5),
            application="bench",
        )
        try:
            # The first round opens the connections and plans the statements of each.
            _, *warnings = [await _round(running, WARNING, messages=1) for _ in range(ROUNDS + 1)]
            breaches = [
                await _round(running, BREACH, messages=2 * PEOPLE_TOLD_OF_A_BREACH) for _ in range(ROUNDS)
            ]
        finally:
            await ENGINE.close()
    return [
        at_least("warnings told, one message each, median", median(warnings), "events/s", 2_000),
        told("breaches told, four messages each, median", median(breaches), "events/s"),
        told(
            "messages of these breaches, median",
            2 * PEOPLE_TOLD_OF_A_BREACH * median(breaches),
            "messages/s",
        ),
        told("worker's memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"),
    ]


async def _round(running: Servers, step: int, *, messages: int) -> float:
    count = DUE if step == WARNING else DUE // 2
    await as_owner(
        running, _REACH.format(step=step, untouched=step // 2 or 1, until_due=_UNTIL_DUE[step], count=count)
    )
    await vacuum(running, "clocks", "escalations", "events", "messages")
    before = await _written(running)
    if await sweep() != count:
        raise AssertionError("not every clock has fired")
    started = time.perf_counter()
    await _handle_all()
    took = time.perf_counter() - started
    if (written := await _written(running) - before) != count * messages:
        raise AssertionError(f"{written} messages instead of {count * messages}")
    return count / took


async def _handle_all() -> None:
    """The OEMs side by side, as many at a time as a worker's lanes take."""
    handlers, turns = build_handlers(LINKS), asyncio.Semaphore(EVENT_WIDTH)

    async def lane(oem_id: int) -> None:
        count = BATCH
        while count == BATCH:
            async with turns:
                count = await handle_events_of_oem(oem_id, handlers)

    await asyncio.gather(*(lane(oem_id) for oem_id in range(1, OEMS + 1)))


async def _written(running: Servers) -> int:
    owner = await asyncpg.connect(running.postgres_owner_url)
    try:
        await owner.execute("ALTER TABLE app.messages NO FORCE ROW LEVEL SECURITY")
        count: int = await owner.fetchval("SELECT count(*) FROM app.messages")
        await owner.execute("ALTER TABLE app.messages FORCE ROW LEVEL SECURITY")
        return count
    finally:
        await owner.close()
