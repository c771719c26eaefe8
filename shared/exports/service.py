"""Exports: a list of cases asked for as a file, made by a worker, kept for a day (R9.2, R9.3)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from shared.attachments.service import Download, signed
from shared.audit.log import AuditEntry, append
from shared.cases import queries
from shared.cases.queries import LONGEST_PAGE, CaseFilter, QueueFilter, Sort
from shared.db.engine import transaction
from shared.errors import Conflict, Invalid, TooManyRequests
from shared.exports.rows import ExportRow, rows_of, taken_out_by
from shared.exports.writing import MEDIA_TYPES, WRITERS, Format, Reader
from shared.file_jobs import repository
from shared.file_jobs.repository import FileJob, JobKind, JobState, LeasedJob
from shared.file_jobs.running import MadeFile, Tell
from shared.idempotency.keys import Once, first_made, made_before, once
from shared.ids import new_id
from shared.outbox.jobs import JOBS, RUN_FILE_JOB
from shared.permissions import Permission
from shared.sla.wall_clock import zone_named
from shared.tenancy import Actor
from shared.web.locale import Locale, negotiate, translator

MOST_ROWS: Final = 20_000
"""More rows than this are for reports, not for spreadsheets."""
MOST_UNDER_WAY: Final = 3
KEPT: Final = timedelta(hours=24)
_TRY_AGAIN_S: Final = 30


class ExportWanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; ordered by receipt, so that nothing comes twice while cases move on."""

    format: Format
    filter: CaseFilter


async def request(
    actor: Actor,
    wanted: CaseFilter,
    kind: Format,
    locale: Locale | None = None,
    *,
    idempotency_key: str | None = None,
    as_of: datetime | None = None,
) -> FileJob:
    """Ask for a list as a file; `locale` is the reader's own unless given.

    Raises `Forbidden`, `Invalid` (field `filter`: `export_empty`, `export_too_large` with `count` and
    `limit`; field `q` as the list), `TooManyRequests` while `MOST_UNDER_WAY` of one's own are being made, and
    `Conflict` (`idempotency_key_reused`) as `shared.idempotency.keys`; the same again gives the first export.
    """
    actor.require(Permission.CASE_EXPORT)
    asked = ExportWanted(format=kind, filter=_in_order(wanted))
    named = once(actor, idempotency_key, (asked, locale), what="export")
    first = await _made_before(actor, named)
    if first is not None:
        return first
    count = await _count(actor, asked)
    async with transaction(repository.home(actor), as_of=as_of) as tx:
        at = await tx.now()
        job_id = new_id(at)
        made_id = await first_made(tx, actor.oem_id, named, job_id, at)
        if made_id is not None:
            return await repository.job(tx, actor, JobKind.EXPORT, made_id)
        if await repository.under_way(tx, actor, JobKind.EXPORT) >= MOST_UNDER_WAY:
            raise TooManyRequests("too_many_exports", _TRY_AGAIN_S)
        await repository.insert(
            tx,
            actor,
            job_id,
            kind=JobKind.EXPORT,
            state=JobState.QUEUED,
            params=asked,
            total=count,
            locale=(locale or negotiate(actor.locale)).value,
            expires_at=at + KEPT,
        )
        used = [name for name in CaseFilter.__struct_fields__ if _is_used(asked.filter, name)]
        entry = AuditEntry(
            action="export.request",
            entity="export",
            entity_id=job_id,
            dealer_id=repository.place(actor),
            fields=used,
        )
        await append(tx, actor, at, entry)
        made = await repository.job(tx, actor, JobKind.EXPORT, job_id)
    await JOBS.enqueue(RUN_FILE_JOB, actor.oem_id, str(job_id))
    return made


async def _made_before(actor: Actor, named: Once | None) -> FileJob | None:
    # Asked first: what is counted may have changed since the first time.
    if named is None:
        return None
    async with transaction(repository.home(actor), read_only=True) as tx:
        made_id = await made_before(tx, actor.oem_id, named)
        return None if made_id is None else await repository.job(tx, actor, JobKind.EXPORT, made_id)


async def _count(actor: Actor, asked: ExportWanted) -> int:
    """How many rows it will have; raises `Invalid` for none and for too many."""
    async with transaction(actor.scope, read_only=True) as tx:
        count = await queries.matching(tx, actor.oem_id, QueueFilter.of(asked.filter, actor.membership_id))
    if count == 0:
        raise Invalid.field("filter", "export_empty")
    if count > MOST_ROWS:
        raise Invalid.field("filter", "export_too_large", count=count, limit=MOST_ROWS)
    return count


async def export(actor: Actor, job_id: UUID) -> FileJob:
    """One of one's own exports; raises `NotFound`."""
    async with transaction(repository.home(actor), read_only=True) as tx:
        found = await repository.job(tx, actor, JobKind.EXPORT, job_id)
    actor.require(Permission.CASE_EXPORT)
    return found


async def exports(actor: Actor) -> list[FileJob]:
    """One's own exports, newest first."""
    actor.require(Permission.CASE_EXPORT)
    async with transaction(repository.home(actor), read_only=True) as tx:
        return await repository.jobs(tx, actor, JobKind.EXPORT)


async def link_to(actor: Actor, job_id: UUID, secret: str) -> str:
    """The signed key of an export's file, for five minutes; each one given is noted (R9.3).

    Raises `NotFound` for any but one's own, `Conflict` (`export_not_ready`, `export_expired`).
    """
    found = await export(actor, job_id)
    if found.result is None:
        raise Conflict("export_expired" if found.state is JobState.EXPIRED else "export_not_ready")
    async with transaction(repository.home(actor)) as tx:
        entry = AuditEntry(
            action="export.download", entity="export", entity_id=job_id, dealer_id=repository.place(actor)
        )
        await append(tx, actor, await tx.now(), entry)
    return signed(Download(found.result.key, found.result.media_type, found.result.name), secret)


async def make(leased: LeasedJob, tell: Tell) -> MadeFile:
    """The file of an export, as who asked may see the cases now."""
    actor, asked = leased.actor, msgspec.convert(leased.params, ExportWanted)
    wanted = QueueFilter.of(asked.filter, actor.membership_id)
    rows: list[ExportRow] = []
    cursor: str | None = None
    while len(rows) < MOST_ROWS:
        page, cursor = await _page(actor, wanted, cursor)
        rows += [taken_out_by(actor, each) for each in page]
        await tell(len(rows), max(len(rows), leased.total))
        if cursor is None:
            break
    speak = translator(negotiate(leased.locale))
    reader = Reader(speak, zone_named(leased.time_zone))
    content = await asyncio.to_thread(WRITERS[asked.format], reader, rows[:MOST_ROWS])
    stamp = f"{leased.created_at.astimezone(reader.zone):%Y%m%d-%H%M}"
    return MadeFile(
        name=f"{speak.gettext('Cases')}_{stamp}.{asked.format}",
        media_type=MEDIA_TYPES[asked.format],
        content=content,
        suffix=asked.format.value,
        counts={"rows": len(rows[:MOST_ROWS])},
    )


async def _page(
    actor: Actor, wanted: QueueFilter, cursor: str | None
) -> tuple[Sequence[ExportRow], str | None]:
    async with transaction(actor.scope, read_only=True) as tx:
        found = await queries.queue(tx, actor.oem_id, wanted, cursor=cursor, limit=LONGEST_PAGE)
        return await rows_of(tx, actor.oem_id, [each.id for each in found.items]), found.next_cursor


def _in_order(wanted: CaseFilter) -> CaseFilter:
    sort = wanted.sort if wanted.sort is Sort.OLDEST else Sort.NEWEST
    return msgspec.structs.replace(wanted, sort=sort)


def _is_used(wanted: CaseFilter, name: str) -> bool:
    return bool(getattr(wanted, name)) and name != "sort"
