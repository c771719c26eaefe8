"""Lists of cases as files: asked for in the list, made by a worker, given out by a link that soon ends."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.cases.filters import filters_of_query
from services.admin.forms import fields_of, refused
from services.admin.pages import fragment, go, whole_page
from services.admin.session import AnyRequest, FromSession, Reader, web_settings
from shared.attachments.downloads import download_address
from shared.db.engine import transaction
from shared.errors import AppError, Invalid, TooManyRequests
from shared.exports import service
from shared.exports.writing import Format
from shared.file_jobs.repository import FileJob
from shared.permissions import Permission
from shared.web.components import EMPTY_FORM, FormState
from shared.web.locale import translator
from shared.web.sentences import sentence

_LONGEST_QUERY: Final = 8_000


class ExportLine(msgspec.Struct, frozen=True, kw_only=True):
    """One export; `percent` of its rows are read, `error` is a sentence."""

    id: UUID
    state: str
    name: str
    rows: int
    percent: int
    size: int | None
    error: str
    created_at: datetime
    expires_at: datetime


class ExportsPage(msgspec.Struct, frozen=True, kw_only=True):
    """One's own exports; `is_working` lets the page look again every few seconds."""

    lines: list[ExportLine]
    is_working: bool
    form: FormState = EMPTY_FORM


@get("/exports")
async def export_list(request: AnyRequest, reader: FromSession) -> Response[str]:
    """One's own exports."""
    reader.actor.require(Permission.CASE_EXPORT)
    return await _page(request, reader)


@get("/exports/list")
async def again(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The list again, while a file is being made."""
    model = await _model(reader)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        now = await tx.now()
    return fragment(request, reader, now, "exports/_list.html", page=model)


@post("/exports")
async def ask(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Have the list in view made into a file."""
    reader.actor.require(Permission.CASE_EXPORT)
    fields = await fields_of(request)
    filters = filters_of_query(fields.get("query", "")[:_LONGEST_QUERY], reader)
    try:
        await service.request(reader.actor, filters.choice, _format(fields.get("format", "")), reader.locale)
    except (Invalid, TooManyRequests) as error:
        return await _page(request, reader, error=error)
    return go(request, "/exports", "export")


@get("/exports/{export_id:uuid}/file")
async def file(request: AnyRequest, reader: FromSession, export_id: FromPath[UUID]) -> Response[None]:
    """To the file."""
    signed_key = await service.link_to(reader.actor, export_id, web_settings(request).secret)
    return go(request, download_address(signed_key))


def _format(text: str) -> Format:
    try:
        return Format(text)
    except ValueError as error:
        raise Invalid.field("format", "unknown_value") from error


async def _model(reader: Reader, form: FormState = EMPTY_FORM) -> ExportsPage:
    found = await service.exports(reader.actor)
    return ExportsPage(
        lines=[_line(each, reader) for each in found],
        is_working=any(each.is_under_way for each in found),
        form=form,
    )


def _line(job: FileJob, reader: Reader) -> ExportLine:
    speak = translator(reader.locale)
    return ExportLine(
        id=job.id,
        state=job.state.value,
        name=job.result.name if job.result else speak.gettext("Cases"),
        rows=job.total,
        percent=job.done * 100 // job.total if job.total else 0,
        size=job.result.size_bytes if job.result else None,
        error=sentence(speak, job.error.code, job.error.params) if job.error else "",
        created_at=job.created_at,
        expires_at=job.expires_at,
    )


async def _page(request: AnyRequest, reader: Reader, *, error: AppError | None = None) -> Response[str]:
    form = EMPTY_FORM
    if error is not None:
        form = refused({}, error, translator(reader.locale))
        # The filters stand in the list, not here: one sentence says what is wrong with them.
        form = FormState(message=next(iter(form.errors.values()), form.message))
    model = await _model(reader, form)
    status = error.status if error else 200
    return await whole_page(request, reader, "exports/exports.html", "queue", status=status, page=model)


HANDLERS = [export_list, again, ask, file]
