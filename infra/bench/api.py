"""One API process over a large world, and who asks it."""

import asyncio
import os
import secrets
import socket
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import aiohttp

from infra.dev.ports import HOST
from infra.dev.servers import Servers
from shared.db.engine import ENGINE
from shared.onboarding.service import NewOem, add_dealer, add_region, onboard_oem
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from shared.tenants.dealers import NewDealer, NewRegion

DEALER_STAFF: Final = "bench-manager@example.com"
HEAD_OFFICE: Final = "bench-office@example.com"
DISTRICT: Final = "D"
_PASSWORD: Final = secrets.token_urlsafe(12)
_TICKS: Final = os.sysconf("SC_CLK_TCK")
PATIENCE: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Api:
    """The process and its address."""

    url: str
    pid: int

    @asynccontextmanager
    async def signed_in(self, email: str) -> AsyncGenerator[aiohttp.ClientSession]:
        """A client that acts as one of the two people."""
        async with aiohttp.ClientSession(self.url) as client:
            sign_in = {"email": email, "password": _PASSWORD}
            async with client.post("/api/v1/session", json=sign_in) as answer:
                token = (await answer.json())["token"]
            client.headers["Authorization"] = f"Bearer {token}"
            yield client

    def cpu_s(self) -> float:
        """The processor time used so far, in seconds."""
        return cpu_s(self.pid)

    def memory_mib(self) -> float:
        """The most memory ever held, in MiB."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        line = next(line for line in text.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


def cpu_s(pid: int) -> float:
    """The processor time a process has used so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def live_dealer(running: Servers) -> Scope:
    """An OEM made by the product, with one dealer; its service manager and a head office can sign in."""
    await ENGINE.open(running.postgres_app_url, pool_size=2, acquire_timeout=PATIENCE, application="bench")
    try:
        oem = await onboard_oem(
            NewOem(
                slug="bench-live",
                name="测试车厂",
                name_en="Bench Motors",
                admin_email="bench-admin@example.com",
                admin_name="测试员",
            )
        )
        boss = Actor.system(oem.oem_id)
        area = await add_region(boss, NewRegion(code="A", name="东区", name_en="East"))
        district = await add_region(
            boss, NewRegion(code=DISTRICT, name="一区", name_en="First", parent_id=area.id)
        )
        dealer = await add_dealer(
            boss, NewDealer(region_id=district.id, code="L1", name="测试店", name_en="Bench dealer")
        )
        for email, role, dealer_id in (
            (DEALER_STAFF, Role.SERVICE_MANAGER, dealer.id),
            (HEAD_OFFICE, Role.HEAD_OFFICE, 0),
        ):
            await add_staff(
                boss,
                NewStaff(email=email, name="测试员", role=role, dealer_id=dealer_id, password=_PASSWORD),
            )
    finally:
        await ENGINE.close()
    return Scope.dealer(oem.oem_id, dealer.id)


@asynccontextmanager
async def running_api(running: Servers) -> AsyncGenerator[Api]:
    """Start one API process; it is ready when this comes back."""
    port = free_port()
    environment = {
        **os.environ,
        **running.environment(),
        "HUIYIN_SECRET": secrets.token_urlsafe(32),
        "HUIYIN_LOG_LEVEL": "warning",
        "HUIYIN_DATABASE_POOL": "16",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "api", "--port", str(port), env=environment
    )
    try:
        url = f"http://{HOST}:{port}"
        await until_answered(url, "/readyz")
        yield Api(url, process.pid)
    finally:
        process.terminate()
        await process.wait()


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


async def until_answered(url: str, path: str) -> None:
    """Come back when `path` answers 200; raises `RuntimeError` after half a minute."""
    deadline = time.monotonic() + 30
    async with aiohttp.ClientSession(url) as client:
        while time.monotonic() < deadline:
            try:
                async with client.get(path) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    raise RuntimeError(f"{url} does not get ready")
