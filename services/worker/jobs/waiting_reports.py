"""Reports that wait in PostgreSQL although their hint was lost."""

from typing import Any
from uuid import UUID

import msgspec

from shared.db.engine import transaction
from shared.outbox.jobs import RENDER_REPORT, REPORTS_QUEUE
from shared.tenancy import Scope

_WAITING = """
SELECT oem_id, id, attempts FROM report_runs
WHERE state = 'queued' OR (state = 'running' AND leased_until < statement_timestamp())
ORDER BY created_at LIMIT 200
"""


class _Waiting(msgspec.Struct):
    oem_id: int
    id: UUID
    attempts: int


async def enqueue_waiting(ctx: dict[Any, Any]) -> None:
    """Hint at every report that nobody makes; a report that is under way by then is left alone by its job."""
    async with transaction(Scope.system(), read_only=True) as tx:
        waiting = await tx.rows(_Waiting, _WAITING)
    for run in waiting:
        await ctx["redis"].enqueue_job(
            RENDER_REPORT,
            run.oem_id,
            str(run.id),
            _queue_name=REPORTS_QUEUE,
            # Redis holds the job of a killed worker back for long: the next try is a job of its own.
            _job_id=f"{RENDER_REPORT}:{run.oem_id}:{run.id}:{run.attempts}",
        )
