"""The engine on the module's own database, with the web doors' login."""

from collections.abc import AsyncIterator

import pytest

from tests.support.background import open_engine
from tests.support.servers import Database


@pytest.fixture(scope="module", autouse=True)
async def engine(database: Database) -> AsyncIterator[None]:
    """Open for every test of the module."""
    async with open_engine(database.app_url):
        yield
