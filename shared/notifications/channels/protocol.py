"""What every way of sending looks like."""

from typing import Protocol
from uuid import UUID

import msgspec

from shared.outbox.messages import ProviderTemplate
from shared.outbox.outcomes import Outcome, Sent


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to leave; an SMS has neither subject nor HTML. No `sender_name`: the product's.

    Without `provider_template` a provider that sends approved templates only gets `text` by the one template
    of the installation. Behind `choice_link` the reader says that he wants no more of the kind. Robots and
    other systems are known by their OEM and an id as `address`.
    """

    address: str
    recipient_name: str
    subject: str
    text: str
    html: str
    sender_name: str = ""
    choice_link: str = ""
    oem_id: int = 0
    provider_template: ProviderTemplate | None = None


class Channel(Protocol):
    """One provider. A try ends as a value; nothing about a provider is raised."""

    idempotent: bool
    """The provider recognises a token it has seen and does not send again."""
    can_query: bool
    """The provider can be asked whether it has taken a token (`query`)."""
    timeout_s: float
    """How long one try may take."""

    async def send(self, message: Outgoing, token: UUID, deadline: float) -> Outcome:
        """Try once; `deadline` by the event loop's clock, after which the try is given up."""
        ...

    async def query(self, message: Outgoing, token: UUID, deadline: float) -> Sent | None:
        """What became of a try whose answer was lost; None where the provider knows of none."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
