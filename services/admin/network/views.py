"""The pages about dealers, and the import of dealers and staff from files."""

from collections.abc import Awaitable, Callable

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile

from services.admin.forms import fields_of, form_of, refused
from services.admin.pages import go, links_of, look, page, whole_page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.db.engine import transaction
from shared.errors import FieldError, Invalid
from shared.onboarding.dealer_file import import_dealers, take_dealers
from shared.onboarding.files import (
    DEALER_COLUMNS,
    DEALER_REQUIRED,
    LONGEST_FILE_BYTES,
    STAFF_COLUMNS,
    STAFF_REQUIRED,
    FileResult,
    FileRow,
    RowStatus,
    example,
)
from shared.onboarding.staff_file import import_staff
from shared.permissions import Permission
from shared.tenants.dealers import dealers, regions
from shared.web.components import EMPTY_FORM, FormState
from shared.web.locale import msgid, translator
from shared.web.sentences import sentence

# A file comes back in a hidden field, percent-encoded: up to nine characters for one of Chinese.
_UPLOAD_LIMIT = LONGEST_FILE_BYTES * 3 + 50_000


class DealerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One dealer with its district and area."""

    code: str
    name: str
    region: str
    city: str
    phone: str
    active: bool


class NetworkPage(msgspec.Struct, frozen=True, kw_only=True):
    """The dealers by code, and the form for one more."""

    dealers: list[DealerRow]
    form: FormState = EMPTY_FORM


class VerdictRow(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one row of a file, in words."""

    line: int
    name: str
    status: RowStatus
    problems: list[str]


class FilePage(msgspec.Struct, frozen=True, kw_only=True):
    """Importing a file: first it is checked, then the same `content` is taken."""

    title: str
    action: str
    back: str
    columns: list[tuple[str, str, bool]]
    rows: list[VerdictRow] | None = None
    created: int = 0
    known: int = 0
    rejected: int = 0
    is_done: bool = False
    content: str = ""
    form: FormState = EMPTY_FORM


@get("/network")
async def network(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The dealers."""
    reader.actor.require(Permission.TENANT_MANAGE)
    return await _network(request, reader)


@post("/network")
async def add(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Add one dealer, with its area and district where they are new."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    cells = {name: fields.get(name, "").strip() for name in DEALER_COLUMNS}
    try:
        await _add(reader, cells)
    except Invalid as error:
        form = refused(fields, error, translator(reader.locale))
        return await _network(request, reader, status=error.status, form=form)
    return go(request, "/network", "dealer")


async def _add(reader: Reader, cells: dict[str, str]) -> None:
    missing = [FieldError(name, "required") for name in DEALER_REQUIRED if not cells[name]]
    if missing:
        raise Invalid("invalid_input", fields=missing)
    row = FileRow(line=1, cells=cells)
    (result,) = (await take_dealers(reader.actor, [row], dry_run=False)).rows
    if result.status is RowStatus.REJECTED:
        raise Invalid("invalid_input", fields=result.problems)
    if result.status is RowStatus.KNOWN:
        taken = FieldError("code", "dealer_code_taken", {"code": cells["code"]})
        raise Invalid("invalid_input", fields=[taken])


@get("/network/import")
async def dealer_file(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form for a file of dealers."""
    reader.actor.require(Permission.TENANT_MANAGE)
    return await _file(request, reader, _dealer_page(reader))


@post("/network/import", request_max_body_size=_UPLOAD_LIMIT)
async def check_dealers(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Check a file of dealers, or take it."""
    reader.actor.require(Permission.TENANT_MANAGE)

    async def work(content: bytes, *, dry_run: bool) -> FileResult:
        return await import_dealers(reader.actor, content, dry_run=dry_run)

    return await _take(request, reader, _dealer_page(reader), work)


@get("/staff/import")
async def staff_file(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form for a file of staff."""
    reader.actor.require(Permission.STAFF_MANAGE)
    return await _file(request, reader, _staff_page(reader))


@post("/staff/import", request_max_body_size=_UPLOAD_LIMIT)
async def check_staff(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Check a file of staff, or take it: everybody in it is invited."""
    reader.actor.require(Permission.STAFF_MANAGE)
    links = links_of(request)

    async def work(content: bytes, *, dry_run: bool) -> FileResult:
        return await import_staff(reader.actor, content, links, dry_run=dry_run)

    return await _take(request, reader, _staff_page(reader), work)


@get("/network/import/example", sync_to_thread=False)
def dealer_example(reader: FromSession) -> Response[bytes]:
    """An empty file of dealers."""
    reader.actor.require(Permission.TENANT_MANAGE)
    return _csv("dealers.csv", example(DEALER_COLUMNS))


@get("/staff/import/example", sync_to_thread=False)
def staff_example(reader: FromSession) -> Response[bytes]:
    """An empty file of staff."""
    reader.actor.require(Permission.STAFF_MANAGE)
    return _csv("staff.csv", example(STAFF_COLUMNS))


def _csv(name: str, content: bytes) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _dealer_page(reader: Reader) -> FilePage:
    speak = translator(reader.locale)
    return FilePage(
        title=speak.gettext(msgid("Import dealers")),
        action="/network/import",
        back="/network",
        columns=[(name, chinese, name in DEALER_REQUIRED) for name, chinese in DEALER_COLUMNS.items()],
    )


def _staff_page(reader: Reader) -> FilePage:
    speak = translator(reader.locale)
    return FilePage(
        title=speak.gettext(msgid("Import staff")),
        action="/staff/import",
        back="/staff",
        columns=[(name, chinese, name in STAFF_REQUIRED) for name, chinese in STAFF_COLUMNS.items()],
    )


_Work = Callable[..., Awaitable[FileResult]]


async def _take(request: AnyRequest, reader: Reader, empty: FilePage, work: _Work) -> Response[str]:
    form = await form_of(request)
    sent, kept = form.get("file"), form.get("content")
    is_taking = isinstance(kept, str) and bool(kept)
    content = kept.encode() if isinstance(kept, str) and kept else b""
    if not is_taking and isinstance(sent, UploadFile):
        content = await sent.read()
    speak = translator(reader.locale)
    try:
        result = await work(content, dry_run=not is_taking)
        text = content.decode("utf-8-sig") if _is_utf8(content) else content.decode("gb18030")
    except (Invalid, UnicodeDecodeError) as error:
        shown = error if isinstance(error, Invalid) else Invalid.field("file", "encoding_unknown")
        page_ = msgspec.structs.replace(empty, form=refused({}, shown, speak))
        return await _file(request, reader, page_, status=422)
    model = msgspec.structs.replace(
        empty,
        rows=[
            VerdictRow(
                line=each.line,
                name=each.name,
                status=each.status,
                problems=[
                    f"{problem.field}: {sentence(speak, problem.code, problem.params)}".removeprefix(": ")
                    for problem in each.problems
                ],
            )
            for each in result.rows
        ],
        created=result.count(RowStatus.CREATED),
        known=result.count(RowStatus.KNOWN),
        rejected=result.count(RowStatus.REJECTED),
        is_done=is_taking,
        content="" if is_taking else text,
    )
    return await _file(request, reader, model)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


async def _file(request: AnyRequest, reader: Reader, model: FilePage, *, status: int = 200) -> Response[str]:
    entry = "staff" if model.back == "/staff" else "network"
    return await whole_page(request, reader, "network/import.html", entry, status=status, page=model)


async def _network(
    request: AnyRequest, reader: Reader, *, status: int = 200, form: FormState = EMPTY_FORM
) -> Response[str]:
    actor = reader.actor
    async with transaction(actor.scope, read_only=True) as tx:
        known = {each.id: each for each in await regions(tx, actor.oem_id)}
        found = await dealers(tx, actor.oem_id)
        shown = await look(tx, reader)

    def region(region_id: int) -> str:
        names: list[str] = []
        at = known.get(region_id)
        while at is not None:
            names.insert(0, reader.named(at.name, at.name_en))
            at = known.get(at.parent_id) if at.parent_id else None
        return " / ".join(names)

    model = NetworkPage(
        dealers=[
            DealerRow(
                code=each.code,
                name=reader.named(each.name, each.name_en),
                region=region(each.region_id),
                city=each.city,
                phone=each.phone,
                active=each.active,
            )
            for each in found
            if not each.is_desk
        ],
        form=form,
    )
    return await page(request, reader, shown, "network/network.html", "network", status=status, page=model)


HANDLERS = [
    network,
    add,
    dealer_file,
    check_dealers,
    dealer_example,
    staff_file,
    check_staff,
    staff_example,
]
