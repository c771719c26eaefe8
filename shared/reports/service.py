"""Monthly reports from request to PDF (R6.1, R6.6).

A request is a row; the reports worker is told by a hint that may be lost and finds the row every minute.
Whoever makes a report holds a lease on its row and renews it: a worker that dies is followed by another
within minutes. Figures are taken once, frozen in the row, and printed outside any transaction. A report is
ready together with its file, its event and its audit entry. What fails is tried `MOST_ATTEMPTS` times; the
reason stands in the row.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import structlog

from shared.audit.log import AuditEntry, append
from shared.db.engine import Transaction, transaction
from shared.errors import AppError, Conflict, Invalid, Unavailable
from shared.files.opened import file_store
from shared.files.store import key_of
from shared.ids import new_id
from shared.outbox.events import EventKind, NewEvent, Payload, emit
from shared.outbox.jobs import JOBS, RENDER_REPORT
from shared.permissions import Permission
from shared.reports import queries, repository
from shared.reports.figures import DealerMonth
from shared.reports.month import Month
from shared.reports.repository import (
    LEASE,
    MOST_ATTEMPTS,
    Leased,
    NewRun,
    ReportFile,
    ReportRun,
    RunPage,
    RunState,
    Trouble,
)
from shared.tenancy import Actor, Scope
from shared.tenants.dealers import dealer_named
from shared.tenants.oems import oem
from shared.web.locale import Locale, translator

EARLIEST: Final = Month(2000, 1)
_LOOK_AGAIN_S: Final = 0.5
_NOT_IN_FILE_NAMES: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')
_log = structlog.stdlib.get_logger("huiyin.reports")

Printing = Callable[[DealerMonth, Locale], Awaitable[bytes]]
"""Makes the PDF; `ReportPool.render` is one."""


class _LeaseLost(Unavailable):
    """Another worker has taken the run over; nothing of this try is kept."""


async def request(
    actor: Actor, dealer_id: int, month: Month, locale: Locale, *, as_of: datetime | None = None
) -> ReportRun:
    """Ask for the report of a dealer's month; one that is under way already is returned instead.

    Raises `Invalid` for a dealer outside the actor's scope (`unknown_dealer`), `Forbidden`, and `Invalid` for
    a month that has not begun in the OEM's time zone (`month_in_future`) or too early (`month_too_early`).
    """
    async with transaction(actor.scope, as_of=as_of) as tx:
        at = await tx.now()
        await dealer_named(tx, actor.oem_id, dealer_id)
        actor.require(Permission.REPORT_REQUEST)
        check_month(month, at, (await oem(tx, actor.oem_id)).time_zone)
        run_id = new_id(at)
        new = NewRun(
            id=run_id,
            dealer_id=dealer_id,
            month=month,
            locale=locale,
            requested_by=actor.membership_id,
            requested_name=actor.name,
            created_at=at,
        )
        present = await repository.insert(tx, actor.oem_id, new)
        if present is None:
            entry = AuditEntry(
                action="report.request", entity="report", entity_id=run_id, dealer_id=dealer_id
            )
            await append(tx, actor, at, entry)
        asked = await repository.run(tx, actor.oem_id, present or run_id)
    if present is None:
        await JOBS.enqueue(RENDER_REPORT, actor.oem_id, str(run_id))
    return asked


def check_month(month: Month, now: datetime, time_zone: str) -> None:
    """Raise `Invalid` for a month that no report can be made of."""
    if month > Month.of(now.astimezone(ZoneInfo(time_zone)).date()):
        raise Invalid.field("month", "month_in_future")
    if month < EARLIEST:
        raise Invalid.field("month", "month_too_early")


async def run(tx: Transaction, oem_id: int, run_id: UUID) -> ReportRun:
    """One run; raises `NotFound` (`report_not_found`) outside the scope."""
    return await repository.run(tx, oem_id, run_id)


async def runs(
    tx: Transaction, oem_id: int, *, month: Month | None = None, cursor: str | None = None, limit: int = 50
) -> RunPage:
    """The runs of the scope, newest first, of one month or all; raises `Invalid` (`bad_cursor`)."""
    return await repository.runs(tx, oem_id, month=month, cursor=cursor, limit=limit)


async def pdf_of(actor: Actor, run_id: UUID) -> tuple[str, bytes]:
    """Name and content of a report; that it was taken away is written down (R9.3).

    Raises `NotFound` outside the scope, `Forbidden`, `Conflict` (`report_not_ready`), and what the store
    raises.
    """
    async with transaction(actor.scope) as tx:
        found = await repository.run(tx, actor.oem_id, run_id)
        actor.require(Permission.REPORT_READ)
        file = await repository.file_of(tx, actor.oem_id, run_id)
        if file is None:
            raise Conflict("report_not_ready", {"state": found.state.value})
        entry = AuditEntry(
            action="report.download", entity="report", entity_id=run_id, dealer_id=found.dealer_id
        )
        await append(tx, actor, await tx.now(), entry)
    return file.name, await file_store().get(file.stored)


async def render(
    oem_id: int, run_id: UUID, print_pdf: Printing, *, last_try: bool = False, as_of: datetime | None = None
) -> bool:
    """Make the report of a run; whether it is ready now.

    False when there was nothing to do or it failed: the reason stands in the run, which waits for its next
    try. `as_of` is the instant the figures are taken at (demo history, tests).
    """
    token = uuid4()
    async with transaction(Scope.oem(oem_id)) as tx:
        leased = await repository.take(tx, oem_id, run_id, token)
        if leased is None:
            return False
        if leased.attempts > MOST_ATTEMPTS:
            # Nobody was left to say what went wrong: each try was killed.
            crashed = Trouble("report_crashed")
            await repository.fail(tx, oem_id, run_id, token, crashed, for_good=True)
            return False
    try:
        async with _lease_kept(oem_id, run_id, token):
            await _make(oem_id, leased, token, print_pdf, as_of)
    except Exception as error:  # noqa: BLE001 - whatever it is, the run must not stay under way for ever
        trouble = (
            Trouble(error.code, error.params) if isinstance(error, AppError) else Trouble("report_failed")
        )
        for_good = last_try or leased.attempts >= MOST_ATTEMPTS
        _log.warning("report_failed", run_id=str(run_id), code=trouble.code, error=type(error).__name__)
        async with transaction(Scope.oem(oem_id)) as tx:
            await repository.fail(tx, oem_id, run_id, token, trouble, for_good=for_good)
        return False
    return True


async def render_now(
    actor: Actor, dealer_id: int, month: Month, locale: Locale, print_pdf: Printing
) -> ReportRun:
    """Ask for a report and make it here, or wait for the worker that is at it already.

    Raises like `request`; a report that could not be made is returned as it stands, with its error.
    """
    asked = await request(actor, dealer_id, month, locale)
    while asked.is_under_way:
        if not await render(actor.oem_id, asked.id, print_pdf, last_try=True):
            await asyncio.sleep(_LOOK_AGAIN_S)
        async with transaction(actor.scope, read_only=True) as tx:
            asked = await repository.run(tx, actor.oem_id, asked.id)
    return asked


async def gather(oem_id: int, dealer_id: int, month: Month, *, as_of: datetime | None = None) -> DealerMonth:
    """The figures as they stand now, all seen at one instant; raises `NotFound`."""
    async with transaction(Scope.oem(oem_id), as_of=as_of, read_only=True) as tx:
        await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return await queries.dealer_month(tx, oem_id, dealer_id, month)


async def _make(
    oem_id: int, leased: Leased, token: UUID, print_pdf: Printing, as_of: datetime | None
) -> None:
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        figures = await repository.frozen(tx, oem_id, leased.id)
    if figures is None:
        figures = await gather(oem_id, leased.dealer_id, Month.of(leased.month), as_of=as_of)
        async with transaction(Scope.oem(oem_id)) as tx:
            await repository.freeze(tx, oem_id, leased.id, token, figures)
    pdf = await print_pdf(figures, leased.locale)
    file_id = new_id()
    stored = await file_store().put(key_of(oem_id, "reports", file_id, "pdf"), pdf)
    file = ReportFile(file_id, file_name(figures, leased.locale), stored)
    try:
        await _publish(oem_id, leased, token, file)
    except _LeaseLost:
        # Only now is it certain that no run names the file; after a commit without an answer one may.
        await file_store().delete(stored.key)
        raise


async def _publish(oem_id: int, leased: Leased, token: UUID, file: ReportFile) -> None:
    async with transaction(Scope.oem(oem_id)) as tx:
        if not await repository.finish(tx, oem_id, leased, token, file):
            raise _LeaseLost("report_under_way")
        at = await tx.now()
        payload: Payload = {
            "run_id": str(leased.id),
            "month": leased.month.isoformat(),
            "by_id": str(leased.requested_by) if leased.requested_by else None,
        }
        event = NewEvent(kind=EventKind.REPORT_READY, dealer_id=leased.dealer_id, payload=payload)
        await emit(tx, oem_id, at, event)
        entry = AuditEntry(
            action="report.ready", entity="report", entity_id=leased.id, dealer_id=leased.dealer_id
        )
        await append(tx, Actor.system(oem_id), at, entry)


def file_name(figures: DealerMonth, locale: Locale) -> str:
    """What the PDF is called where a person saves it."""
    name = figures.dealer.zh if locale is Locale.ZH_CN else figures.dealer.en
    title = translator(locale).gettext("Monthly complaint report")
    return _NOT_IN_FILE_NAMES.sub("-", f"{figures.dealer_code}_{figures.month}_{title}_{name}") + ".pdf"


@asynccontextmanager
async def _lease_kept(oem_id: int, run_id: UUID, token: UUID) -> AsyncGenerator[None]:
    renewing = asyncio.create_task(_renew(oem_id, run_id, token))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def _renew(oem_id: int, run_id: UUID, token: UUID) -> None:
    is_ours = True
    while is_ours:
        await asyncio.sleep(LEASE.total_seconds() / 3)
        # The database may be away for a moment; the next renewal may still come in time.
        with contextlib.suppress(Unavailable):
            async with transaction(Scope.oem(oem_id)) as tx:
                is_ours = await repository.keep(tx, oem_id, run_id, token)


__all__ = [
    "Month",
    "Printing",
    "ReportRun",
    "RunPage",
    "RunState",
    "check_month",
    "file_name",
    "gather",
    "pdf_of",
    "render",
    "render_now",
    "request",
    "run",
    "runs",
]
