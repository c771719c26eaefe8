"""The monthly reports: what there is, asking for one, and its PDF."""

from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.forms import fields_of, refused, whole_number
from services.admin.pages import UNCOMPRESSED, fragment, go, look, page
from services.admin.reports.reports_page import month_in, reports_page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.db.engine import transaction
from shared.errors import Invalid
from shared.permissions import Permission
from shared.reports import service
from shared.reports.service import Month
from shared.web.components import EMPTY_FORM, FormState
from shared.web.locale import locale_of, translator

_PDF: Final = "application/pdf"


@get("/reports")
async def reports(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The reports of the month in the address, or of all."""
    reader.actor.require(Permission.REPORT_READ)
    return await _page(request, reader)


@get("/reports/list")
async def report_list(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The list again, while a report is being made."""
    reader.actor.require(Permission.REPORT_READ)
    month = month_in(request.query_params.get("month"))
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = await reports_page(tx, reader, month)
        now = await tx.now()
    return fragment(request, reader, now, "reports/_list.html", page=model)


@post("/reports")
async def ask(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Ask for a dealer's month in a language."""
    reader.actor.require(Permission.REPORT_READ)
    fields = await fields_of(request)
    locale = locale_of(fields.get("locale")) or reader.locale
    try:
        month = Month.parse(fields.get("month", ""))
        await service.request(reader.actor, whole_number(fields, "dealer"), month, locale)
    except Invalid as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, status=error.status, form=form)
    return go(request, f"/reports?month={month}", "report")


@get("/reports/{run_id:uuid}/file", opt={UNCOMPRESSED: True})
async def file(reader: FromSession, run_id: FromPath[UUID]) -> Response[bytes]:
    """The PDF, under a name that says what it is."""
    name, content = await service.pdf_of(reader.actor, run_id)
    disposition = f"attachment; filename=\"report.pdf\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=_PDF, headers={"content-disposition": disposition})


async def _page(
    request: AnyRequest, reader: Reader, *, status: int = 200, form: FormState = EMPTY_FORM
) -> Response[str]:
    month = month_in(request.query_params.get("month"))
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = await reports_page(tx, reader, month, form)
        shown = await look(tx, reader)
    return await page(request, reader, shown, "reports/reports.html", "reports", status=status, page=model)


HANDLERS = [reports, report_list, ask, file]
