"""Report runs in the database: asked for, leased by a worker, ready or given up."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from shared.cursors import cut_page, decode_place
from shared.db.engine import Transaction
from shared.errors import NotFound, Param
from shared.files.store import StoredFile
from shared.reports.figures import DealerMonth
from shared.reports.month import Month
from shared.web.locale import Locale

MOST_ATTEMPTS: Final = 3
LEASE: Final = timedelta(seconds=60)
"""How long a worker that died keeps others from a run; a living one renews its lease."""
LONGEST_PAGE: Final = 200


class RunState(StrEnum):
    """Where a run stands; the first two are under way."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class Trouble(msgspec.Struct, frozen=True):
    """Why the last try failed: code and parameters of a sentence (`shared/web/sentences.py`)."""

    code: str
    params: dict[str, Param] = {}


class ReportRun(msgspec.Struct, frozen=True, kw_only=True):
    """One making of a dealer's report. `month` is its first day; `size_bytes` is None until it is ready.

    `error` says why the last try failed, also of a run that is tried again.
    """

    id: UUID
    dealer_id: int
    dealer_code: str
    dealer_name: str
    dealer_name_en: str
    month: date
    locale: Locale
    state: RunState
    requested_name: str
    attempts: int
    error: Trouble | None
    size_bytes: int | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        """Whether it waits or is being made."""
        return self.state in {RunState.QUEUED, RunState.RUNNING}


class RunPage(msgspec.Struct, frozen=True):
    """A page of runs, newest first; `next_cursor` None on the last one."""

    items: list[ReportRun]
    next_cursor: str | None


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """A report to make; `requested_by` is a membership, None when no person asks."""

    id: UUID
    dealer_id: int
    month: Month
    locale: Locale
    requested_by: UUID | None
    requested_name: str
    created_at: datetime


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    """A run that nobody else makes until the lease ends."""

    id: UUID
    dealer_id: int
    month: date
    locale: Locale
    attempts: int
    requested_by: UUID | None


class ReportFile(msgspec.Struct, frozen=True):
    """The PDF of a run: its name for people and where it is kept."""

    id: UUID
    name: str
    stored: StoredFile


_INSERT: Final = """
INSERT INTO report_runs (oem_id, id, dealer_id, month, locale, state, requested_by, requested_name,
                         created_at)
VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $8)
ON CONFLICT (oem_id, dealer_id, month, locale) WHERE state IN ('queued', 'running') DO NOTHING
"""
_UNDER_WAY: Final = """
SELECT id FROM report_runs
WHERE oem_id = $1 AND dealer_id = $2 AND month = $3 AND locale = $4 AND state IN ('queued', 'running')
"""


async def insert(tx: Transaction, oem_id: int, new: NewRun) -> UUID | None:
    """Write a run that waits; None when it was written, else the id of the one that is under way already."""
    key = (new.dealer_id, new.month.first_day, new.locale.value)
    while True:
        written = await tx.execute(
            _INSERT, oem_id, new.id, *key, new.requested_by, new.requested_name, new.created_at
        )
        if written:
            return None
        if present := await tx.value(_UNDER_WAY, oem_id, *key):
            return UUID(str(present))


_RUNS: Final = """
SELECT run.id, run.dealer_id, dealer.code AS dealer_code, dealer.name AS dealer_name,
       dealer.name_en AS dealer_name_en, run.month, run.locale, run.state, run.requested_name, run.attempts,
       run.error, file.size_bytes, run.created_at, run.finished_at
FROM report_runs AS run
JOIN dealers AS dealer ON dealer.oem_id = run.oem_id AND dealer.id = run.dealer_id
LEFT JOIN files AS file ON file.oem_id = run.oem_id AND file.id = run.file_id
"""
_ONE: Final = f"{_RUNS} WHERE run.oem_id = $1 AND run.id = $2"
_PAGE: Final = f"""{_RUNS}
WHERE run.oem_id = $1
  AND ($2::date IS NULL OR run.month = $2)
  AND ($3::timestamptz IS NULL OR (run.created_at, run.id) < ($3, $4::uuid))
ORDER BY run.created_at DESC, run.id DESC LIMIT $5
"""


async def run(tx: Transaction, oem_id: int, run_id: UUID) -> ReportRun:
    """One run; raises `NotFound` (`report_not_found`) outside the scope."""
    found = await tx.row(ReportRun, _ONE, oem_id, run_id)
    if found is None:
        raise NotFound("report_not_found")
    return found


async def runs(
    tx: Transaction, oem_id: int, *, month: Month | None = None, cursor: str | None = None, limit: int = 50
) -> RunPage:
    """The runs of the scope, newest first; raises `Invalid` (`bad_cursor`)."""
    after_time, after_id = decode_place(cursor)
    size = max(1, min(limit, LONGEST_PAGE))
    first_day = None if month is None else month.first_day
    found = await tx.rows(ReportRun, _PAGE, oem_id, first_day, after_time, after_id, size + 1)
    return RunPage(*cut_page(found, size, lambda each: (each.created_at, each.id)))


_FILE: Final = """
SELECT file.id, file.name, file.storage_key, file.size_bytes, file.sha256
FROM report_runs AS run JOIN files AS file ON file.oem_id = run.oem_id AND file.id = run.file_id
WHERE run.oem_id = $1 AND run.id = $2
"""


async def file_of(tx: Transaction, oem_id: int, run_id: UUID) -> ReportFile | None:
    """The PDF of a run, None until it is ready."""
    found = await tx.connection.fetchrow(_FILE, oem_id, run_id)
    if found is None:
        return None
    stored = StoredFile(found["storage_key"], found["size_bytes"], found["sha256"])
    return ReportFile(found["id"], found["name"], stored)


_TAKE: Final = """
UPDATE report_runs SET state = 'running', attempts = attempts + 1, lease_token = $3, leased_until = now() + $4
WHERE oem_id = $1 AND id = $2 AND (state = 'queued' OR (state = 'running' AND leased_until < now()))
RETURNING id, dealer_id, month, locale, attempts, requested_by
"""
_KEEP: Final = """
UPDATE report_runs SET leased_until = now() + $4 WHERE oem_id = $1 AND id = $2 AND lease_token = $3
"""
_FREEZE: Final = "UPDATE report_runs SET figures = $4 WHERE oem_id = $1 AND id = $2 AND lease_token = $3"
_INSERT_FILE: Final = """
INSERT INTO files (oem_id, id, dealer_id, name, media_type, size_bytes, sha256, storage_key, created_at)
VALUES ($1, $2, $3, $4, 'application/pdf', $5, $6, $7, now())
"""
_FINISH: Final = """
UPDATE report_runs SET state = 'ready', file_id = $4, error = NULL, finished_at = now(), lease_token = NULL,
                       leased_until = NULL
WHERE oem_id = $1 AND id = $2 AND lease_token = $3
"""
_FAIL: Final = """
UPDATE report_runs SET state = CASE WHEN $5 THEN 'failed' ELSE 'queued' END, error = $4,
                       finished_at = CASE WHEN $5 THEN now() END, lease_token = NULL, leased_until = NULL
WHERE oem_id = $1 AND id = $2 AND lease_token = $3
"""


async def take(tx: Transaction, oem_id: int, run_id: UUID, token: UUID) -> Leased | None:
    """Lease a run that waits or whose worker died; None when there is nothing to take."""
    return await tx.row(Leased, _TAKE, oem_id, run_id, token, LEASE)


async def keep(tx: Transaction, oem_id: int, run_id: UUID, token: UUID) -> bool:
    """Renew the lease; False when it is lost."""
    return bool(await tx.execute(_KEEP, oem_id, run_id, token, LEASE))


class _Frozen(msgspec.Struct, frozen=True):
    figures: DealerMonth | None


async def frozen(tx: Transaction, oem_id: int, run_id: UUID) -> DealerMonth | None:
    """The figures an earlier try has frozen, None when there are none."""
    sql = "SELECT figures FROM report_runs WHERE oem_id = $1 AND id = $2"
    found = await tx.row(_Frozen, sql, oem_id, run_id)
    return None if found is None else found.figures


async def freeze(tx: Transaction, oem_id: int, run_id: UUID, token: UUID, figures: DealerMonth) -> bool:
    """Keep the figures for good; False when the lease is lost."""
    return bool(await tx.execute(_FREEZE, oem_id, run_id, token, figures))


async def finish(tx: Transaction, oem_id: int, leased: Leased, token: UUID, file: ReportFile) -> bool:
    """The report is there: its file and its state, together; False when the lease is lost."""
    stored = file.stored
    await tx.execute(
        _INSERT_FILE,
        oem_id,
        file.id,
        leased.dealer_id,
        file.name,
        stored.size_bytes,
        stored.sha256,
        stored.key,
    )
    return bool(await tx.execute(_FINISH, oem_id, leased.id, token, file.id))


async def fail(
    tx: Transaction, oem_id: int, run_id: UUID, token: UUID, trouble: Trouble, *, for_good: bool
) -> bool:
    """Record why there is no report; the run waits for its next try unless `for_good`."""
    return bool(await tx.execute(_FAIL, oem_id, run_id, token, trouble, for_good))
