"""What the page about the reader's own account shows."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.web.components import EMPTY_FORM, Choice, FormState


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One signed-in browser, by the network address it signed in from."""

    id: UUID
    address: str
    started_at: datetime
    seen_at: datetime
    is_current: bool


class AbsenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A time away and the substitute; `last_at` lies in the last day."""

    id: UUID
    starts_at: datetime
    last_at: datetime
    substitute: str


class ToldRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message that may be switched off: `value` is sent, both others are shown."""

    value: str
    template: str
    channel: str
    is_wanted: bool


class AccountPage(msgspec.Struct, frozen=True, kw_only=True):
    """The person's own settings and sessions."""

    name: str
    email: str
    phone: str
    has_place: bool
    told: list[ToldRow]
    absences: list[AbsenceRow]
    substitutes: list[Choice]
    locale: str
    time_zone: str
    time_zones: list[Choice]
    has_shortcuts: bool
    sessions: list[SessionRow]
    form: FormState = EMPTY_FORM
    password_form: FormState = EMPTY_FORM
    absence_form: FormState = EMPTY_FORM
