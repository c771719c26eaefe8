"""`huiyin demo`: the whole product on embedded servers, with a past, until Ctrl-C."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from rich.console import Console
from rich.table import Table

from infra.dev import servers as dev
from infra.dev.demo import network
from infra.dev.demo.fill import ForeignDatabase, fill
from infra.dev.demo.people import LOGINS, PASSWORD
from infra.dev.locks import AlreadyHeldError, sole
from infra.dev.places import DEMO_LOCK, STATE, ServerError, make_folder
from infra.dev.ports import HOST, wait_until_free
from infra.dev.servers import Servers
from infra.dev.supervise import Service, Supervisor, until_told_to_stop
from shared import setting_values
from shared.clock import utc_now
from shared.notifications.addresses import configured_links
from shared.notifications.links import Links
from shared.settings import WebSettings

READY_S: Final = 60.0
PORTS_FREE_S: Final = 10.0
# What a start leaves to be printed takes minutes: the viewer's clicks come first.
_GENTLY: Final = ("nice", "-n", "15")
PORTS: Final = {
    "HUIYIN_API_PORT": 8000,
    "HUIYIN_ADMIN_PORT": 8001,
    "HUIYIN_POSTOFFICE_PORT": 8002,
    "HUIYIN_WORKER_PORT": 8003,
    "HUIYIN_REPORTS_WORKER_PORT": 8004,
    "HUIYIN_SMTP_PORT": 8025,
}


@dataclass(frozen=True, slots=True)
class Demo:
    """Where everything is in this run: its folder, ports by setting, the processes' environment."""

    folder: Path
    ports: Mapping[str, int]
    environment: Mapping[str, str]

    @classmethod
    def of(cls, servers: Servers, folder: Path, ports: Mapping[str, int]) -> "Demo":
        """The demo on these servers and ports; what the environment says otherwise wins."""
        make_folder(folder)
        own = {
            "HUIYIN_SECRET": _secret(folder / "secret"),
            "HUIYIN_SMS_SECRET": _secret(folder / "sms-secret"),
            "HUIYIN_PUBLIC_URL": f"http://{HOST}:{ports['HUIYIN_ADMIN_PORT']}",
            "HUIYIN_SMTP_HOST": HOST,
            "HUIYIN_PORTAL_URL": f"http://{HOST}:{ports['HUIYIN_API_PORT']}",
            "HUIYIN_SMS_URL": f"http://{HOST}:{ports['HUIYIN_POSTOFFICE_PORT']}/sms",
            "HUIYIN_FILES_URL": make_folder(folder / "files").resolve().as_uri(),
        }
        numbers = {name: str(port) for name, port in ports.items()}
        return cls(folder, ports, {**own, **os.environ, **numbers, **servers.environment()})

    def links(self) -> Links:
        """Where the messages of this run lead."""
        return configured_links(WebSettings.load(self.environment))

    def url(self, port: str) -> str:
        """The address of what listens on the port of that setting."""
        return f"http://{HOST}:{self.ports[port]}"


async def run(servers: Servers, ports: Mapping[str, int]) -> None:
    """Fill the database, start the processes, say where they are, and wait for Ctrl-C."""
    console = Console(highlight=False)
    started = time.monotonic()
    demo = Demo.of(servers, STATE / "demo", ports)
    await fill(servers, utc_now(), demo.links(), console.print)
    async with running(demo, console.print):
        console.print(_table(demo, time.monotonic() - started))
        await until_told_to_stop(os.getppid())
        console.print("Stopping …")


def chosen_ports(environment: Mapping[str, str]) -> dict[str, int]:
    """The port of each setting. Raises `ServerError` where one is no port number, or two are the same."""
    chosen = {name: _port(name, environment.get(name) or str(default)) for name, default in PORTS.items()}
    for name, port in chosen.items():
        if same := [other for other in chosen if other != name and chosen[other] == port]:
            raise ServerError(f"{name} and {same[0]} are both {port}; give each a port of its own.")
    return chosen


def _port(name: str, given: str) -> int:
    try:
        return setting_values.port(given)
    except ValueError as error:
        raise ServerError(f"{name}: {error}.") from error


@asynccontextmanager
async def running(demo: Demo, report: Callable[[str], None]) -> AsyncGenerator[None]:
    """All processes of the demo, usable, for the length of the block. Raises `ServerError`."""
    if taken := wait_until_free(list(demo.ports.values()), PORTS_FREE_S):
        names = [name for name, port in demo.ports.items() if port in taken]
        raise ServerError(f"Ports {taken} are in use by something else; choose others by {', '.join(names)}.")
    supervisor = Supervisor(_services(demo), demo.folder / "log", report)
    async with supervisor.running():
        await _until_ready(demo)
        yield


def main() -> int:
    """Run the demo; exit status 1 with a sentence when it cannot start."""
    try:
        ports = chosen_ports(os.environ)  # what is wrong is said before minutes of work, not after
        with sole(DEMO_LOCK), dev.running("demo") as servers:
            asyncio.run(run(servers, ports))
    except KeyboardInterrupt:
        return 0
    except (AlreadyHeldError, ForeignDatabase, ServerError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _secret(path: Path) -> str:
    # A set-up that was killed in between may have left it empty.
    if not path.exists() or not path.stat().st_size:
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return path.read_text(encoding="ascii")


def _services(demo: Demo) -> list[Service]:
    huiyin = (sys.executable, "-m", "services.cli")
    office = ("-m", "infra.dev.postoffice", "--file", str(demo.folder / "postoffice.sqlite"))
    ports = (
        "--port",
        str(demo.ports["HUIYIN_POSTOFFICE_PORT"]),
        "--smtp-port",
        str(demo.ports["HUIYIN_SMTP_PORT"]),
    )
    return [
        Service("postoffice", (sys.executable, *office, *ports), demo.environment),
        Service("api", (*huiyin, "api"), demo.environment),
        Service("admin", (*huiyin, "admin"), demo.environment),
        Service("worker", (*huiyin, "worker"), demo.environment),
        Service("reports", (*_GENTLY, *huiyin, "worker", "--reports"), demo.environment),
    ]


async def _until_ready(demo: Demo) -> None:
    pages = [
        f"{demo.url('HUIYIN_API_PORT')}/readyz",
        f"{demo.url('HUIYIN_ADMIN_PORT')}/readyz",
        demo.url("HUIYIN_POSTOFFICE_PORT"),
        f"{demo.url('HUIYIN_WORKER_PORT')}/readyz",
    ]
    async with aiohttp.ClientSession() as client:
        for page in pages:
            await _until_answers(client, page, demo.folder / "log")


async def _until_answers(client: aiohttp.ClientSession, page: str, log_folder: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        try:
            async with client.get(page, timeout=aiohttp.ClientTimeout(total=2)) as answer:
                if answer.status == 200:
                    return
        except (aiohttp.ClientError, TimeoutError):
            pass
        await asyncio.sleep(0.2)
    raise ServerError(f"{page} does not answer; see the logs in {log_folder}.")


def _table(demo: Demo, took_s: float) -> Table:
    table = Table(
        title=f"Huiyin 回音 is ready ({took_s:.0f} s). Ctrl-C stops it; the data stays.",
        title_justify="left",
        show_header=False,
    )
    table.add_row("Console", demo.url("HUIYIN_ADMIN_PORT"))
    table.add_row("Customers' form", f"{demo.url('HUIYIN_API_PORT')}/c/{network.SLUG}")
    table.add_row("API", f"{demo.url('HUIYIN_API_PORT')}/api/v1/openapi.json")
    table.add_row("Post office (SMS, e-mail)", demo.url("HUIYIN_POSTOFFICE_PORT"))
    table.add_row("Logs", str(demo.folder / "log"))
    table.add_section()
    for login in LOGINS:
        table.add_row(login.email, login.what)
    table.add_row("Password of all", PASSWORD)
    table.add_section()
    table.add_row(
        "Try first",
        "Sign in as the regional manager and watch the top of 'Next to run out' break. Another complaint "
        "arrives at the top of 'Escalations waiting on me', its SMS at the post office. Acknowledge it in "
        "the case, then sign in as its dealer's service manager and bring it to its end: contact, plan, "
        "resolve (the owner's message is at the post office), close. Last month's PDFs wait under "
        "'Reports'. The README walks you through.",
    )
    return table
