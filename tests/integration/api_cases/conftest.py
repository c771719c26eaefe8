from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.api.main import create_app
from shared.accounts.service import create_api_key
from shared.permissions import Role
from shared.settings import DatabaseSettings, WebSettings
from tests.support.background import open_engine
from tests.support.servers import Database
from tests.support.tenant import Tenant, found_tenant

PASSWORD = "a long password of tests"


@dataclass(slots=True)
class Api:
    """The API as people and integrations call it."""

    client: httpx.AsyncClient
    tenant: Tenant
    tokens: dict[tuple[Role, int], str] = field(default_factory=dict)

    async def sign_in(self, role: Role, dealer_id: int | None = None) -> "Caller":
        at = 0 if (0, role) in self.tenant.emails else dealer_id or self.tenant.here
        if (role, at) not in self.tokens:
            credentials = {"email": self.tenant.emails[at, role], "password": PASSWORD}
            answer = await self.client.post("/api/v1/session", json=credentials)
            self.tokens[role, at] = answer.json()["token"]
        return Caller(self.client, self.tokens[role, at])

    async def key(self, dealer_id: int | None = None) -> "Caller":
        admin = self.tenant.actor(Role.ADMINISTRATOR)
        return Caller(self.client, await create_api_key(admin, "hotline", dealer_id))


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a token."""

    client: httpx.AsyncClient
    token: str

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", params=params, headers=self._headers())

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(f"/api/v1{path}", json=body, headers={**self._headers(), **given})

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}


@pytest.fixture(scope="module")
async def api(database: Database, files_folder: Path) -> AsyncIterator[Api]:
    """The API over an OEM of the module's own."""
    app = create_app(WebSettings(secret="x" * 32), DatabaseSettings(database.app_url))
    async with open_engine(database.app_url):
        tenant = await found_tenant(PASSWORD)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test.example.com") as client:
            yield Api(client, tenant)
