"""The page model of the monthly reports, read in the caller's transaction."""

from typing import Final

from services.admin.region.models import ReportProgress
from services.admin.reports.models import ReportRow, ReportsPage
from services.admin.session import Reader
from shared.db.engine import Transaction
from shared.errors import Invalid
from shared.permissions import Permission
from shared.reports import service
from shared.reports.service import Month, ReportRun, RunState
from shared.tenants import dealers
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.formatting import Formats
from shared.web.locale import translator
from shared.web.sentences import sentence

_MONTHS_OFFERED: Final = 13
_ROWS_SHOWN: Final = 200


async def reports_page(
    tx: Transaction, reader: Reader, month: Month | None, form: FormState = EMPTY_FORM
) -> ReportsPage:
    """The newest reports of a month or of all, and the form that asks for another one."""
    found = await service.runs(tx, reader.actor.oem_id, month=month, limit=_ROWS_SHOWN)
    this_month = await _this_month(tx, reader)
    formats = Formats(translator(reader.locale), reader.zone)
    choices = [this_month.plus(-back) for back in range(_MONTHS_OFFERED)]
    if month is not None and month not in choices:
        choices.append(month)
    return ReportsPage(
        month=str(month) if month else "",
        wanted_month=str(month or this_month.plus(-1)),
        months=[Choice(str(each), formats.month(each.first_day)) for each in choices],
        dealers=await _dealers(tx, reader),
        rows=[_row(each, reader) for each in found.items],
        may_request=reader.actor.may(Permission.REPORT_REQUEST),
        is_working=any(each.is_under_way for each in found.items),
        form=form,
    )


async def progress(tx: Transaction, reader: Reader, dealer_count: int) -> ReportProgress | None:
    """How far the past month's reports are; None for who may not read them."""
    if not reader.actor.may(Permission.REPORT_READ):
        return None
    month = (await _this_month(tx, reader)).plus(-1)
    found = await service.runs(tx, reader.actor.oem_id, month=month, limit=_ROWS_SHOWN)
    ready = {each.dealer_id for each in found.items if each.state is RunState.READY}
    failed = {each.dealer_id for each in found.items if each.state is RunState.FAILED} - ready
    return ReportProgress(
        month=month.first_day,
        ready=min(len(ready), dealer_count),
        failed=len(failed),
        dealers=dealer_count,
    )


def month_in(text: str | None) -> Month | None:
    """The month of an address; what is none means all of them."""
    try:
        return Month.parse(text) if text else None
    except Invalid:
        return None


async def _this_month(tx: Transaction, reader: Reader) -> Month:
    return Month.of((await tx.now()).astimezone(reader.zone).date())


async def _dealers(tx: Transaction, reader: Reader) -> list[Choice]:
    found = await dealers.dealers(tx, reader.actor.oem_id)
    return [
        Choice(str(each.id), reader.named(each.name, each.name_en))
        for each in found
        if each.active and not each.is_desk
    ]


def _row(run: ReportRun, reader: Reader) -> ReportRow:
    trouble = None if run.state is RunState.READY else run.error
    speak = translator(reader.locale)
    return ReportRow(
        id=run.id,
        dealer=reader.named(run.dealer_name, run.dealer_name_en),
        month=run.month,
        locale_name=run.locale.own_name,
        state=run.state.value,
        requested_at=run.created_at,
        finished_at=run.finished_at,
        size=run.size_bytes,
        error=sentence(speak, trouble.code, trouble.params)
        if trouble and run.state != RunState.READY
        else "",
    )
