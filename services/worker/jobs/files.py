"""`run_file_job`: a list is to become a file, or a file cases; those that wait, and those that have ended."""

from typing import Any, Final
from uuid import UUID

import msgspec

from shared.db.engine import transaction
from shared.exports import service as exports
from shared.file_jobs import running
from shared.file_jobs.repository import JobKind
from shared.files.opened import file_store
from shared.imports import jobs as imports
from shared.outbox.jobs import REPORTS_QUEUE, RUN_FILE_JOB
from shared.tenancy import Scope

_WORKS: Final = {JobKind.EXPORT: exports.make, JobKind.IMPORT: imports.make}
_WAITING: Final = """
SELECT oem_id, id, attempts FROM file_jobs
WHERE kind = ANY ($1)
  AND (state = 'queued' OR (state = 'running' AND leased_until < statement_timestamp()))
ORDER BY created_at LIMIT 200
"""
_ENDED: Final = """
SELECT DISTINCT oem_id FROM file_jobs
WHERE expires_at <= statement_timestamp() AND state IN ('draft', 'ready', 'failed')
"""


class _Waiting(msgspec.Struct):
    oem_id: int
    id: UUID
    attempts: int


async def run_file_job(ctx: dict[Any, Any], oem_id: int, job_id: str) -> None:  # noqa: ARG001  # arq's context
    """Make the job, unless it is made already or somebody else is at it."""
    await running.run(oem_id, UUID(job_id), _WORKS, file_store())


async def enqueue_waiting(ctx: dict[Any, Any]) -> None:
    """Hint at every job that nobody makes; one that is under way by then is left alone."""
    async with transaction(Scope.system(), read_only=True) as tx:
        waiting = await tx.rows(_Waiting, _WAITING, [kind.value for kind in _WORKS])
    for job in waiting:
        await ctx["redis"].enqueue_job(
            RUN_FILE_JOB,
            job.oem_id,
            str(job.id),
            _queue_name=REPORTS_QUEUE,
            # Redis holds the job of a killed worker back for long: the next try is a job of its own.
            _job_id=f"{RUN_FILE_JOB}:{job.oem_id}:{job.id}:{job.attempts}",
        )


async def remove_expired(ctx: dict[Any, Any]) -> None:  # noqa: ARG001  # arq's context
    """Remove the files that have been kept long enough."""
    async with transaction(Scope.system(), read_only=True) as tx:
        oem_ids = await tx.values(_ENDED)
    for oem_id in oem_ids:
        await running.expire(oem_id, file_store())
