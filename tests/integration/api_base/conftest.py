"""The API over the module's own database, and somebody signed in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from litestar import Litestar

from services.api.main import create_app
from shared.settings import DatabaseSettings, RedisSettings, WebSettings
from tests.integration.accounts.people import PASSWORD, Company, found_company, hire
from tests.support.background import open_engine
from tests.support.servers import Database

NO_REDIS = RedisSettings("redis://127.0.0.1:1/0")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a token."""

    email: str
    headers: dict[str, str]


@pytest.fixture(scope="module")
def application(database: Database) -> Litestar:
    return create_app(WebSettings("0123456789" * 4), DatabaseSettings(database.app_url), NO_REDIS)


@pytest.fixture(scope="module")
async def api(application: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    # The app's own lifespan has to begin and end in one task, which fixtures do not.
    async with open_engine(database.app_url, pool_size=10), client_of(application) as client:
        yield client


def client_of(app: Litestar) -> httpx.AsyncClient:
    """Speaks to the app in the test's own event loop."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://api.test")


@pytest.fixture
async def company(api: httpx.AsyncClient) -> Company:
    return await found_company()


@pytest.fixture
async def advisor(api: httpx.AsyncClient, company: Company) -> Visitor:
    return await sign_in(api, (await hire(company))[0])


async def sign_in(api: httpx.AsyncClient, email: str) -> Visitor:
    answer = await api.post("/api/v1/session", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return Visitor(email, {"Authorization": f"Bearer {answer.json()['token']}"})
