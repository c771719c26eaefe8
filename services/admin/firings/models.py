"""What the fire log shows."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from shared.web.components import Choice


class MessageLine(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a firing; of one told in a digest, the digest. `url` leads to it among the messages."""

    recipient: str
    channel: str
    state: str
    in_digest: bool = False
    written_at: datetime
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    held_until: datetime | None = None
    error: str = ""
    url: str = ""


class FiringLine(msgspec.Struct, frozen=True, kw_only=True):
    """One firing; `level` is None for a warning, `suppressed` says why nobody was told."""

    id: UUID
    case_id: UUID
    number: str
    title: str
    dealer: str
    metric: str
    level: int | None
    percent: str
    due_at: datetime
    fired_at: datetime
    reason: str
    told: list[str]
    told_at: datetime | None
    suppressed: str
    acknowledged_by: str
    acknowledged_at: datetime | None
    met_at: datetime | None
    messages: list[MessageLine]


class FiringsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The log: of one case (`number` and `title` are its own), or of all that the filters leave."""

    case_id: UUID | None = None
    number: str = ""
    title: str = ""
    dealers: list[Choice] = []
    dealer: str = ""
    metric: str = ""
    answer: str = ""
    only_late: bool = False
    first_day: date | None = None
    last_day: date | None = None
    lines: list[FiringLine]
    more_url: str | None
