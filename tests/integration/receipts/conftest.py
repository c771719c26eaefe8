"""The API of an installation whose SMS a given provider sends."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from services.api.main import create_app
from shared.db.engine import transaction
from shared.outbox.messages import write
from shared.outbox.vocabulary import MessageChannel
from shared.settings import DatabaseSettings, SmsSettings, WebSettings
from shared.tenancy import Scope
from tests.support.background import Company, build_company, open_engine
from tests.support.channels import sms_settings
from tests.support.outbox import new_message
from tests.support.servers import Database

PORTAL = "https://huiyin.example.com"
WEB = WebSettings(secret="0123456789" * 4, portal_url=PORTAL)


@pytest.fixture(scope="module")
async def app_engine(database: Database) -> AsyncIterator[None]:
    async with open_engine(database.app_url):
        yield


@pytest.fixture
async def company(database: Database, app_engine: None) -> AsyncIterator[Company]:
    """An OEM of this test's own, looked at as the owner and served with the web doors' login."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        yield await build_company(connection)
    finally:
        await connection.close()


def client_of(provider: str) -> httpx.AsyncClient:
    """Speaks to the API of an installation with that provider ("": with none)."""
    sms: SmsSettings | None = sms_settings(provider, 1) if provider else None
    app = create_app(WEB, DatabaseSettings("postgresql://nowhere"), sms=sms)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://inside.test/api/v1/receipts")


async def message(company: Company, state: str = "sent", reference: str | None = None) -> UUID:
    """The token of an SMS that has been tried once."""
    reference = reference or f"ref-{uuid4()}"
    key = uuid4().hex
    new = new_message(channel=MessageChannel.SMS, address="+8613800001234", dedupe_key=key)
    async with transaction(Scope.oem(company.oem_id)) as tx:
        await write(tx, company.oem_id, [new])
    return await company.connection.fetchval(
        "UPDATE app.messages SET state = $2, attempts = 1, provider_ref = $3,"
        " sent_at = CASE WHEN $2 = 'sent' THEN now() END WHERE dedupe_key = $1 RETURNING idem_token",
        key,
        state,
        reference,
    )


async def standing(company: Company) -> tuple[str, str | None]:
    """(state, receipt) of the OEM's only message."""
    (row,) = await company.messages()
    return row["state"], row["receipt"]
