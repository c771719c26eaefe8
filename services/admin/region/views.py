"""The overview across dealers, and the parts of it that look again by themselves."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.notices import done
from services.admin.pages import fragment, go, is_fragment, look, open_cases, page, shell, with_unread
from services.admin.region.overview_page import next_breach_card, overview_page, waiting_card
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import queries, service
from shared.cases.commands import Acknowledge
from shared.db.engine import transaction
from shared.errors import Conflict
from shared.permissions import Permission
from shared.web.components import Toast
from shared.web.locale import translator
from shared.web.sentences import sentence

_ENTRIES: Final = frozenset(
    {"region", "queue", "waiting", "messages", "reports", "audit", "notifications", "account", "none"}
)


@get("/region")
async def overview(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The dealers of the reader's scope at a glance."""
    reader.actor.require(Permission.OVERVIEW_READ)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        sizes = await open_cases(tx, reader)
        model = await overview_page(tx, reader, sizes)
        shown = await look(tx, reader, sizes)
    return await page(request, reader, shown, "region/overview.html", "region", page=model)


@get("/region/waiting")
async def waiting(request: AnyRequest, reader: FromSession) -> Response[str]:
    """What waits for the reader, again."""
    return await _waiting(request, reader)


@get("/region/next-breach")
async def next_breach(request: AnyRequest, reader: FromSession) -> Response[str]:
    """What runs out next, again."""
    reader.actor.require(Permission.OVERVIEW_READ)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        card, now = await next_breach_card(tx, reader), await tx.now()
    return fragment(request, reader, now, "region/_next_breach.html", page=card)


@post("/region/cases/{case_id:uuid}/acknowledge")
async def acknowledge(
    request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Answer a case's escalations from the overview; the plain form of the row asks the case itself."""
    speak = translator(reader.locale)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        await queries.case_view(tx, reader.actor.oem_id, case_id)
    reader.actor.require(Permission.OVERVIEW_READ)
    try:
        await service.acknowledge(reader.actor, case_id, Acknowledge(), version=None)
        said = done(speak, "acknowledge")
    except Conflict as error:
        said = Toast(sentence(speak, error.code, error.params), "bad")
    if not is_fragment(request):
        return go(request, "/region")
    return await _waiting(request, reader, said)


@get("/navigation")
async def navigation(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The entries of the navigation with their counts, again."""
    async with transaction(reader.actor.scope, read_only=True) as tx:
        shown = await look(tx, reader)
    entry = request.query_params.get("page") or ""
    counts = await with_unread(reader, shown.counts)
    frame = shell(request, reader, entry if entry in _ENTRIES else "", counts)
    return fragment(request, reader, shown.now, "_navigation.html", frame=frame)


async def _waiting(request: AnyRequest, reader: Reader, *toasts: Toast) -> Response[str]:
    reader.actor.require(Permission.OVERVIEW_READ)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        card, now = await waiting_card(tx, reader), await tx.now()
    return fragment(request, reader, now, "region/_waiting.html", toasts=toasts, page=card)


HANDLERS = [overview, waiting, next_breach, acknowledge, navigation]
