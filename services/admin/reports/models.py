"""What the page with the monthly reports shows."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from shared.web.components import EMPTY_FORM, Choice, FormState


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One report: a dealer's month in one language. `size` in bytes; `error` is a sentence."""

    id: UUID
    dealer: str
    month: date
    locale_name: str
    state: str
    requested_at: datetime
    finished_at: datetime | None = None
    size: int | None = None
    error: str = ""


class ReportsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The reports of one month (empty: of all), and the form that asks for another one.

    `wanted_month` is what the form begins with.
    `is_working` lets the page look again every few seconds.
    """

    month: str
    wanted_month: str
    months: list[Choice]
    dealers: list[Choice]
    rows: list[ReportRow]
    may_request: bool
    is_working: bool
    form: FormState = EMPTY_FORM
