"""What goes in and out of the report routes."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, QueryParameter

from shared.reports.repository import LONGEST_PAGE, ReportRun, RunState
from shared.web.locale import Locale, Translator
from shared.web.sentences import sentence

MonthText = Annotated[
    str, msgspec.Meta(max_length=10, description="A month as YYYY-MM.", examples=["2026-10"])
]


class ReportRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The report to make: a dealer's month in one language."""

    dealer_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    month: MonthText
    locale: Locale = Locale.ZH_CN


class ReportProblem(msgspec.Struct, frozen=True):
    """Why the last try failed: `code` for programs, `detail` in the language of Accept-Language."""

    code: str
    detail: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One making of a report.

    `state`: `queued` and `running` are under way; `ready` has a PDF of `size_bytes`; `failed` was given up.
    `problem` says why the last try failed, also while the next one is waited for.
    """

    id: UUID
    dealer_id: int
    dealer_code: str
    dealer_name: str
    dealer_name_en: str
    month: MonthText
    locale: Locale
    state: RunState
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    size_bytes: int | None
    problem: ReportProblem | None


class ReportList(msgspec.Struct, frozen=True):
    """A page of reports, newest request first; `next_cursor` None on the last one."""

    items: list[Report]
    next_cursor: str | None


def report_of(run: ReportRun, speak: Translator) -> Report:
    """A run as the API shows it."""
    problem = None
    if run.error is not None:
        problem = ReportProblem(run.error.code, sentence(speak, run.error.code, run.error.params))
    return Report(
        id=run.id,
        dealer_id=run.dealer_id,
        dealer_code=run.dealer_code,
        dealer_name=run.dealer_name,
        dealer_name_en=run.dealer_name_en,
        month=f"{run.month:%Y-%m}",
        locale=run.locale,
        state=run.state,
        requested_by=run.requested_name,
        requested_at=run.created_at,
        finished_at=run.finished_at,
        size_bytes=run.size_bytes,
        problem=problem,
    )


OfMonth = Annotated[
    str | None,
    QueryParameter(description="Only reports of this month, as YYYY-MM.", required=False, max_length=10),
]
PageSize = Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE, description="Reports per page.")]
WANTED: Final = BodyKwarg(
    examples=[
        Example(summary="October in Chinese", value={"dealer_id": 7, "month": "2026-10", "locale": "zh-CN"})
    ]
)
