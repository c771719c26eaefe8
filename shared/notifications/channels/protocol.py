"""What every way of sending looks like."""

from typing import Protocol
from uuid import UUID

import msgspec

from shared.outbox.outcomes import Outcome


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to leave; an SMS has neither subject nor HTML. No `sender_name`: the product's."""

    address: str
    recipient_name: str
    subject: str
    text: str
    html: str
    sender_name: str = ""


class Channel(Protocol):
    """One provider. A try ends as a value; nothing about a provider is raised."""

    idempotent: bool
    """The provider recognises a token it has seen and does not send again."""
    timeout_s: float
    """How long one try may take."""

    async def send(self, message: Outgoing, token: UUID, deadline: float) -> Outcome:
        """Try once; `deadline` by the event loop's clock, after which the try is given up."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
