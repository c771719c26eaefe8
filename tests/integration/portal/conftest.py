from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import pytest

from services.api.main import create_app
from shared.cases import service
from shared.cases.customer_links import CustomerLinks
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel
from shared.db.manifest import TABLES
from shared.permissions import Role
from shared.settings import DatabaseSettings, WebSettings
from tests.support.background import open_engine
from tests.support.servers import Database
from tests.support.tenant import Tenant, found_tenant

SECRET = "x" * 32
LINKS = CustomerLinks("http://care.test", SECRET)


@dataclass(slots=True)
class Portal:
    """The customer's pages as a browser without a screen asks for them."""

    client: httpx.AsyncClient
    tenant: Tenant
    owner: asyncpg.Connection
    slug: str
    _numbers: list[int] = field(default_factory=lambda: [0])

    async def case(
        self, words: str = "制动时方向盘抖动。", dealer_id: int | None = None, **more: object
    ) -> CaseView:
        """A case registered by an advisor, of a customer of its own."""
        self._numbers[0] += 1
        fields = {
            "customer_name": "张测试",
            "customer_phone": f"1380000{self._numbers[0]:04d}",
            "customer_email": "owner@example.com",
        } | more
        intake = Intake(channel=Channel.PHONE, words=words, **fields)  # type: ignore[arg-type]
        return await service.register(self.tenant.actor(Role.ADVISOR, dealer_id), intake, source=Source.STAFF)

    def path(self, case: CaseView, generation: int = 1) -> str:
        """The address of the tracking page."""
        return LINKS.tracking(self.tenant.oem_id, case.id, generation).removeprefix("http://care.test")


@pytest.fixture(scope="module")
async def portal(database: Database, files_folder: Path) -> AsyncIterator[Portal]:
    """The customer's pages of an OEM of the module's own."""
    web = WebSettings(secret=SECRET, portal_url="http://care.test")
    app = create_app(web, DatabaseSettings(database.app_url))
    async with open_engine(database.app_url):
        tenant = await found_tenant()
        owner = await asyncpg.connect(database.owner_url)
        for table in TABLES:
            await owner.execute(f"ALTER TABLE app.{table} NO FORCE ROW LEVEL SECURITY")
        await owner.execute("SET search_path = app")
        slug = await owner.fetchval("SELECT slug FROM oems WHERE id = $1", tenant.oem_id)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://care.test") as client:
            yield Portal(client, tenant, owner, slug)
        await owner.close()


@pytest.fixture(autouse=True)
async def _forget_tries(portal: Portal) -> None:
    """All tests come from one address: each begins with all its tries."""
    portal.client.cookies.clear()
    await portal.owner.execute("DELETE FROM sign_in_attempts")
