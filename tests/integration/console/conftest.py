"""The console as an application in this process, and browsers without a screen."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from services.admin.main import create_app
from shared.settings import DatabaseSettings
from tests.support.background import open_engine
from tests.support.console import Browsers, Maker, found_maker, web_settings
from tests.support.servers import Database


@pytest.fixture(scope="module")
async def app(database: Database, files_folder: Path) -> AsyncIterator[Litestar]:
    """The console on the module's own database."""
    async with open_engine(database.app_url):
        yield create_app(web_settings(), DatabaseSettings(url=database.app_url))


@pytest.fixture(scope="module")
async def maker(app: Litestar) -> Maker:
    """An OEM shared by the module's tests: each makes its own cases."""
    return await found_maker()


@pytest.fixture
async def browsers(app: Litestar) -> AsyncIterator[Browsers]:
    """Opens browsers, signed in or not."""
    async with AsyncExitStack() as stack:

        async def opened() -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            return await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://console.test")
            )

        yield Browsers(opened)
