"""What the page of a working calendar shows."""

import msgspec

from shared.calendars.year_view import YearInView
from shared.cases.calendar_change import CalendarEffect
from shared.tenants.policies import StoredVersion
from shared.web.components import Choice, FormState


class MissedLine(msgspec.Struct, frozen=True):
    """A calendar that lacks a year; `dealer` is empty for the OEM's."""

    dealer: str
    dealer_id: int
    years: str


class CalendarPage(msgspec.Struct, frozen=True, kw_only=True):
    """One calendar with the days of one year.

    `dealer_id` 0 is the OEM; `own` says that the dealer has a calendar of its own, `version` what a change is
    made from, `shown_version` an earlier one that the form holds. `knows_days`: the year's public holidays
    can be filled in. `skipped`: events of a file that was read which could not be read as days.
    """

    dealer_id: int
    dealer: str
    dealers: list[Choice]
    own: bool
    version: int
    shown_version: int | None
    form: FormState
    file_form: FormState
    time_zones: list[Choice]
    view: YearInView
    knows_days: bool
    filled: bool
    missed: list[MissedLine]
    with_their_own: list[Choice]
    versions: list[StoredVersion]
    effect: CalendarEffect | None
    skipped: int = 0
