"""Importing real complaints over a real network: rows per second, the first time and repeated."""

import time
from datetime import timedelta
from io import BytesIO

from infra.bench.figures import Figure, at_most, told
from infra.bench.trial import TrialData, found_trial, trial_data, trial_mapping
from infra.dev import servers
from shared.clock import utc_now
from shared.db.engine import ENGINE
from shared.db.migrate import migrate, migrate_back
from shared.imports.outcomes import Status, Summary
from shared.imports.service import SourceFile, prepare
from shared.settings import OwnerDatabaseSettings
from shared.tenancy import Actor

_MOST_SECONDS = 10.0


async def measure() -> list[Figure]:
    """Nothing without the trial data; see `infra.bench.trial`."""
    data = trial_data()
    if data is None:
        return []
    with servers.private("bench") as running:
        settings = OwnerDatabaseSettings(running.postgres_owner_url)
        await migrate(settings)
        await migrate_back(settings, "all")
        await migrate(settings)
        await ENGINE.open(
            running.postgres_app_url, pool_size=2, acquire_timeout=timedelta(seconds=5), application="bench"
        )
        try:
            actor = await found_trial(data)
            return await _figures(actor, data)
        finally:
            await ENGINE.close()


async def _figures(actor: Actor, data: TrialData) -> list[Figure]:
    content = data.csv(utc_now())
    first_s, first_cpu_s, first = await _timed(actor, content)
    again_s, _, again = await _timed(actor, content)
    rows = len(data.complaints)
    if (first.statuses[Status.ACCEPTED], again.statuses[Status.REPEATED]) != (rows, rows):
        raise AssertionError(f"of {rows} rows: {first.statuses}, then {again.statuses}")
    return [
        told("rows", rows, "rows"),
        at_most(f"{rows:,} past complaints imported", first_s, "s", _MOST_SECONDS * max(1.0, rows / 1_043)),
        told("rate", rows / first_s, "rows/s"),
        told("share of it in Python", first_cpu_s, "s"),
        told("the same file again", again_s, "s"),
    ]


async def _timed(actor: Actor, content: bytes) -> tuple[float, float, Summary]:

    began, cpu = time.perf_counter(), time.process_time()
    prepared = await prepare(actor, SourceFile("trial.csv", BytesIO(content)), trial_mapping())
    summary = await prepared.run(historical=True, tell=lambda _: None)
    return time.perf_counter() - began, time.process_time() - cpu, summary
