"""What the page about the outbox shows: which messages went, wait or failed."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.web.components import Tab


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one recipient. `address` is masked; `error` is what the provider answered last.

    `held_for`: why it is held back, until `held_until`. Told in a digest (`digest_url` leads to that), its
    state, times and error are the digest's; a digest's own `digest_url` leads to what it stands for.
    """

    id: UUID
    created_at: datetime
    channel: str
    purpose: str
    recipient: str
    address: str
    state: str
    in_digest: bool = False
    digest_url: str = ""
    attempts: int
    next_attempt_at: datetime | None = None
    sent_at: datetime | None = None
    receipt: str = ""
    receipt_at: datetime | None = None
    error: str = ""
    held_for: str = ""
    held_until: datetime | None = None
    case_id: UUID | None = None
    case_number: str = ""
    may_requeue: bool = False


class MessagesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of one state; `channel` narrows it, empty means any. `of_digest`: one digest's messages."""

    tabs: list[Tab]
    view: str
    channel: str
    of_digest: bool = False
    rows: list[MessageRow]
    more_url: str | None
