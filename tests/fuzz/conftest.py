"""A real API process over an OEM with people and a case."""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from infra.dev.ports import free_port
from shared.accounts.service import create_api_key
from shared.permissions import Role
from tests.support.background import open_engine
from tests.support.servers import Database
from tests.support.tenant import found_tenant
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = secrets.token_urlsafe(12)
COMPLAINT = {"channel": "phone", "words": "刹车异响，跑高速时更响", "customer_phone": "13800001234"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where the API answers, who may call it (by name), and a case that all of them see."""

    url: str
    tokens: dict[str, str]
    case_id: str

    def case_version(self) -> int:
        answer = httpx.get(f"{self.url}/api/v1/cases/{self.case_id}", headers=self.headers("manager"))
        return int(answer.json()["version"])

    def headers(self, caller: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[caller]}"}


@pytest.fixture(scope="module")
def target(database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    emails, key = asyncio.run(_company(database))
    port = free_port(None)
    files = tmp_path_factory.mktemp("files")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HUIYIN_")},
        "PYTHONPATH": str(ROOT),
        "HUIYIN_DATABASE_URL": database.app_url,
        "HUIYIN_REDIS_URL": redis_url,
        "HUIYIN_SECRET": secrets.token_urlsafe(32),
        "HUIYIN_FILES_URL": files.as_uri(),
        "HUIYIN_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "services.cli", "api", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(url), "the API answers", 60)
        tokens = {name: _sign_in(url, email) for name, email in emails.items()} | {"integration": key}
        yield Target(url, tokens, _register(url, tokens["manager"]))
    finally:
        process.terminate()
        process.wait(20)


async def _company(database: Database) -> tuple[dict[str, str], str]:
    async with open_engine(database.app_url):
        tenant = await found_tenant(PASSWORD)
        key = await create_api_key(tenant.actor(Role.ADMINISTRATOR), "fuzz", tenant.here)
    emails = {"manager": tenant.emails[0, Role.HEAD_OFFICE]}
    return emails, key


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _sign_in(url: str, email: str) -> str:
    answer = httpx.post(f"{url}/api/v1/session", json={"email": email, "password": PASSWORD})
    return str(answer.json()["token"])


def _register(url: str, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{url}/api/v1/cases", json=COMPLAINT, headers=headers)
    return str(answer.json()["id"])
