"""What the pages about staff show."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from services.admin.account.models import AbsenceRow
from shared.permissions import Role
from shared.web.components import EMPTY_FORM, Choice, FormState, Tab


class StaffRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has a place. `place` is the dealer's name or the regions', empty for the whole OEM."""

    id: UUID
    name: str
    email: str
    role: Role
    place: str
    open_cases: int
    away_until: datetime | None
    substitute: str | None


class InvitationRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was asked in and has not answered."""

    id: UUID
    name: str
    email: str
    role: Role
    place: str
    created_by: str
    expires_at: datetime
    is_over: bool


class StaffPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of one view: `active`, `invited` or `left`."""

    tabs: list[Tab]
    view: str
    text: str
    role: str
    dealer: str
    roles: list[Choice]
    dealers: list[Choice]
    rows: list[StaffRow] = []
    invitations: list[InvitationRow] = []
    more_url: str | None = None


class PostChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What a post can be made of; without `dealers` it is the reader's own dealer `dealer_id`."""

    roles: list[Choice]
    dealers: list[Choice]
    regions: list[Choice]
    dealer_id: str
    chosen_regions: list[str] = []


class InvitePage(msgspec.Struct, frozen=True, kw_only=True):
    """The form to ask somebody in."""

    choices: PostChoices
    locale: str
    form: FormState = EMPTY_FORM


class DutyRow(msgspec.Struct, frozen=True):
    """Hours on duty as their two fields hold them; `day` is any date of that weekday (0 is Monday)."""

    weekday: int
    day: date
    since: str
    until: str


class MemberPage(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's place and what can be done about it; `heirs` may take the open cases over."""

    id: UUID
    version: int
    name: str
    email: str
    phone: str
    role: Role
    place: str
    locale: str
    time_zone: str
    active: bool
    since: datetime
    open_cases: int
    away_until: datetime | None
    substitute: str | None
    may_change: bool
    choices: PostChoices
    heirs: list[Choice]
    absences: list[AbsenceRow]
    substitutes: list[Choice]
    form: FormState = EMPTY_FORM
    leaving_form: FormState = EMPTY_FORM
    absence_form: FormState = EMPTY_FORM
    duties: list[DutyRow]
    abilities_form: FormState = EMPTY_FORM
