"""Imports from console and API: a file is sent, its columns told, rows tried; a worker takes it (R1.8)."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from itertools import islice
from typing import Final
from uuid import UUID

import msgspec

from shared.attachments.service import Download, signed
from shared.audit.log import AuditEntry, append
from shared.cases.texts import clean_line
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid
from shared.file_jobs import repository
from shared.file_jobs.repository import FileJob, JobKind, JobState, KeptFile, LeasedJob
from shared.file_jobs.running import MadeFile, Tell
from shared.files.opened import file_store
from shared.files.store import key_of
from shared.idempotency.keys import first_made, once
from shared.ids import new_id
from shared.imports.mapping import Mapping, checked
from shared.imports.outcomes import RowOutcome, Status
from shared.imports.reading import inspect, read_table
from shared.imports.result_file import ENCODING, ResultFile
from shared.imports.service import Import, SourceFile, prepare
from shared.imports.suggestion import columns_key, suggested
from shared.imports.workbook import as_csv, is_workbook
from shared.outbox.jobs import JOBS, RUN_FILE_JOB
from shared.permissions import Permission
from shared.tenancy import Actor, DbRole
from shared.web.locale import negotiate, translator

LONGEST_FILE_BYTES: Final = 10_000_000
MOST_ROWS: Final = 50_000
SHOWN: Final = 50
"""So many rows are tried for a preview."""
KEPT: Final = timedelta(days=7)
_LOOK_S: Final = 0.5
_LONGEST_NAME: Final = 120


class ImportParams(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file: its columns, what they mean, and how it is to be taken.

    A `dry_run` says what would become of every row and writes no case; `historical` as
    `shared.imports.service.Import.run`.
    """

    header: list[str]
    mapping: Mapping
    historical: bool = False
    dry_run: bool = True


class Preview(msgspec.Struct, frozen=True):
    """What would become of the first rows."""

    rows: list[RowOutcome]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An import and what its package has put there."""

    job: FileJob
    params: ImportParams


async def upload(
    actor: Actor,
    name: str,
    content: bytes,
    *,
    idempotency_key: str | None = None,
    as_of: datetime | None = None,
) -> Uploaded:
    """Take a CSV file or a workbook; nothing is made of it before `start`.

    Its columns mean what they meant the last time, else what their names say. Raises `Forbidden`, and
    `Invalid` (field `file`) as `shared.imports.reading` and `shared.imports.workbook`, `file_too_large` and
    `too_many_rows`, and `Conflict` (`idempotency_key_reused`) as `shared.idempotency.keys`; the same again
    gives the import of the first time.
    """
    _require(actor)
    named = once(actor, idempotency_key, (name, content), what="import")
    if len(content) > LONGEST_FILE_BYTES:
        raise Invalid.field("file", "file_too_large", megabytes=LONGEST_FILE_BYTES // 1_000_000)
    text = await as_csv(content) if is_workbook(content) else content
    header, rows = await asyncio.to_thread(_looked_at, text)
    if not rows:
        raise Invalid.field("file", "file_empty")
    job_id = new_id(as_of)
    stored = await file_store().put(key_of(actor.oem_id, "imports", job_id, "csv"), text)
    file = KeptFile(
        name=clean_line(name)[:_LONGEST_NAME] or "file.csv",
        media_type="text/csv",
        key=stored.key,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
    )
    kept = False
    try:
        async with transaction(actor.scope, as_of=as_of) as tx:
            at = await tx.now()
            first = await first_made(tx, actor.oem_id, named, job_id, at)
            if first is not None:
                return _uploaded(await repository.job(tx, actor, JobKind.IMPORT, first))
            known = await tx.row(_Remembered, _RECALL, actor.oem_id, columns_key(header))
            await repository.insert(
                tx,
                actor,
                job_id,
                kind=JobKind.IMPORT,
                state=JobState.DRAFT,
                params=ImportParams(header=header, mapping=known.mapping if known else suggested(header)),
                total=rows,
                locale=negotiate(actor.locale).value,
                expires_at=at + KEPT,
                file=file,
            )
            entry = AuditEntry(action="import.upload", entity="import", entity_id=job_id)
            await append(tx, actor, at, entry)
            made = _uploaded(await repository.job(tx, actor, JobKind.IMPORT, job_id))
        kept = True
        return made
    finally:
        if not kept:
            await file_store().delete(stored.key)


async def uploaded(actor: Actor, job_id: UUID) -> Uploaded:
    """One of one's own imports; raises `NotFound`, `Forbidden`."""
    async with transaction(repository.home(actor), read_only=True) as tx:
        found = await repository.job(tx, actor, JobKind.IMPORT, job_id)
    _require(actor)
    return _uploaded(found)


async def uploads(actor: Actor) -> list[Uploaded]:
    """One's own imports, newest first."""
    _require(actor)
    async with transaction(actor.scope, read_only=True) as tx:
        return [_uploaded(each) for each in await repository.jobs(tx, actor, JobKind.IMPORT)]


async def preview(actor: Actor, job_id: UUID, mapping: Mapping) -> Preview:
    """What would become of the first `SHOWN` rows; writes nothing.

    Raises `Invalid` with all that is wrong with the mapping, `Conflict` (`import_gone`) without the file.
    """
    found = await uploaded(actor, job_id)
    prepared = await _prepared(actor, found.job.input, mapping)
    records = islice(prepared.table.records, SHOWN)
    few = msgspec.structs.replace(prepared.table, records=records)
    rows: list[RowOutcome] = []
    await Import(actor, prepared.file, prepared.inspection, few, prepared.bound).rehearse(tell=rows.extend)
    return Preview(rows)


async def words_of(actor: Actor, job_id: UUID, column: str, most: int) -> list[str]:
    """The different words of a column in their order, at most `most`; none for a column that is not there."""
    found = await uploaded(actor, job_id)
    if column not in found.params.header or found.job.input is None:
        return []
    content = await file_store().get(found.job.input.stored)
    return await asyncio.to_thread(_words, content, column, most)


async def start(actor: Actor, job_id: UUID, mapping: Mapping, *, historical: bool, dry_run: bool) -> Uploaded:
    """Have every row tried (`dry_run`) or taken; the mapping is remembered for files with the same columns.

    Raises as `preview`, and `Conflict` (`import_under_way`, `import_done` where the file has been taken).
    """
    found = await uploaded(actor, job_id)
    await _prepared(actor, found.job.input, mapping)
    if found.job.state is JobState.READY and not found.params.dry_run:
        raise Conflict("import_done")
    wanted = ImportParams(header=found.params.header, mapping=mapping, historical=historical, dry_run=dry_run)
    async with transaction(actor.scope) as tx:
        if not await repository.queue(tx, actor, JobKind.IMPORT, job_id, wanted):
            raise Conflict("import_under_way")
        at = await tx.now()
        await tx.execute(_REMEMBER, actor.oem_id, columns_key(wanted.header), mapping, at, actor.name)
        action = "import.check" if dry_run else "import.start"
        await append(tx, actor, at, AuditEntry(action=action, entity="import", entity_id=job_id))
        queued = _uploaded(await repository.job(tx, actor, JobKind.IMPORT, job_id))
    await JOBS.enqueue(RUN_FILE_JOB, actor.oem_id, str(job_id))
    return queued


async def link_to(actor: Actor, job_id: UUID, secret: str) -> str:
    """The signed key of the file that says what became of each row, for five minutes.

    Raises `NotFound` for any but one's own, `Conflict` (`export_not_ready`, `export_expired`).
    """
    job = (await uploaded(actor, job_id)).job
    if job.result is None:
        raise Conflict("export_expired" if job.state is JobState.EXPIRED else "export_not_ready")
    return signed(Download(job.result.key, job.result.media_type, job.result.name), secret)


async def make(leased: LeasedJob, tell: Tell) -> MadeFile:
    """Take the file of an import, or try it; the file that says what became of each row."""
    actor, params = leased.actor, msgspec.convert(leased.params, ImportParams)
    prepared = await _prepared(actor, leased.input, params.mapping)
    speak = translator(negotiate(leased.locale))
    text, settled = StringIO(newline=""), _Settled()
    result = ResultFile(text, speak)

    def hear(outcomes: Sequence[RowOutcome]) -> None:
        result.write(outcomes)
        settled.rows += len(outcomes)

    async with _progress_told(settled, leased.total, tell):
        if params.dry_run:
            summary = await prepared.rehearse(tell=hear)
        else:
            summary = await prepared.run(historical=params.historical, tell=hear)
    stem = prepared.file.name.rsplit(".", 1)[0]
    return MadeFile(
        name=f"{stem}_{speak.gettext('result')}.csv",
        media_type="text/csv",
        content=text.getvalue().encode(ENCODING, "replace"),
        suffix="csv",
        counts={status.value: summary.statuses[status] for status in Status},
    )


class _Remembered(msgspec.Struct, frozen=True):
    mapping: Mapping


@dataclass(slots=True)
class _Settled:
    rows: int = 0


_RECALL: Final = "SELECT mapping FROM import_mappings WHERE oem_id = $1 AND columns_sha256 = $2"
_REMEMBER: Final = """
INSERT INTO import_mappings (oem_id, columns_sha256, mapping, saved_at, saved_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (oem_id, columns_sha256) DO UPDATE SET mapping = $3, saved_at = $4, saved_by = $5
"""


def _require(actor: Actor) -> None:
    actor.require(Permission.CASE_IMPORT)
    if actor.scope.role is not DbRole.OEM:
        raise Forbidden("not_permitted", {"permission": Permission.CASE_IMPORT, "role": actor.role})


def _uploaded(job: FileJob) -> Uploaded:
    return Uploaded(job, msgspec.convert(job.params, ImportParams))


async def _prepared(actor: Actor, file: KeptFile | None, mapping: Mapping) -> Import:
    if file is None:
        raise Conflict("import_gone")
    content = await file_store().get(file.stored)
    return await prepare(actor, SourceFile(file.name, BytesIO(content)), checked(mapping))


def _looked_at(content: bytes) -> tuple[list[str], int]:
    """The columns, and how many rows there are."""
    stream = BytesIO(content)
    inspection = inspect(stream)
    stream.seek(0)
    table = read_table(stream, inspection.encoding)
    rows = sum(1 for _ in islice(table.records, MOST_ROWS + 1))
    if rows > MOST_ROWS:
        raise Invalid.field("file", "too_many_rows", limit=MOST_ROWS)
    return list(table.header), rows


def _words(content: bytes, column: str, most: int) -> list[str]:
    stream = BytesIO(content)
    inspection = inspect(stream)
    stream.seek(0)
    table = read_table(stream, inspection.encoding)
    place = table.header.index(column)
    found: dict[str, None] = {}
    for record in table.records:
        if record.cells and (word := record.cells[place].strip()):
            found[word] = None
        if len(found) == most:
            break
    return list(found)


@asynccontextmanager
async def _progress_told(settled: _Settled, total: int, tell: Tell) -> AsyncGenerator[None]:
    async def telling() -> None:
        while True:
            await tell(settled.rows, total)
            await asyncio.sleep(_LOOK_S)

    task = asyncio.create_task(telling())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(task, return_exceptions=True)
