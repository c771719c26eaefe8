"""E-mail by SMTP, over connections that are kept.

The Message-ID is made from the token, so that a repeated mail is recognisable as the same one. A 4xx answer
may be tried again; a 5xx answer to the recipient or the content refuses the message. What is said of our
sender or our sign-in is our own fault, and tried until the operator has mended it. A connection that breaks,
or a wait that ends, after the content has left is `Unknown`: the server may have taken it.
"""

import asyncio
import contextlib
import re
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import EmailPolicy
from typing import Final
from uuid import UUID

import aiosmtplib

from shared.clock import utc_now
from shared.notifications.channels.protocol import Outgoing
from shared.notifications.channels.slots import Slots
from shared.outbox.outcomes import Outcome, Reject, Retry, Sent, Unknown, Untried
from shared.settings import SmtpSettings

CONNECTIONS = 8
"""Mails on their way at the same time; the others wait for a connection."""

_IDLE_S = 20.0
# What every server takes; anything else needs SMTPUTF8, quoting or a correction.
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+"
)
_ENHANCED: Final = re.compile(r"[45]\.\d{1,3}\.\d{1,3}(?![\d.])")
_SIGN_IN: Final = frozenset({530, 535, 538})
# Our address, our sign-in, and what vouches for us: RFC 3463, 4954, 7372, 7505.
_OF_SENDER: Final = frozenset({"5.1.7", "5.1.8", "5.7.8", *(f"5.7.{detail}" for detail in range(20, 28))})
_SENDER_NAME = "回音 Huiyin"
# A line of mail may have 998 characters (RFC 5322, 2.1.1). Python breaks at 78, and what it cannot break it
# encodes, which no mail program undoes in an address.
_UNSUBSCRIBE: Final = "List-Unsubscribe"
_LONG_LINES: Final = SMTP_POLICY.clone(max_line_length=998)


class _MailPolicy(EmailPolicy):
    def fold_binary(self, name: str, value: str) -> bytes:
        if name == _UNSUBSCRIBE:
            return _LONG_LINES.fold_binary(name, value)
        return super().fold_binary(name, value)


_MAIL_POLICY: Final = _MailPolicy(linesep=SMTP_POLICY.linesep)


class _Try:
    """One try: whether its content has left decides what a broken connection means."""

    content_left = False

    def broken(self, reason: str) -> Outcome:
        return Unknown(reason) if self.content_left else Retry(reason)


class SmtpChannel:
    """The channel; connects when first used and keeps connections for a while.

    `tls_context` replaces the system's trust (an own certificate authority, tests).
    """

    idempotent = False
    can_query = False

    def __init__(
        self, settings: SmtpSettings, timeout_s: float, tls_context: ssl.SSLContext | None = None
    ) -> None:
        self.timeout_s = timeout_s
        self._settings = settings
        self._tls_context = tls_context
        self._domain = settings.sender.rpartition("@")[2]
        self._slots = Slots(CONNECTIONS)
        self._idle: list[tuple[float, aiosmtplib.SMTP]] = []

    async def send(self, message: Outgoing, token: UUID, deadline: float) -> Outcome:
        """Send one e-mail and read the server's answers as an outcome."""
        if not _ADDRESS.fullmatch(message.address):
            return Reject("bad_address")
        async with self._slots.one(deadline) as is_free:
            if not is_free:
                return Untried()
            return await self._try(message.address, self._compose(message, token), deadline)

    async def _try(self, address: str, content: bytes, deadline: float) -> Outcome:
        this = _Try()
        try:
            async with asyncio.timeout_at(deadline):
                return await self._send(this, address, content)
        except TimeoutError:
            return this.broken("timeout")
        except aiosmtplib.SMTPResponseException as error:
            return Retry(_said(error))
        except (aiosmtplib.SMTPException, OSError) as error:
            return this.broken(type(error).__name__)

    async def query(self, message: Outgoing, token: UUID, deadline: float) -> Sent | None:  # noqa: ARG002  # the protocol's signature
        """A mail server cannot be asked."""
        return None

    async def close(self) -> None:
        """Close the kept connections."""
        while self._idle:
            _, client = self._idle.pop()
            client.close()

    async def _send(self, this: _Try, address: str, content: bytes) -> Outcome:
        client = await self._connected()
        try:
            outcome = await self._transfer(this, client, address, content)
        except BaseException:
            client.close()
            raise
        self._idle.append((asyncio.get_running_loop().time(), client))
        return outcome

    async def _transfer(self, this: _Try, client: aiosmtplib.SMTP, address: str, content: bytes) -> Outcome:
        try:
            await client.mail(self._settings.sender)
        except aiosmtplib.SMTPResponseException as error:
            return Retry(_said(error, "smtp from"))
        try:
            await client.rcpt(address)
            this.content_left = True
            answer = await client.data(content)
        except aiosmtplib.SMTPResponseException as error:
            refused = error.code >= 500 and not _is_our_fault(error)
            return Reject(_said(error)) if refused else Retry(_said(error))
        return Sent(answer.message[:200])

    async def _connected(self) -> aiosmtplib.SMTP:
        fresh_after = asyncio.get_running_loop().time() - _IDLE_S
        while self._idle:
            since, client = self._idle.pop()
            if since > fresh_after and await _is_ready(client):
                return client
            client.close()
        client = aiosmtplib.SMTP(
            hostname=self._settings.host,
            port=self._settings.port,
            username=self._settings.user,
            password=self._settings.password,
            local_hostname=self._domain,
            use_tls=self._settings.security == "tls",
            start_tls=self._settings.security == "starttls",
            tls_context=self._tls_context,
            timeout=self.timeout_s,
        )
        await client.connect()
        return client

    def _compose(self, message: Outgoing, token: UUID) -> bytes:
        mail = EmailMessage(policy=_MAIL_POLICY)
        mail["From"] = Address(
            display_name=message.sender_name or _SENDER_NAME, addr_spec=self._settings.sender
        )
        name = " ".join(message.recipient_name.split())
        mail["To"] = Address(display_name=name, addr_spec=message.address)
        mail["Subject"] = message.subject
        mail["Date"] = utc_now()
        mail["Message-ID"] = f"<{token}@{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        if message.choice_link:
            # One press in the reader's mail program, without opening a page (RFC 8058).
            mail[_UNSUBSCRIBE] = f"<{message.choice_link}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail.as_bytes()


def _said(error: aiosmtplib.SMTPResponseException, of: str = "smtp") -> str:
    """The code, and the enhanced status where the server gives one."""
    enhanced = _enhanced(error)
    return f"{of} {error.code} {enhanced}" if enhanced else f"{of} {error.code}"


def _is_our_fault(error: aiosmtplib.SMTPResponseException) -> bool:
    """Many servers judge the sender only once the recipient is named."""
    return error.code in _SIGN_IN or _enhanced(error) in _OF_SENDER


def _enhanced(error: aiosmtplib.SMTPResponseException) -> str:
    found = _ENHANCED.match(error.message)
    return found[0] if found else ""


async def _is_ready(client: aiosmtplib.SMTP) -> bool:
    """Whether a kept connection still answers; RSET also ends what a refused mail has left open."""
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await client.rset()
        return True
    return False
