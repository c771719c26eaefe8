"""The post office: SMTP server, SMS gateway and their page in one process on loopback."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiosmtpd.smtp import SMTP

from infra.dev.ports import HOST
from infra.dev.postoffice.faults import FaultMaker
from infra.dev.postoffice.gateway import Gateway
from infra.dev.postoffice.mail import Mailbox
from infra.dev.postoffice.pages import Pages
from infra.dev.postoffice.store import Store

_LARGEST_MAIL_BYTES = 32 * 2**20
_GREETING = "Huiyin post office"


@dataclass(frozen=True, slots=True)
class PostOffice:
    """An open post office."""

    store: Store
    faults: FaultMaker
    url: str
    smtp_port: int

    @property
    def sms_url(self) -> str:
        """Where the SMS channel sends."""
        return f"{self.url}/sms"


@asynccontextmanager
async def opened(file: Path, secret: str, *, port: int = 0, smtp_port: int = 0) -> AsyncGenerator[PostOffice]:
    """Open the post office for the length of the block; ports of 0 are chosen, `file` keeps the messages."""
    store = Store(file)
    faults = FaultMaker()
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(_application(store, faults, secret), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        mail = await loop.create_server(lambda: _smtp(store, faults), HOST, smtp_port)
        async with mail:
            yield PostOffice(
                store,
                faults,
                f"http://{HOST}:{runner.addresses[0][1]}",
                mail.sockets[0].getsockname()[1],
            )
    finally:
        await runner.cleanup()
        store.close()


def _smtp(store: Store, faults: FaultMaker) -> SMTP:
    return SMTP(
        Mailbox(store, faults),
        data_size_limit=_LARGEST_MAIL_BYTES,
        enable_SMTPUTF8=True,
        hostname="localhost",
        ident=_GREETING,
        loop=asyncio.get_running_loop(),
    )


def _application(store: Store, faults: FaultMaker, secret: str) -> web.Application:
    pages = Pages(store, faults)
    gateway = Gateway(store, faults, secret)
    application = web.Application()
    application.add_routes(
        [
            web.get("/", pages.index),
            web.get("/style.css", pages.style),
            web.get("/messages/{id:[0-9]{1,15}}/html", pages.html),
            web.get("/messages/{id:[0-9]{1,15}}/source", pages.source),
            web.get("/api/messages", pages.messages),
            web.delete("/api/messages", pages.forget),
            web.put("/api/faults", pages.set_faults),
            web.get("/healthz", pages.health),
            web.post("/sms", gateway.send),
            web.get("/sms/{token}", gateway.query),
        ]
    )
    return application
