"""The sweep over a million open clocks: idle, and with 50,000 due at once."""

import re
import resource
import time
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
    return [
        told("open clocks", clocks, "clocks"),
        at_most("idle sweep, median", median(idle) * 1000, "ms", 1.0),
        told("idle sweep, p99", percentile(idle, 0.99) * 1000, "ms"),
        at_least(f"{DUE:,} due at once over {OEMS} OEMs, median", median(bursts), "clocks/s", 20_000),
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


async def _state() -> tuple[int, str]:
    async with transaction(Scope.system()) as tx:
        clocks = await tx.value("SELECT count(*) FROM clocks WHERE next_at IS NOT NULL")
        plan = await tx.values(f"EXPLAIN {re.sub(r'[$]1::timestamptz', 'NULL::timestamptz', OEMS_WITH_DUE)}")
    return clocks, "\n".join(plan)


def _assert_index(plan: str) -> None:
    if "clocks_due" not in plan or "Seq Scan" in plan:
        raise AssertionError(f"the idle sweep does not use its index:\n{plan}")
