"""Real providers on loopback that do what a test tells them: an SMTP server and an SMS gateway."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from enum import Enum
from ssl import SSLContext
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Behaviour(Enum):
    """What the provider does with the next tries."""

    TAKE = "take"
    REFUSE = "refuse"
    THROTTLE = "throttle"
    TROUBLE = "trouble"
    HANG = "hang"
    TAKE_AND_DROP = "take_and_drop"


RETRY_AFTER_S = 7


@dataclass
class Provider:
    """What was taken, under which token, and how it behaves now."""

    behaviour: Behaviour = Behaviour.TAKE
    taken: list[tuple[str, str]] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """Mails as they came over the wire."""
    connections: int = 0
    sign_ins: int = 0
    port: int = 0
    retry_after: str = str(RETRY_AFTER_S)
    refusal: int = 0
    enhanced: str = "5.1.1"
    """The enhanced status (RFC 3463) beside `refusal`, of a mail server."""
    sender_refusal: str = ""
    """What a mail server says to our own address instead of taking it."""
    answer: dict[str, Any] | None = None
    form: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    secret: str = ""
    drop: Callable[[], None] = lambda: None
    """Closes every connection, as a server does with idle ones."""
    released: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def tokens(self) -> list[str]:
        return [token for token, _ in self.taken]


class _Mailbox:
    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.provider.sender_refusal:
            return self.provider.sender_refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.provider.behaviour is Behaviour.REFUSE:
            return f"{self.provider.refusal or 550} {self.provider.enhanced} No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, _class=EmailMessage, policy=default)
        token = mail["Message-ID"].strip("<>").partition("@")[0]
        match self.provider.behaviour:
            case Behaviour.THROTTLE:
                return "450 4.7.0 Slow down"
            case Behaviour.TROUBLE:
                return "451 4.3.0 Trouble"
            case Behaviour.HANG:
                await self.provider.released.wait()
            case _:
                self.provider.taken.append((token, mail.get_body(("plain",)).get_content()))
                self.provider.requests.append(mail)
                self.provider.raw.append(envelope.content)
        if self.provider.behaviour is Behaviour.TAKE_AND_DROP:
            server.transport.abort()
        return "250 2.0.0 Kept as 42"


@asynccontextmanager
async def smtp_server(
    tls: SSLContext | None = None, *, starttls: bool = False, password: str | None = None
) -> AsyncIterator[Provider]:
    """An SMTP server; with `tls` over TLS, or by STARTTLS."""
    provider = Provider()

    def check(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        success = data.password.decode() == password
        provider.sign_ins += success
        return AuthResult(success=success, handled=success)

    open_now: list[SMTP] = []

    def drop() -> None:
        for each in open_now:
            each.transport.close()

    def connected() -> SMTP:
        provider.connections += 1
        made = SMTP(
            _Mailbox(provider),
            hostname="localhost",
            loop=asyncio.get_running_loop(),
            tls_context=tls if starttls else None,
            require_starttls=starttls,
            authenticator=check if password else None,
            auth_require_tls=False,
        )
        open_now.append(made)
        return made

    provider.drop = drop
    server = await asyncio.get_running_loop().create_server(
        connected, "127.0.0.1", 0, ssl=None if starttls else tls
    )
    provider.port = server.sockets[0].getsockname()[1]
    try:
        yield provider
    finally:
        provider.released.set()
        server.close()


@asynccontextmanager
async def sms_gateway() -> AsyncIterator[Provider]:
    """An SMS gateway that takes a token once and answers a repetition like the first time."""
    provider = Provider()

    async def send(request: web.Request) -> web.Response:
        body = await request.read()
        provider.requests.append((dict(request.headers), body))
        order = await request.json()
        match provider.behaviour:
            case Behaviour.REFUSE:
                return web.json_response({"error": "to"}, status=provider.refusal or 422)
            case Behaviour.THROTTLE:
                return web.json_response({}, status=429, headers={"Retry-After": provider.retry_after})
            case Behaviour.TROUBLE:
                return web.Response(status=503, text="<html>")
            case Behaviour.HANG:
                await provider.released.wait()
            case _:
                if order["token"] not in provider.tokens:
                    provider.taken.append((order["token"], order["text"]))
        if provider.behaviour is Behaviour.TAKE_AND_DROP:
            request.transport.abort()
        return web.json_response({"id": 42})

    async with served(provider, send):
        yield provider


@asynccontextmanager
async def served(
    provider: Provider, answer: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> AsyncIterator[Provider]:
    """The provider at work on a port of its own, whatever path is asked."""
    application = web.Application()
    application.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.port = runner.addresses[0][1]
    try:
        yield provider
    finally:
        provider.released.set()
        await asyncio.sleep(0)
        await runner.cleanup()


@asynccontextmanager
async def deaf_port() -> AsyncIterator[int]:
    """A port where no connection is ever made: its queue is full, and nobody takes from it."""
    loop = asyncio.get_running_loop()
    with socket.socket() as server, socket.socket() as first:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        first.setblocking(False)
        await loop.sock_connect(first, server.getsockname())
        yield server.getsockname()[1]
