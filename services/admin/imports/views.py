"""Complaints from a file: sent, its columns told, tried, and taken by a worker."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from services.admin.forms import Fields, fields_of, form_of, refused
from services.admin.pages import fragment, go, look, page, whole_page
from services.admin.session import AnyRequest, FromSession, Reader, web_settings
from shared.attachments.downloads import download_address
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.errors import AppError, Conflict, Invalid
from shared.file_jobs.repository import JobState
from shared.imports import jobs
from shared.imports.jobs import LONGEST_FILE_BYTES, Uploaded
from shared.imports.mapping import DEALER, FIELDS, Mapping
from shared.imports.outcomes import RowOutcome
from shared.imports.result_file import explained
from shared.permissions import Permission
from shared.tenants import dealers
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.labels import label
from shared.web.locale import Locale, translator
from shared.web.sentences import sentence

_MOST_WORDS: Final = 30
_OFFERED: Final = tuple(name for name in FIELDS if name not in {"language", "customer_phone_kind"})


class ImportLine(msgspec.Struct, frozen=True, kw_only=True):
    """One file; `percent` of its rows are done, `error` is a sentence."""

    id: UUID
    name: str
    state: str
    rows: int
    percent: int
    dry_run: bool
    accepted: int
    repeated: int
    rejected: int
    has_result: bool
    error: str
    created_at: datetime


class ImportsPage(msgspec.Struct, frozen=True, kw_only=True):
    """One's own files, and the form that sends one."""

    lines: list[ImportLine]
    is_working: bool
    form: FormState = EMPTY_FORM


class TriedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of a row, in words."""

    line: int
    reference: str
    status: str
    problems: list[str]
    said: str


class MappingPage(msgspec.Struct, frozen=True, kw_only=True):
    """One file: what its columns mean, the words it has for channels, and what became of rows so far."""

    line: ImportLine
    fields: list[str]
    columns: list[Choice]
    chosen: dict[str, str]
    words: list[str]
    channels: list[Choice]
    channel_of: dict[str, str]
    dealers: list[Choice]
    constants: dict[str, str]
    dealer_by: str
    historical: bool
    may_start: bool
    rows: list[TriedRow] | None = None
    form: FormState = EMPTY_FORM


@get("/imports")
async def import_list(request: AnyRequest, reader: FromSession) -> Response[str]:
    """One's own files."""
    reader.actor.require(Permission.CASE_IMPORT)
    return await _page(request, reader)


@get("/imports/list")
async def again(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The list again, while a file is being worked on."""
    model = await _model(reader)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        now = await tx.now()
    return fragment(request, reader, now, "imports/_list.html", page=model)


@post("/imports", request_max_body_size=LONGEST_FILE_BYTES + 100_000)
async def send(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Take a file; what its columns mean is asked next."""
    reader.actor.require(Permission.CASE_IMPORT)
    sent = (await form_of(request)).get("file")
    try:
        if not isinstance(sent, UploadFile) or not sent.filename:
            raise Invalid.field("file", "required")
        found = await jobs.upload(reader.actor, sent.filename, await sent.read())
    except Invalid as error:
        return await _page(request, reader, error=error)
    return go(request, f"/imports/{found.job.id}")


@get("/imports/{import_id:uuid}")
async def show(request: AnyRequest, reader: FromSession, import_id: FromPath[UUID]) -> Response[str]:
    """One file and what its columns mean."""
    found = await jobs.uploaded(reader.actor, import_id)
    return await _mapping_page(request, reader, found, found.params.mapping)


@post("/imports/{import_id:uuid}/start")
async def start(
    request: AnyRequest, reader: FromSession, import_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Try the first rows, check all of them, or take them."""
    found = await jobs.uploaded(reader.actor, import_id)
    fields = await fields_of(request)
    mapping = _mapping(found, fields)
    wanted = fields.get("how", "preview")
    try:
        if wanted not in {"check", "take"}:
            tried = await jobs.preview(reader.actor, import_id, mapping)
            return await _mapping_page(request, reader, found, mapping, rows=tried.rows, fields=fields)
        historical = fields.get("historical") == "true"
        await jobs.start(reader.actor, import_id, mapping, historical=historical, dry_run=wanted == "check")
    except (Invalid, Conflict) as error:
        return await _mapping_page(request, reader, found, mapping, error=error, fields=fields)
    return go(request, "/imports", "import")


@get("/imports/{import_id:uuid}/file")
async def file(request: AnyRequest, reader: FromSession, import_id: FromPath[UUID]) -> Response[None]:
    """To what became of each row."""
    signed_key = await jobs.link_to(reader.actor, import_id, web_settings(request).secret)
    return go(request, download_address(signed_key))


def _mapping(found: Uploaded, fields: Fields) -> Mapping:
    """What the form says; a column that the file does not have counts as not chosen."""
    header = found.params.header
    columns = {name: fields[f"map_{name}"] for name in _OFFERED if fields.get(f"map_{name}") in header}
    constants = {
        name: fields[f"constant_{name}"] for name in ("channel", DEALER) if fields.get(f"constant_{name}")
    }
    values = dict(found.params.mapping.values.get("channel", {}))
    number = 0
    while f"word_{number}" in fields and number < _MOST_WORDS:
        if fields.get(f"channel_{number}") in {each.value for each in Channel}:
            values[fields[f"word_{number}"]] = fields[f"channel_{number}"]
        number += 1
    return Mapping(
        columns=dict(columns),
        constants=dict(constants),
        values={"channel": values},
        dealer_by="name" if fields.get("dealer_by") == "name" else "code",
    )


async def _mapping_page(
    request: AnyRequest,
    reader: Reader,
    found: Uploaded,
    mapping: Mapping,
    *,
    rows: list[RowOutcome] | None = None,
    fields: Fields | None = None,
    error: AppError | None = None,
) -> Response[str]:
    speak = translator(reader.locale)
    chosen = {name: column for name, column in (mapping.columns or {}).items() if isinstance(column, str)}
    words = await jobs.words_of(reader.actor, found.job.id, chosen.get("channel", ""), _MOST_WORDS)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        known = [
            each
            for each in await dealers.dealers(tx, reader.actor.oem_id)
            if each.active and not each.is_desk
        ]
        shown = await look(tx, reader)
    model = MappingPage(
        line=_line(found, reader),
        fields=list(_OFFERED),
        columns=[Choice(each, each) for each in found.params.header if each],
        chosen=chosen,
        words=words,
        channels=[Choice(each.value, label(speak, "channel", each.value)) for each in Channel],
        channel_of=mapping.values.get("channel", {}),
        dealers=[
            Choice(
                each.name if mapping.dealer_by == "name" else each.code, reader.named(each.name, each.name_en)
            )
            for each in known
        ],
        constants={name: str(value) for name, value in mapping.constants.items()},
        dealer_by=mapping.dealer_by,
        historical=found.params.historical if fields is None else fields.get("historical") == "true",
        may_start=found.job.state in {JobState.DRAFT, JobState.READY, JobState.FAILED}
        and (found.params.dry_run or found.job.state is not JobState.READY),
        rows=None if rows is None else [_tried(each, reader) for each in rows],
        form=_told(error, reader) if error else EMPTY_FORM,
    )
    status = error.status if error else 200
    return await page(request, reader, shown, "imports/import.html", "queue", status=status, page=model)


def _told(error: AppError, reader: Reader) -> FormState:
    """Everything that is wrong in one message: columns are named by the sentences themselves."""
    form = refused({}, error, translator(reader.locale))
    speak = translator(reader.locale)
    colon = ": " if reader.locale is Locale.EN else "："
    lines = [
        " / ".join(label(speak, "import_field", each) for each in name.split(" / ")) + colon + text
        for name, text in form.errors.items()
    ]
    return FormState(errors=form.errors, message=" ".join([form.message, *lines]))


def _tried(row: RowOutcome, reader: Reader) -> TriedRow:
    speak = translator(reader.locale)
    said = [label(speak, "category", row.category), label(speak, "urgency", row.urgency), row.owner_name]
    return TriedRow(
        line=row.line,
        reference=row.reference,
        status=row.status.value,
        problems=[explained(speak, each) for each in row.problems],
        said=" · ".join(said) if row.category else row.number,
    )


async def _model(reader: Reader, form: FormState = EMPTY_FORM) -> ImportsPage:
    found = await jobs.uploads(reader.actor)
    return ImportsPage(
        lines=[_line(each, reader) for each in found],
        is_working=any(each.job.is_under_way for each in found),
        form=form,
    )


def _line(found: Uploaded, reader: Reader) -> ImportLine:
    job, speak = found.job, translator(reader.locale)
    return ImportLine(
        id=job.id,
        name=job.input.name if job.input else "",
        state=job.state.value,
        rows=job.total,
        percent=job.done * 100 // job.total if job.total else 0,
        dry_run=found.params.dry_run,
        accepted=job.counts.get("accepted", 0),
        repeated=job.counts.get("repeated", 0),
        rejected=job.counts.get("rejected", 0),
        has_result=job.result is not None,
        error=sentence(speak, job.error.code, job.error.params) if job.error else "",
        created_at=job.created_at,
    )


async def _page(request: AnyRequest, reader: Reader, *, error: AppError | None = None) -> Response[str]:
    form = refused({}, error, translator(reader.locale)) if error else EMPTY_FORM
    model = await _model(reader, form)
    status = error.status if error else 200
    return await whole_page(request, reader, "imports/imports.html", "queue", status=status, page=model)


HANDLERS = [import_list, again, send, show, start, file]
