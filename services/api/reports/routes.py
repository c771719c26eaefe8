"""Monthly reports: ask for one, see how far it is, download it."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from services.api.parameters import Cursor
from services.api.reports.schemas import (
    WANTED,
    OfMonth,
    PageSize,
    Report,
    ReportList,
    ReportRequest,
    report_of,
)
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.reports import service
from shared.reports.month import Month
from shared.tenancy import Actor
from shared.web.downloads import content_disposition
from shared.web.locale import Translator, negotiate, translator

PDF = "application/pdf"
_TAGS = ["Reports"]
_AnyRequest = Request[Any, Any, Any]


@post(
    "/reports",
    tags=_TAGS,
    summary="Ask for a report",
    operation_id="requestReport",
    status_code=HTTP_202_ACCEPTED,
)
async def request_report(
    request: _AnyRequest, actor: NamedDependency[Actor], data: Annotated[ReportRequest, WANTED]
) -> Report:
    """Have a dealer's month made into a PDF; it takes seconds to minutes.

    While the same report is under way, asking again returns it: no Idempotency-Key is needed.
    """
    run = await service.request(actor, data.dealer_id, Month.parse(data.month), data.locale)
    return report_of(run, _speak(request))


@get("/reports", tags=_TAGS, summary="Reports", operation_id="listReports")
async def list_reports(
    request: _AnyRequest,
    actor: NamedDependency[Actor],
    month: OfMonth = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> ReportList:
    """A page of the reports within reach, newest request first."""
    actor.require(Permission.REPORT_READ)
    wanted = None if month is None else Month.parse(month)
    async with transaction(actor.scope, read_only=True) as tx:
        found = await service.runs(tx, actor.oem_id, month=wanted, cursor=cursor, limit=limit)
    speak = _speak(request)
    return ReportList([report_of(each, speak) for each in found.items], found.next_cursor)


@get("/reports/{report_id:uuid}", tags=_TAGS, summary="A report", operation_id="getReport")
async def get_report(
    request: _AnyRequest, actor: NamedDependency[Actor], report_id: FromPath[UUID]
) -> Report:
    """How far a report is."""
    async with transaction(actor.scope, read_only=True) as tx:
        found = await service.run(tx, actor.oem_id, report_id)
    actor.require(Permission.REPORT_READ)
    return report_of(found, _speak(request))


@get(
    "/reports/{report_id:uuid}/pdf",
    tags=_TAGS,
    summary="Its PDF",
    operation_id="getReportPdf",
    media_type=PDF,
    responses={
        HTTP_200_OK: ResponseSpec(bytes, generate_examples=False, description="The PDF.", media_type=PDF)
    },
    response_headers=[
        ResponseHeader(
            name="Content-Disposition",
            description="The name to save it under (RFC 6266).",
            documentation_only=True,
        )
    ],
)
async def get_report_pdf(actor: NamedDependency[Actor], report_id: FromPath[UUID]) -> Response[bytes]:
    """The PDF of a report; 409 `report_not_ready` until there is one."""
    name, content = await service.pdf_of(actor, report_id)
    return Response(content, media_type=PDF, headers={"Content-Disposition": content_disposition(name)})


def _speak(request: _AnyRequest) -> Translator:
    return translator(negotiate(accept_language=request.headers.get("accept-language")))


HANDLERS = [request_report, list_reports, get_report, get_report_pdf]
