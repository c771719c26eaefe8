"""What the page about the outbox shows: which messages went, wait or failed."""

from datetime import date, datetime
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
    """The list of one view, narrowed by what is chosen beside it, of which empty means any.

    `of_digest`: one digest's messages. `again_url` leads to sending all of them again.
    """

    tabs: list[Tab]
    view: str
    channel: str
    template: str = ""
    first_day: date | None = None
    last_day: date | None = None
    of_digest: bool = False
    again_url: str = ""
    rows: list[MessageRow]
    more_url: str | None


class FailedPage(msgspec.Struct, frozen=True, kw_only=True):
    """What would be sent again, before it is: `certain` messages, and `unknown` ones that may arrive twice.

    `unwanted` ones stay. `chosen` are the filters, as fields of the form; `back_url` leads to the list.
    """

    certain: int
    unknown: int
    unwanted: int
    oldest: datetime | None
    newest: datetime | None
    most: int
    chosen: dict[str, str]
    back_url: str
