"""Making jobs: under a lease that a living worker renews; what fails is tried `MOST_ATTEMPTS` times."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID, uuid4

import msgspec
import structlog

from shared.audit.log import AuditEntry, append
from shared.db.engine import transaction
from shared.errors import AppError, Unavailable
from shared.file_jobs import repository
from shared.file_jobs.repository import (
    LEASE,
    MOST_ATTEMPTS,
    FileJob,
    JobKind,
    KeptFile,
    LeasedJob,
    Trouble,
)
from shared.files.store import FileStore, key_of
from shared.ids import new_id
from shared.tenancy import Scope

_log = structlog.stdlib.get_logger("huiyin.file_jobs")

Tell = Callable[[int, int], Awaitable[None]]
"""Hears how many rows are done, of how many."""


class MadeFile(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a job: the file for who asked, and what became of the rows."""

    name: str
    media_type: str
    content: bytes
    suffix: str
    counts: dict[str, int]


Work = Callable[[LeasedJob, Tell], Awaitable[MadeFile]]
"""Makes a job of one kind; raises `AppError` for what trying again does not help."""


_READY: Final = {JobKind.EXPORT: "export.ready", JobKind.IMPORT: "import.ready"}


class _LeaseLost(Unavailable):
    """Another worker has taken the job over; nothing of this try is kept."""


async def run(oem_id: int, job_id: UUID, works: Mapping[JobKind, Work], store: FileStore) -> bool:
    """Make a job unless it is made already or somebody else is at it; whether it is ready now."""
    token = uuid4()
    async with transaction(Scope.oem(oem_id)) as tx:
        leased = await repository.take(tx, oem_id, job_id, token, works.keys())
        if leased is None:
            return False
        refusal = None
        if leased.attempts > MOST_ATTEMPTS:
            refusal = Trouble("job_crashed")
        elif not await repository.is_still_there(tx, leased):
            refusal = Trouble("person_inactive")
        if refusal is not None:
            await repository.fail(tx, oem_id, job_id, token, refusal, for_good=True)
            return False
    try:
        async with _lease_kept(oem_id, job_id, token):
            made = await works[leased.kind](leased, _telling(oem_id, job_id, token))
            await _publish(leased, token, made, store)
    except Exception as error:  # noqa: BLE001 - whatever it is, the job must not stay under way for ever
        is_known = isinstance(error, AppError) and not isinstance(error, Unavailable)
        trouble = Trouble(error.code, error.params) if isinstance(error, AppError) else Trouble("job_failed")
        _log.warning("file_job_failed", job_id=str(job_id), code=trouble.code, error=type(error).__name__)
        for_good = is_known or leased.attempts >= MOST_ATTEMPTS
        async with transaction(Scope.oem(oem_id)) as tx:
            await repository.fail(tx, oem_id, job_id, token, trouble, for_good=for_good)
        return False
    return True


async def _publish(leased: LeasedJob, token: UUID, made: MadeFile, store: FileStore) -> None:
    kind = "exports" if leased.kind is JobKind.EXPORT else "imports"
    stored = await store.put(key_of(leased.oem_id, kind, new_id(), made.suffix), made.content)
    kept = KeptFile(
        name=made.name,
        media_type=made.media_type,
        key=stored.key,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
    )
    async with transaction(Scope.oem(leased.oem_id)) as tx:
        if await repository.finish(tx, leased.oem_id, leased.id, token, kept, made.counts):
            entry = AuditEntry(
                action=_READY[leased.kind],
                entity=leased.kind.value,
                entity_id=leased.id,
                dealer_id=repository.place(leased.actor),
            )
            await append(tx, leased.actor, await tx.now(), entry)
            return
    await store.delete(stored.key)
    raise _LeaseLost("job_failed")


def _telling(oem_id: int, job_id: UUID, token: UUID) -> Tell:
    async def tell(done: int, total: int) -> None:
        async with transaction(Scope.oem(oem_id)) as tx:
            if not await repository.progress(tx, oem_id, job_id, token, done, total):
                raise _LeaseLost("job_failed")

    return tell


@asynccontextmanager
async def _lease_kept(oem_id: int, job_id: UUID, token: UUID) -> AsyncGenerator[None]:
    renewing = asyncio.create_task(_renew(oem_id, job_id, token))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def _renew(oem_id: int, job_id: UUID, token: UUID) -> None:
    is_ours = True
    while is_ours:
        await asyncio.sleep(LEASE.total_seconds() / 3)
        # The database may be away for a moment; the next renewal may still come in time.
        with contextlib.suppress(Unavailable):
            async with transaction(Scope.oem(oem_id)) as tx:
                is_ours = await repository.keep(tx, oem_id, job_id, token)


async def expire(oem_id: int, store: FileStore) -> int:
    """Remove the files of jobs that have ended long enough ago; how many jobs."""
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        found = await repository.expired(tx, oem_id)
    for each in found:
        for file in _files(each):
            await store.delete(file.key)
        async with transaction(Scope.oem(oem_id)) as tx:
            await repository.expire(tx, oem_id, each.id)
    return len(found)


def _files(job: FileJob) -> list[KeptFile]:
    return [file for file in (job.input, job.result) if file is not None]
