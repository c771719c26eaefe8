"""Exports: lists of cases as files."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_202_ACCEPTED

from services.api.attachments.routes import FileLink
from services.api.exports.schemas import NEW_EXPORT, Export, Exports, NewExport, export_of
from services.api.openapi import ALSO
from services.api.parameters import IdempotencyKey
from shared.attachments.downloads import download_address
from shared.attachments.service import LINK_LASTS
from shared.clock import utc_now
from shared.exports import service
from shared.settings import WebSettings
from shared.tenancy import Actor
from shared.web.locale import Translator, negotiate, translator

_TAGS = ["Exports"]
_AnyRequest = Request[Any, Any, Any]


@post(
    "/exports",
    opt={ALSO: (429,)},
    tags=_TAGS,
    summary="Export cases",
    operation_id="requestExport",
    status_code=HTTP_202_ACCEPTED,
)
async def request_export(
    request: _AnyRequest,
    actor: NamedDependency[Actor],
    data: Annotated[NewExport, NEW_EXPORT],
    idempotency_key: IdempotencyKey = None,
) -> Export:
    """Have a list of cases made into a CSV or a workbook of at most 20,000 rows, the newest first.

    It takes seconds; the file is kept for a day and seen by who asked for it alone. Names, numbers and plates
    of customers are masked.
    """
    job = await service.request(actor, data.filter, data.format, data.locale, idempotency_key=idempotency_key)
    return export_of(job, _speak(request))


@get("/exports", tags=_TAGS, summary="Exports", operation_id="listExports")
async def list_exports(request: _AnyRequest, actor: NamedDependency[Actor]) -> Exports:
    """One's own exports, newest first, at most a hundred."""
    speak = _speak(request)
    return Exports([export_of(each, speak) for each in await service.exports(actor)])


@get("/exports/{export_id:uuid}", tags=_TAGS, summary="An export", operation_id="getExport")
async def get_export(
    request: _AnyRequest, actor: NamedDependency[Actor], export_id: FromPath[UUID]
) -> Export:
    """How far an export is."""
    return export_of(await service.export(actor, export_id), _speak(request))


@get(
    "/exports/{export_id:uuid}/file",
    opt={ALSO: (409,)},
    tags=_TAGS,
    summary="A link to its file",
    operation_id="getExportFile",
)
async def get_export_file(
    request: _AnyRequest, actor: NamedDependency[Actor], export_id: FromPath[UUID]
) -> FileLink:
    """An address that gives out the file for five minutes; 409 `export_not_ready`, `export_expired`."""
    web: WebSettings = request.app.state.web
    signed_key = await service.link_to(actor, export_id, web.secret)
    return FileLink(f"{web.portal_url.rstrip('/')}{download_address(signed_key)}", utc_now() + LINK_LASTS)


def _speak(request: _AnyRequest) -> Translator:
    return translator(negotiate(accept_language=request.headers.get("accept-language")))


HANDLERS = [request_export, list_exports, get_export, get_export_file]
