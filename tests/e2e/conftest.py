"""What the walks share: the console by itself, or both doors and a worker (`places`, `care`)."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.e2e.test_portal import Places, care, places
from tests.support.console import Browsing, Maker, browsing, found_maker, served
from tests.support.servers import Database
from tests.support.worker_process import WorkerProcess

__all__ = ["care", "places"]


@pytest.fixture(scope="module")
async def address(database: Database) -> AsyncIterator[str]:
    """Where the console is served."""
    async with served(database) as base:
        yield base


@pytest.fixture(scope="module")
async def maker(address: str) -> Maker:
    """An OEM with its dealers and people."""
    return await found_maker()


@pytest.fixture
async def browse(browser: Browser, address: str) -> AsyncIterator[Browsing]:
    """Opens browsers on the console; fails when it said something or a request left the machine."""
    async with browsing(browser, address) as opened:
        yield opened


@pytest.fixture(scope="module")
def printer(
    places: Places,
    database: Database,
    redis_url: str,
    files_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """The worker that prints the forms."""
    environment = {
        "HUIYIN_DATABASE_WORKER_URL": database.worker_url,
        "HUIYIN_REDIS_URL": redis_url,
        "HUIYIN_FILES_URL": files_folder.as_uri(),
    }
    worker = WorkerProcess(environment, tmp_path_factory.mktemp("printer") / "worker.log", "--reports")
    worker.start()
    yield
    worker.kill()
