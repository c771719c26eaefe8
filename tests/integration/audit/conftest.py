from collections.abc import AsyncIterator

import pytest

from tests.support.background import open_engine
from tests.support.servers import Database
from tests.support.tenant import Tenant, found_tenant


@pytest.fixture(scope="module")
async def app_engine(database: Database) -> AsyncIterator[None]:
    """The engine on the module's own database, with the web doors' login."""
    async with open_engine(database.app_url):
        yield


@pytest.fixture(scope="module")
async def tenant(app_engine: None) -> Tenant:
    """An OEM shared by the module's tests: each makes its own cases."""
    return await found_tenant()
