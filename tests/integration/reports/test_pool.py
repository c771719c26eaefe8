"""Printing in processes: the same report, and what happens when a process hangs or dies."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvloop

from shared.errors import AppError, Unavailable
from shared.reports.pool import ReportPool
from shared.web.locale import Locale
from tests.integration.reports.conftest import Printed
from tests.support.waiting import wait_until
from tests.unit.reports.samples import busy_month, dealer_month

Report = Callable[[Locale], Printed]
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("reports")]


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[ReportPool]:
    async with ReportPool(1) as pool:
        yield pool


def process_ids(pool: ReportPool) -> list[int]:
    return [printer.process_id for printer in pool.printers]


def leftovers(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_process_prints_the_same_bytes(pool: ReportPool, ordinary: Report):
    report = ordinary(Locale.ZH_CN)
    assert await pool.render(report.figures, Locale.ZH_CN) == report.content


def test_an_answer_of_any_length_arrives_under_the_worker_s_own_loop():
    """R6.6: uvloop leaves a watched pipe non-blocking, which cut what its buffer could not hold at once."""

    async def print_long_reports() -> list[int]:
        async with ReportPool(1) as pool:
            return [len(await pool.render(busy_month(120), Locale.ZH_CN)) for _ in range(3)]

    assert min(uvloop.run(print_long_reports())) > 100_000


async def test_a_defect_fails_its_report_only(pool: ReportPool):
    await pool.render(dealer_month(), Locale.EN)
    before = process_ids(pool)
    with pytest.raises(AppError) as caught:
        await pool.render(dealer_month(time_zone="No/Where"), Locale.EN)
    assert caught.value.code == "report_failed"
    assert await pool.render(dealer_month(), Locale.EN)
    assert len(process_ids(pool)) == len(before)


async def test_a_process_that_dies_while_printing_is_replaced(pool: ReportPool):
    await pool.render(dealer_month(), Locale.EN)
    printing = asyncio.create_task(pool.render(busy_month(200), Locale.EN))
    await asyncio.sleep(0)
    killed = process_ids(pool)
    os.kill(killed[0], signal.SIGKILL)
    with pytest.raises(Unavailable, match="report_crashed"):
        await printing
    assert await pool.render(dealer_month(), Locale.EN)
    assert process_ids(pool) != killed


async def test_a_process_that_dies_while_idle_is_replaced_unnoticed(pool: ReportPool):
    await pool.render(dealer_month(), Locale.EN)
    os.kill(process_ids(pool)[0], signal.SIGKILL)
    await asyncio.to_thread(
        wait_until, lambda: not any(printer.is_alive() for printer in pool.printers), "the process to be gone"
    )
    assert await pool.render(dealer_month(), Locale.EN)


async def test_a_report_that_takes_too_long_is_given_up_and_its_process_killed():
    async with ReportPool(1, timeout_s=0.2) as hasty:
        with pytest.raises(Unavailable) as caught:
            await hasty.render(busy_month(300), Locale.EN)
        assert caught.value.code == "report_timeout"
        assert process_ids(hasty) == []


async def test_a_given_up_request_frees_its_process():
    async with ReportPool(1) as pool:
        await pool.render(dealer_month(), Locale.EN)
        printing = asyncio.create_task(pool.render(busy_month(300), Locale.EN))
        await asyncio.sleep(0)
        printing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await printing
        assert await pool.render(dealer_month(), Locale.EN)


async def test_a_process_is_replaced_after_its_share_of_reports():
    """Layout leaves memory behind."""
    async with ReportPool(1, reports_per_process=2) as pool:
        seen: list[list[int]] = []
        for _ in range(3):
            await pool.render(dealer_month(), Locale.EN)
            seen.append(process_ids(pool))
        assert [len(ids) for ids in seen] == [1, 0, 1]
        assert seen[0] != seen[2]


async def test_reports_are_printed_side_by_side():
    async with ReportPool(2) as pool:
        printed = await asyncio.gather(
            *(pool.render(dealer_month(), locale) for locale in [*Locale, *Locale])
        )
        assert len(set(printed)) == len(Locale)
        assert len(process_ids(pool)) == 2


async def test_a_closed_pool_prints_nothing_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pool = ReportPool(1)
    async with pool:
        await pool.render(dealer_month(), Locale.EN)
        ids = process_ids(pool)
        assert leftovers(tmp_path) != []
    assert leftovers(tmp_path) == []
    with pytest.raises(ProcessLookupError):
        os.kill(ids[0], 0)
    with pytest.raises(Unavailable, match="report_pool_closed"):
        await pool.render(dealer_month(), Locale.EN)
