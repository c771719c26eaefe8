"""The clock policy in a real browser: a promise is edited, its effect seen, open cases migrated (R4.1)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from infra.dev.ports import free_port
from shared.permissions import Role
from tests.support.console import SECRET, Browsing, Maker, register
from tests.support.servers import Database
from tests.support.worker_process import WorkerProcess


@pytest.fixture
def worker(database: Database, redis_url: str, tmp_path: Path) -> Iterator[WorkerProcess]:
    """A worker, starting while the administrator edits."""
    environment = {
        "HUIYIN_DATABASE_WORKER_URL": database.worker_url,
        "HUIYIN_REDIS_URL": redis_url,
        "HUIYIN_SECRET": SECRET,
        "HUIYIN_SMTP_PORT": str(free_port(None)),
    }
    started = WorkerProcess(environment, tmp_path / "worker.log")
    started.start()
    yield started
    started.clean_up()


async def test_an_administrator_edits_a_promise_sees_the_effect_and_migrates(
    browse: Browsing, maker: Maker, worker: WorkerProcess
) -> None:
    """R4.1, proofs.md, Changes: an admin may preview and migrate; open cases keep theirs until then."""
    case = await register(maker.actor(Role.SERVICE_MANAGER))
    page = await browse.signed_in(maker.person(Role.ADMINISTRATOR), "en")
    await page.goto("/oem")
    await page.get_by_role("link", name="Promises and clocks").click()
    last = page.locator("#default")
    row = last.get_by_role("row").filter(has_text="Resolution")
    await expect(row).to_contain_text("5 working days")
    await row.get_by_role("link", name="Change").click()
    await page.get_by_label("Within").fill("3")
    await page.get_by_label("Warn the owner at").fill("80, 50")
    await page.get_by_role("button", name="Keep in the draft").click()
    await expect(page.get_by_text("in rising order")).to_be_visible()
    await page.get_by_label("Warn the owner at").fill("50, 80, 95")
    await page.get_by_role("button", name="Keep in the draft").click()
    await page.get_by_role("link", name="See the effect and publish").click()
    await expect(page.locator("del").first).to_contain_text("5 working days")
    await expect(page.locator("ins").first).to_contain_text("3 working days")
    examples = page.get_by_role("group", name="Examples")
    await expect(examples).to_contain_text(case.number)
    await page.get_by_role("button", name="Publish as a new version").click()
    await expect(page.get_by_text("keep them")).to_be_visible()
    await page.get_by_role("link", name="Migrate open cases").click()
    await page.get_by_role("button", name="Migrate open cases").click()
    migrations = page.locator("#migration-list")
    await expect(migrations).to_contain_text("Version 2")
    worker.wait_ready()
    await expect(migrations.locator(".badge-good")).to_be_visible(timeout=30_000)
    await expect(migrations).to_contain_text("Done 1")
    await page.reload()
    await expect(page.get_by_text("Every open promise follows this version already.")).to_be_visible()
