"""From request to PDF (R6.1, R6.6): one run at a time, tried again, never under way for ever."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.db.engine import transaction
from shared.errors import AppError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from shared.permissions import Role
from shared.reports import repository, service
from shared.reports.figures import DealerMonth
from shared.reports.month import Month
from shared.reports.pool import ReportPool
from shared.reports.repository import MOST_ATTEMPTS, ReportRun, RunState, Trouble
from shared.tenancy import Actor, Scope
from shared.web.locale import Locale
from tests.integration.reports import months
from tests.integration.reports.months import HOUR, MARCH, local
from tests.support.background import open_engine
from tests.support.servers import Database
from tests.support.tenant import Tenant, found_tenant

APRIL = Month(2026, 4)


@pytest.fixture(scope="module")
async def app_engine(database: Database) -> AsyncIterator[None]:
    async with open_engine(database.app_url):
        yield


@pytest.fixture
async def tenant(app_engine: None) -> Tenant:
    return await found_tenant()


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUIYIN_FILES_URL", tmp_path.as_uri())
    return tmp_path


class Press:
    """Prints in no time, or fails as told; counts its reports."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.printed: list[tuple[DealerMonth, Locale]] = []

    async def __call__(self, figures: DealerMonth, locale: Locale) -> bytes:
        if self.failures:
            raise self.failures.pop(0)
        self.printed.append((figures, locale))
        return b"%PDF-" + str(figures.month).encode()


def kept(files: Path) -> list[Path]:
    return [path for path in files.rglob("*") if path.is_file()]


async def ask(tenant: Tenant, month: Month = MARCH, locale: Locale = Locale.ZH_CN) -> ReportRun:
    return await service.request(tenant.actor(Role.SERVICE_MANAGER), tenant.here, month, locale)


async def now_of(tenant: Tenant, run: ReportRun) -> ReportRun:
    async with transaction(Scope.oem(tenant.oem_id), read_only=True) as tx:
        return await service.run(tx, tenant.oem_id, run.id)


async def execute(tenant: Tenant, sql: str, *args: Any) -> None:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        assert await tx.execute(sql, tenant.oem_id, *args)


async def events(tenant: Tenant) -> list[Any]:
    async with transaction(Scope.oem(tenant.oem_id), read_only=True) as tx:
        return await tx.values(
            "SELECT payload FROM events WHERE oem_id = $1 AND kind = 'report.ready'", tenant.oem_id
        )


async def test_a_report_is_asked_for_printed_and_downloaded(tenant: Tenant) -> None:
    case = await months.complaint(tenant, local(2))
    await months.contact(tenant, case, local(2) + HOUR)
    run = await ask(tenant)
    async with ReportPool(1) as pool:
        assert await service.render(tenant.oem_id, run.id, pool.render)
    name, pdf = await service.pdf_of(tenant.actor(Role.SERVICE_MANAGER), run.id)
    assert name == "near0_2026-03_客户投诉统计分析月报_测试near0店.pdf"
    assert pdf.startswith(b"%PDF")


async def test_a_report_is_ready_together_with_its_file_and_its_event(tenant: Tenant) -> None:
    """R6.6: whoever asked is told; the figures stay."""
    run = await ask(tenant, locale=Locale.EN)
    assert (run.state, run.size_bytes, run.month) == (RunState.QUEUED, None, MARCH.first_day)
    press = Press()
    assert await service.render(tenant.oem_id, run.id, press, as_of=local(31))
    ready = await now_of(tenant, run)
    assert (ready.state, ready.size_bytes, ready.error, ready.attempts) == (RunState.READY, 12, None, 1)
    assert ready.finished_at is not None
    by_id = str(tenant.actor(Role.SERVICE_MANAGER).id)
    assert await events(tenant) == [{"run_id": str(run.id), "month": "2026-03-01", "by_id": by_id}]
    figures, locale = press.printed[0]
    assert (figures.generated_at, locale) == (local(31), Locale.EN)
    # Nothing is left to do: the hint may come twice.
    assert not await service.render(tenant.oem_id, run.id, press)
    assert len(press.printed) == 1


async def test_one_is_under_way_and_the_next_may_be_asked_for_when_it_is_ready(tenant: Tenant) -> None:
    first, again, other = await ask(tenant), await ask(tenant), await ask(tenant, locale=Locale.EN)
    assert first.id == again.id
    assert other.id != first.id
    at_once = await asyncio.gather(*(ask(tenant, APRIL) for _ in range(6)))
    assert len({each.id for each in at_once}) == 1
    await service.render(tenant.oem_id, first.id, Press())
    assert (await ask(tenant)).id != first.id


async def test_a_month_that_cannot_be_is_refused(tenant: Tenant) -> None:
    manager = tenant.actor(Role.SERVICE_MANAGER)
    # In Shanghai it is April for eight hours before it is in London.
    for as_of, month in ((local(31, 23, 59), APRIL), (local(31), Month(2027, 3))):
        with pytest.raises(Invalid) as refused:
            await service.request(manager, tenant.here, month, Locale.EN, as_of=as_of)
        assert (refused.value.fields[0].field, refused.value.fields[0].code) == ("month", "month_in_future")
    run = await service.request(manager, tenant.here, APRIL, Locale.EN, as_of=local(1, 0, 0, month=4))
    assert run.month == APRIL.first_day
    for month in (Month(1, 1), Month(1999, 12)):
        with pytest.raises(Invalid) as refused:
            await service.request(manager, tenant.here, month, Locale.EN)
        assert refused.value.fields[0].code == "month_too_early"


async def test_who_may_ask_and_see(tenant: Tenant) -> None:
    """R9.1: a dealer out of reach is absent, also to those who may ask for nothing."""
    run = await ask(tenant)
    for stranger in (
        tenant.actor(Role.SERVICE_MANAGER, tenant.sibling),
        tenant.actor(Role.ADVISOR, tenant.sibling),
        (await found_tenant()).actor(Role.ADMINISTRATOR),
    ):
        with pytest.raises(Invalid) as unknown:
            await service.request(
                stranger, 999 if stranger.oem_id != tenant.oem_id else tenant.here, MARCH, Locale.EN
            )
        assert unknown.value.fields[0].code == "unknown_dealer"
        with pytest.raises(NotFound):
            await service.pdf_of(stranger, run.id)
        async with transaction(stranger.scope, read_only=True) as tx:
            assert (await service.runs(tx, stranger.oem_id)).items == []
    for colleague in (tenant.actor(Role.ADVISOR), tenant.actor(Role.READER)):
        with pytest.raises(Forbidden):
            await service.request(colleague, tenant.here, MARCH, Locale.EN)
    with pytest.raises(Forbidden):
        await service.pdf_of(tenant.actor(Role.ADVISOR), run.id)
    manager = tenant.actor(Role.REGIONAL_MANAGER)
    assert (await service.request(manager, tenant.here, MARCH, Locale.ZH_CN)).id == run.id
    with pytest.raises(Invalid):
        await service.request(manager, tenant.far, MARCH, Locale.ZH_CN)


async def test_there_is_no_pdf_before_its_time(tenant: Tenant) -> None:
    run = await ask(tenant)
    with pytest.raises(Conflict) as early:
        await service.pdf_of(tenant.actor(Role.SERVICE_MANAGER), run.id)
    assert early.value.code == "report_not_ready"
    with pytest.raises(NotFound) as missing:
        await service.pdf_of(tenant.actor(Role.SERVICE_MANAGER), uuid4())
    assert missing.value.code == "report_not_found"


async def test_what_fails_is_tried_again_with_the_figures_of_the_first_try(tenant: Tenant) -> None:
    run = await ask(tenant)
    press = Press(Unavailable("report_timeout", {"seconds": 120}))
    assert not await service.render(tenant.oem_id, run.id, press, as_of=local(31))
    waiting = await now_of(tenant, run)
    assert (waiting.state, waiting.error) == (RunState.QUEUED, Trouble("report_timeout", {"seconds": 120}))
    await months.complaint(tenant, local(30))
    assert await service.render(tenant.oem_id, run.id, press)
    assert press.printed[0][0].cases == ()
    assert (await now_of(tenant, run)).error is None


async def test_after_three_tries_it_has_failed_for_a_reason(tenant: Tenant, files: Path) -> None:
    run = await ask(tenant)
    press = Press(*[ValueError("words of a customer")] * MOST_ATTEMPTS)
    for _ in range(MOST_ATTEMPTS):
        assert not await service.render(tenant.oem_id, run.id, press)
    failed = await now_of(tenant, run)
    assert (failed.state, failed.attempts, failed.error) == (RunState.FAILED, 3, Trouble("report_failed"))
    assert failed.finished_at is not None
    assert not await service.render(tenant.oem_id, run.id, Press())
    assert await events(tenant) == []
    assert kept(files) == []
    assert (await ask(tenant)).state is RunState.QUEUED


async def test_a_store_that_is_away_is_a_reason(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        async def put(self, key: str, content: bytes) -> None:
            raise Unavailable("file_store_away", {"error": key and str(len(content))})

    monkeypatch.setattr(service, "file_store", Away)
    run = await ask(tenant)
    assert not await service.render(tenant.oem_id, run.id, Press())
    trouble = (await now_of(tenant, run)).error
    assert trouble is not None
    assert trouble.code == "file_store_away"


async def test_a_killed_worker_is_followed_by_another_when_its_lease_ends(tenant: Tenant) -> None:
    run = await ask(tenant)
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        assert await repository.take(tx, tenant.oem_id, run.id, uuid4())
    assert not await service.render(tenant.oem_id, run.id, Press())
    assert (await now_of(tenant, run)).state is RunState.RUNNING
    await execute(tenant, "UPDATE report_runs SET leased_until = now() - interval '1 s' WHERE oem_id = $1")
    assert await service.render(tenant.oem_id, run.id, Press())
    assert (await now_of(tenant, run)).attempts == 2


async def test_a_report_that_kills_its_workers_is_given_up(tenant: Tenant) -> None:
    run = await ask(tenant)
    for _ in range(MOST_ATTEMPTS):
        async with transaction(Scope.oem(tenant.oem_id)) as tx:
            assert await repository.take(tx, tenant.oem_id, run.id, uuid4())
        await execute(
            tenant, "UPDATE report_runs SET leased_until = now() - interval '1 s' WHERE oem_id = $1"
        )
    assert not await service.render(tenant.oem_id, run.id, Press())
    failed = await now_of(tenant, run)
    assert (failed.state, failed.error) == (RunState.FAILED, Trouble("report_crashed"))


async def test_a_lease_lost_while_printing_publishes_nothing(tenant: Tenant, files: Path) -> None:
    run = await ask(tenant)

    async def overtaken(figures: DealerMonth, locale: Locale) -> bytes:
        await execute(
            tenant,
            "UPDATE report_runs SET lease_token = gen_random_uuid() WHERE oem_id = $1 AND id = $2",
            run.id,
        )
        return await Press()(figures, locale)

    assert not await service.render(tenant.oem_id, run.id, overtaken)
    assert (await now_of(tenant, run)).state is RunState.RUNNING
    assert await events(tenant) == []
    assert kept(files) == []


async def test_a_report_whose_commit_was_not_confirmed_keeps_its_file(
    tenant: Tenant, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the commit is lost: the report may be ready, and then its file has to be there."""
    run = await ask(tenant)
    publish = service._publish

    async def lost_answer(*args: Any) -> Any:
        await publish(*args)
        raise Unavailable("database_unreachable")

    monkeypatch.setattr(service, "_publish", lost_answer)
    await service.render(tenant.oem_id, run.id, Press())
    assert (await now_of(tenant, run)).state is RunState.READY
    assert len(kept(files)) == 1


async def test_the_lease_is_renewed_while_it_is_printed(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LEASE", timedelta(milliseconds=60))
    run = await ask(tenant)

    async def slow(figures: DealerMonth, locale: Locale) -> bytes:
        await execute(tenant, "UPDATE report_runs SET leased_until = now() WHERE oem_id = $1")
        async with asyncio.timeout(10):
            while True:
                async with transaction(Scope.oem(tenant.oem_id), read_only=True) as tx:
                    sql = "SELECT leased_until > now() FROM report_runs WHERE oem_id = $1"
                    if await tx.value(sql, tenant.oem_id):
                        return await Press()(figures, locale)

    assert await service.render(tenant.oem_id, run.id, slow)


async def test_the_list_pages_newest_first_and_by_month(tenant: Tenant) -> None:
    asked = [(await ask(tenant, Month(2025, month))).id for month in range(1, 6)]
    shown: list[Any] = []
    cursor = None
    async with transaction(tenant.actor(Role.REGIONAL_MANAGER).scope, read_only=True) as tx:
        while True:
            page = await service.runs(tx, tenant.oem_id, cursor=cursor, limit=2)
            shown += [each.id for each in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        of_may = await service.runs(tx, tenant.oem_id, month=Month(2025, 5))
    assert shown == asked[::-1]
    assert [each.id for each in of_may.items] == [asked[4]]


async def test_made_now_it_is_ready_or_says_why_not(tenant: Tenant) -> None:
    """What the command line does: no worker, no second try."""
    actor = Actor.cli(tenant.oem_id, "test")
    ready = await service.render_now(actor, tenant.here, MARCH, Locale.EN, Press())
    assert ready.state is RunState.READY
    assert await events(tenant) == [{"run_id": str(ready.id), "month": "2026-03-01", "by_id": None}]
    press = Press(AppError("report_fonts_missing"))
    failed = await service.render_now(actor, tenant.here, MARCH, Locale.EN, press)
    assert (failed.state, failed.error) == (RunState.FAILED, Trouble("report_fonts_missing"))


async def test_figures_that_cannot_be_read_any_more_end_the_run(tenant: Tenant) -> None:
    """A version that knows other figures may have frozen them."""
    run = await ask(tenant)
    await execute(tenant, "UPDATE report_runs SET figures = $2 WHERE oem_id = $1", {"of": "another version"})
    for _ in range(MOST_ATTEMPTS):
        assert not await service.render(tenant.oem_id, run.id, Press())
    assert (await now_of(tenant, run)).state is RunState.FAILED
