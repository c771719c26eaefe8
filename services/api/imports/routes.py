"""Imports: a file of complaints is sent, tried and taken."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, FromPath
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from services.api.attachments.routes import FileLink
from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.parameters import IdempotencyKey
from shared.attachments.downloads import download_address
from shared.attachments.service import LINK_LASTS
from shared.clock import utc_now
from shared.file_jobs.repository import JobState
from shared.imports import jobs
from shared.imports.jobs import LONGEST_FILE_BYTES, Preview, Uploaded
from shared.imports.mapping import Mapping
from shared.settings import WebSettings
from shared.tenancy import Actor
from shared.web.locale import negotiate, translator
from shared.web.sentences import sentence

_TAGS = ["Imports"]
_AnyRequest = Request[Any, Any, Any]
_MAPPING = {
    "columns": {"external_ref": "编号", "received_at": "受理时间", "dealer": "经销商", "words": "投诉内容"},
    "constants": {"channel": "phone"},
}


class ColumnMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which column means what.

    `columns` by field; `constants` where the file tells nothing; `values` translate the file's words;
    `dealer_by` says whether dealers are told by `code` or `name`.
    """

    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    dealer_by: Literal["code", "name"] = "code"

    @property
    def mapping(self) -> Mapping:
        """The same for the package."""
        return Mapping(
            columns=dict(self.columns),
            constants=dict(self.constants),
            values=self.values,
            dealer_by=self.dealer_by,
        )

    @classmethod
    def of(cls, mapping: Mapping) -> "ColumnMapping":
        """What of a mapping is a column for a field."""
        columns = {name: each for name, each in (mapping.columns or {}).items() if isinstance(each, str)}
        constants = {name: str(value) for name, value in mapping.constants.items()}
        return cls(columns=columns, constants=constants, values=mapping.values, dealer_by=mapping.dealer_by)


class ImportFile(msgspec.Struct, frozen=True, kw_only=True):
    """CSV or an Excel workbook, at most 10 MB."""

    file: UploadFile


_FILE = BodyKwarg(
    media_type=RequestEncodingType.MULTI_PART,
    examples=[Example(summary="The complaints of March", value={"file": "…"})],
)


class MappingWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which column means what."""

    mapping: ColumnMapping


class StartWanted(MappingWanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to take the file: `dry_run` tries every row and writes no case; `historical` tells nobody."""

    historical: bool = False
    dry_run: bool = True


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was sent; `counts` of rows accepted, repeated and rejected once it is ready."""

    id: UUID
    name: str
    state: JobState
    header: list[str]
    mapping: ColumnMapping
    historical: bool
    dry_run: bool
    total: int
    done: int
    counts: dict[str, int]
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime


class Imports(msgspec.Struct, frozen=True):
    """One's own imports, newest first."""

    items: list[Import]


@post(
    "/imports",
    tags=_TAGS,
    summary="Send a file",
    operation_id="sendImport",
    request_max_body_size=LONGEST_FILE_BYTES + 1_000,
)
async def send_import(
    request: _AnyRequest,
    actor: NamedDependency[Actor],
    data: Annotated[ImportFile, _FILE],
    idempotency_key: IdempotencyKey = None,
) -> Import:
    """Take a file and tell its columns; nothing is made of it yet.

    `mapping` is that of the last file with these columns, else what their names say.
    """
    name, content = data.file.filename or "", await data.file.read()
    return _import(request, await jobs.upload(actor, name, content, idempotency_key=idempotency_key))


@get("/imports", tags=_TAGS, summary="Imports", operation_id="listImports")
async def list_imports(request: _AnyRequest, actor: NamedDependency[Actor]) -> Imports:
    """One's own imports, newest first, at most a hundred."""
    return Imports([_import(request, each) for each in await jobs.uploads(actor)])


@get("/imports/{import_id:uuid}", tags=_TAGS, summary="An import", operation_id="getImport")
async def get_import(
    request: _AnyRequest, actor: NamedDependency[Actor], import_id: FromPath[UUID]
) -> Import:
    """How far an import is."""
    return _import(request, await jobs.uploaded(actor, import_id))


@post(
    "/imports/{import_id:uuid}/preview",
    tags=_TAGS,
    summary="Try its first rows",
    operation_id="previewImport",
    status_code=HTTP_200_OK,
)
async def preview_import(
    actor: NamedDependency[Actor],
    import_id: FromPath[UUID],
    data: Annotated[MappingWanted, example("Columns", mapping=_MAPPING)],
) -> Preview:
    """What would become of the first 50 rows, each with its reasons; writes nothing."""
    return await jobs.preview(actor, import_id, data.mapping.mapping)


@post(
    "/imports/{import_id:uuid}/start",
    tags=_TAGS,
    summary="Check or take it",
    operation_id="startImport",
    status_code=HTTP_202_ACCEPTED,
)
async def start_import(
    request: _AnyRequest,
    actor: NamedDependency[Actor],
    import_id: FromPath[UUID],
    data: Annotated[StartWanted, example("Take it", mapping=_MAPPING, dry_run=False)],
) -> Import:
    """Have a worker try every row or take them all; rows taken before are repeated, never twice."""
    started = await jobs.start(
        actor, import_id, data.mapping.mapping, historical=data.historical, dry_run=data.dry_run
    )
    return _import(request, started)


@get(
    "/imports/{import_id:uuid}/file",
    opt={ALSO: (409,)},
    tags=_TAGS,
    summary="A link to its result",
    operation_id="getImportFile",
)
async def get_import_file(
    request: _AnyRequest, actor: NamedDependency[Actor], import_id: FromPath[UUID]
) -> FileLink:
    """An address that gives out for five minutes what became of each row."""
    web: WebSettings = request.app.state.web
    signed_key = await jobs.link_to(actor, import_id, web.secret)
    return FileLink(f"{web.portal_url.rstrip('/')}{download_address(signed_key)}", utc_now() + LINK_LASTS)


def _import(request: _AnyRequest, found: Uploaded) -> Import:
    job, params = found.job, found.params
    speak = translator(negotiate(accept_language=request.headers.get("accept-language")))
    return Import(
        id=job.id,
        name=job.input.name if job.input else "",
        state=job.state,
        header=params.header,
        mapping=ColumnMapping.of(params.mapping),
        historical=params.historical,
        dry_run=params.dry_run,
        total=job.total,
        done=job.done,
        counts=job.counts,
        error=sentence(speak, job.error.code, job.error.params) if job.error else None,
        created_at=job.created_at,
        finished_at=job.finished_at,
        expires_at=job.expires_at,
    )


HANDLERS = [send_import, list_imports, get_import, preview_import, start_import, get_import_file]
