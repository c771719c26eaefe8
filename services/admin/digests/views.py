"""What a digest stands for: the promises its reader is to acknowledge (R4.2)."""

from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.forms import fields_of
from services.admin.notices import done
from services.admin.pages import fragment, go, is_fragment, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.db.engine import transaction
from shared.errors import AppError, Conflict
from shared.escalation import digests
from shared.escalation.digests import DigestEntry
from shared.sla.clock import level_of
from shared.web.components import Toast
from shared.web.locale import Locale, translator
from shared.web.sentences import sentence


class DigestRow(msgspec.Struct, frozen=True, kw_only=True):
    """One promise; `level` None for a warning, `is_over`: it was kept or dropped meanwhile."""

    case_id: UUID
    number: str
    title: str
    urgency: str
    dealer: str
    owner: str
    entry: DigestEntry
    level: int | None
    is_over: bool


class DigestPage(msgspec.Struct, frozen=True, kw_only=True):
    """A digest; `waiting` counts the cases that still wait for somebody."""

    id: UUID
    rows: list[DigestRow]
    waiting: int


@get("/digests/{digest_id:uuid}")
async def show(request: AnyRequest, reader: FromSession, digest_id: FromPath[UUID]) -> Response[str]:
    """The list behind a digest's link."""
    return await _page(request, reader, digest_id)


@post("/digests/{digest_id:uuid}/acknowledge")
async def acknowledge(
    request: AnyRequest, reader: FromSession, digest_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Acknowledge one case of it (`case_id`), or all that wait."""
    speak = translator(reader.locale)
    case_id = _case_id((await fields_of(request)).get("case_id", ""))
    try:
        await digests.acknowledge(reader.actor, digest_id, case_id)
    except Conflict as error:
        said = Toast(sentence(speak, error.code, error.params), "bad")
    else:
        said = done(speak, "acknowledge")
        if not is_fragment(request):
            return go(request, f"/digests/{digest_id}", "acknowledge")
    return await _page(request, reader, digest_id, said)


async def _page(request: AnyRequest, reader: Reader, digest_id: UUID, *toasts: Toast) -> Response[str]:
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = _model(digest_id, await digests.entries(tx, reader.actor, digest_id), reader)
        shown = await look(tx, reader)
    if is_fragment(request):
        return fragment(request, reader, shown.now, "digests/_list.html", toasts=toasts, page=model)
    return await page(request, reader, shown, "digests/digest.html", "notifications", page=model)


def _model(digest_id: UUID, entries: list[DigestEntry], reader: Reader) -> DigestPage:
    rows = [
        DigestRow(
            case_id=each.case_id,
            number=each.case_number,
            title=each.title,
            urgency=each.urgency,
            dealer=each.dealer_name
            if reader.locale is Locale.ZH_CN
            else each.dealer_name_en or each.dealer_name,
            owner=each.owner_name,
            entry=each,
            level=level_of(each.step),
            is_over=not each.waits and each.acknowledged_at is None,
        )
        for each in entries
    ]
    return DigestPage(id=digest_id, rows=rows, waiting=len({each.case_id for each in entries if each.waits}))


def _case_id(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise AppError("malformed_request") from error


HANDLERS = [show, acknowledge]
