"""How late a whole worker notices what falls due: 500 clocks in each second of a minute (R4.2)."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

from infra.bench.figures import Figure, at_least, at_most, told
from infra.bench.world import as_owner, fill, publish_clock_policies, start, vacuum
from infra.dev import servers
from infra.dev.servers import Servers
from shared.db.engine import Connection

OEMS, DEALERS, PER_DEALER = 20, 25, 70
PER_SECOND, SECONDS = 500, 60
_HEAD_START_S = 25
"""Until the first is due: the worker has started by then."""
_PATIENCE_S = 60

# One by one, evenly over the minute and over the OEMs, each with nothing but its breach to come.
_PLAN = """
WITH chosen AS (
    SELECT oem_id, id,
           now() + interval '{head_start} s' + row_number() OVER () * interval '{apart_ms} ms' AS due
    FROM (SELECT oem_id, id FROM app.clocks WHERE metric = 'resolve' ORDER BY random() LIMIT {count}) AS few
)
UPDATE app.clocks SET step = 4, due_at = due, next_at = due,
    schedule = ARRAY[due - interval '3 hours', due - interval '2 hours', due - interval '1 hour', due,
                     due + interval '2 hours', due + interval '4 hours']
FROM chosen WHERE clocks.oem_id = chosen.oem_id AND clocks.id = chosen.id
"""
_LAG = """
SELECT count(*) AS fired,
       extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY fired_at - due_at))::float8 AS middle,
       extract(epoch FROM percentile_cont(0.99) WITHIN GROUP (ORDER BY fired_at - due_at))::float8 AS p99,
       extract(epoch FROM max(fired_at - due_at))::float8 AS longest
FROM app.escalations WHERE clock_id IS NOT NULL
"""
# Read as the owner, which row security holds back otherwise.
_LET_SEE = """
ALTER TABLE app.escalations NO FORCE ROW LEVEL SECURITY; ALTER TABLE app.events NO FORCE ROW LEVEL SECURITY
"""
_TELLING = "SELECT count(*) FROM app.events WHERE state = 'pending'"


async def measure() -> list[Figure]:
    """Sweep, events and messages by one process, as in a release; no channel takes the messages."""
    with servers.private("bench-lag") as running:
        await start(running, oems=OEMS, dealers=DEALERS)
        await fill(running, per_dealer=PER_DEALER, clocks=True)
        await publish_clock_policies(running)
        count = PER_SECOND * SECONDS
        plan = _PLAN.format(head_start=_HEAD_START_S, apart_ms=1000 / PER_SECOND, count=count)
        await as_owner(running, plan)
        await vacuum(running, "clocks")
        owner = await asyncpg.connect(running.postgres_owner_url)
        try:
            await owner.execute(_LET_SEE)
            async with _worker(running):
                lag = await _once_all_fired(owner, count)
                behind: int = await owner.fetchval(_TELLING)
        finally:
            await owner.close()
    return [
        at_least(f"due, {PER_SECOND} in each second of {SECONDS}", lag["fired"], "clocks", count),
        told("noticed after, median", lag["middle"], "s"),
        at_most("noticed after, p99", lag["p99"], "s", 2.0),
        told("noticed after, the longest", lag["longest"], "s"),
        told("events not handled yet when the last had fired", behind, "events"),
    ]


@asynccontextmanager
async def _worker(running: Servers) -> AsyncGenerator[None]:
    environment = {
        **os.environ,
        **running.environment(),
        "HUIYIN_SECRET": secrets.token_urlsafe(32),
        "HUIYIN_LOG_LEVEL": "error",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "worker"), env=environment
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def _once_all_fired(owner: Connection, count: int) -> asyncpg.Record:
    deadline = time.monotonic() + _HEAD_START_S + SECONDS + _PATIENCE_S
    while time.monotonic() < deadline:
        lag = await owner.fetchrow(_LAG)
        if lag is not None and lag["fired"] >= count:
            return lag
        await asyncio.sleep(1)
    raise AssertionError(f"not all of {count} due clocks have fired in time")
