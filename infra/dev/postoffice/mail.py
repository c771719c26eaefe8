"""The SMTP side of the post office."""

import asyncio
import email.policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from infra.dev.postoffice.faults import Fault, FaultMaker
from infra.dev.postoffice.store import NewMessage, Store
from shared.clock import utc_now


class Mailbox:
    """Takes every e-mail; the handler `aiosmtpd` calls."""

    def __init__(self, store: Store, faults: FaultMaker) -> None:
        self._store = store
        self._faults = faults

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """Keep one message per recipient."""
        came_at = utc_now()
        fault = self._faults.next()
        await asyncio.sleep(self._faults.faults.delay_ms / 1000)
        if fault is Fault.ERROR:
            return "451 4.3.0 Trouble on request"
        if fault is Fault.THROTTLE:
            return "450 4.7.0 Too many messages, on request"
        raw = envelope.original_content or b""
        parsed = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
        for recipient in envelope.rcpt_tos:
            message = NewMessage(
                channel="email",
                token=parsed["Message-ID"],
                sender=str(parsed["From"] or envelope.mail_from or ""),
                recipient=recipient,
                subject=str(parsed["Subject"] or ""),
                text=plain_text(parsed),
                raw=raw,
            )
            self._store.add(message, came_at)
        if fault is Fault.LOST_ANSWER and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 2.0.0 Kept"


def plain_text(message: EmailMessage) -> str:
    """The text part of an e-mail; empty when it has none."""
    return _part(message, "plain")


def html_part(raw: bytes) -> str:
    """The HTML part of an e-mail as it came; empty when it has none."""
    return _part(email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default), "html")


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    if body is None:
        return ""
    content = body.get_content()
    return content if isinstance(content, str) else ""
