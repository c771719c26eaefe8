"""The sweep over a million open clocks: idle, and with 50,000 due at once."""

import asyncio
import re
import resource
import sys
import time
from collections.abc import Sequence
from datetime import timedelta

from infra.bench.figures import Figure, at_least, at_most, median, percentile, told
from infra.bench.world import fill, make_due, start
from infra.dev import servers
from infra.dev.servers import Servers
from shared.db.engine import ENGINE, transaction
from shared.escalation.sweep import sweep
from shared.sla.firing import OEMS_WITH_DUE
from shared.tenancy import Scope

OEMS, DEALERS, PER_DEALER = 200, 25, 67
DUE = 50_000
BURSTS = 5
IDLE_ROUNDS = 300
RACES, RACE = 3, 12_500


async def measure() -> list[Figure]:
    """Build the world, then measure idle sweeps and one large burst."""
    with servers.private("bench") as running:
        await start(running, oems=OEMS, dealers=DEALERS)
        await fill(running, per_dealer=PER_DEALER, clocks=True)
        await ENGINE.open(
            running.postgres_worker_url,
            pool_size=4,
            acquire_timeout=timedelta(seconds=5),
            application="bench",
        )
        try:
            idle = await _idle()
            clocks, plan = await _state()
            _assert_index(plan)
            bursts = [await _burst(running) for _ in range(BURSTS)]
        finally:
            await ENGINE.close()
        together = await _gain(running)
    return [
        told("open clocks", clocks, "clocks"),
        at_most("idle sweep, median", median(idle) * 1000, "ms", 1.0),
        told("idle sweep, p99", percentile(idle, 0.99) * 1000, "ms"),
        at_least(f"{DUE:,} due at once over {OEMS} OEMs, median", median(bursts), "clocks/s", 20_000),
        at_least("two sweepers beside one, a connection each, median", together, "times", 1.4),
        told("sweeper's memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"),
    ]


async def _idle() -> list[float]:
    took: list[float] = []
    for _ in range(IDLE_ROUNDS):
        started = time.perf_counter()
        await sweep()
        took.append(time.perf_counter() - started)
    return took


async def _burst(running: Servers) -> float:
    await make_due(running, DUE)
    started = time.perf_counter()
    fired = await sweep()
    if fired != DUE:
        raise AssertionError(f"{fired} of {DUE} due clocks fired")
    return fired / (time.perf_counter() - started)


async def _gain(running: Servers) -> float:
    """How much more two processes fire together than one of them alone, in turns."""
    sweepers = [await _start_sweeper(running.postgres_worker_url) for _ in range(2)]
    try:
        gains: list[float] = []
        for _ in range(RACES):
            alone = await _race(running, sweepers[:1])
            gains.append(await _race(running, sweepers) / alone)
    finally:
        for each in sweepers:
            each.terminate()
            await each.wait()
    return median(gains)


async def _start_sweeper(url: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infra.bench.sweeper", url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    await _line(process)
    return process


async def _race(running: Servers, sweepers: Sequence[asyncio.subprocess.Process]) -> float:
    await make_due(running, RACE)
    started = time.perf_counter()
    for each in sweepers:
        assert each.stdin is not None  # noqa: S101  # asked for at the start
        each.stdin.write(b"\n")
    fired = sum(int(line) for line in await asyncio.gather(*(_line(each) for each in sweepers)))
    if fired != RACE:
        raise AssertionError(f"{fired} of {RACE} due clocks fired")
    return fired / (time.perf_counter() - started)


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None  # noqa: S101  # asked for at the start
    return (await process.stdout.readline()).decode()


async def _state() -> tuple[int, str]:
    async with transaction(Scope.system()) as tx:
        clocks = await tx.value("SELECT count(*) FROM clocks WHERE next_at IS NOT NULL")
        plan = await tx.values(f"EXPLAIN {re.sub(r'[$]1::timestamptz', 'NULL::timestamptz', OEMS_WITH_DUE)}")
    return clocks, "\n".join(plan)


def _assert_index(plan: str) -> None:
    if "clocks_due" not in plan or "Seq Scan" in plan:
        raise AssertionError(f"the idle sweep does not use its index:\n{plan}")
