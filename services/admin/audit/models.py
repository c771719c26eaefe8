"""What the page of the audit log shows."""

from datetime import date, datetime

import msgspec

from shared.web.components import Choice


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done. `thing` is the label of its kind, `case_id` and `case_number` name a case.

    `reason` is the label of one that had to be given, `words` the person's own; `origin` says where from.
    """

    at: datetime
    who: str
    role: str
    action: str
    thing: str
    case_id: str = ""
    case_number: str = ""
    fields: list[str]
    reason: str = ""
    words: str = ""
    origin: str = ""


class AuditLogPage(msgspec.Struct, frozen=True, kw_only=True):
    """The log under the filters of the address."""

    people: list[Choice]
    person: str
    entity: str
    action: str
    number: str
    first_day: date | None
    last_day: date | None
    lines: list[AuditLine]
    more_url: str | None
