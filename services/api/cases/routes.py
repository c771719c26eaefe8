"""Cases: register, list, read; `handling` moves them on."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.api.cases import forms, handling, intake, majors, related, tags, turns, work
from services.api.cases import reveals as reveal_routes
from services.api.cases.filters import FILTER
from services.api.cases.schemas import (
    NEW_CASE,
    CaseHistory,
    Clocks,
    EntriesPerPage,
    PageSize,
)
from services.api.parameters import Cursor, IdempotencyKey
from shared.cases import queries, reveals, service
from shared.cases.intake import Intake, Source
from shared.cases.masking import entries_seen, listed_for
from shared.cases.queries import ENTRIES_PER_PAGE, QueueFilter, Sort, Tab
from shared.cases.views import CaseView, EscalationPage, QueueCounts, QueuePage, TimelinePage
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.tenancy import Actor, ActorKind

_TAGS = ["Cases"]


@post("/cases", tags=_TAGS, summary="Register a complaint", operation_id="registerCase")
async def register_case(
    actor: NamedDependency[Actor],
    data: Annotated[Intake, NEW_CASE],
    idempotency_key: IdempotencyKey = None,
) -> CaseView:
    """Register a complaint: it gets its number, category, urgency, owner and clocks.

    What an integration sends stands as `received` until staff confirm or take it.
    """
    source = Source.API if actor.kind is ActorKind.API_KEY else Source.STAFF
    return await service.register(actor, data, source=source, idempotency_key=idempotency_key)


@get("/cases", tags=_TAGS, summary="Cases", operation_id="listCases", dependencies=FILTER)
async def list_cases(
    actor: NamedDependency[Actor],
    wanted: NamedDependency[QueueFilter],
    tab: FromQuery[Tab] = Tab.OPEN,
    sort: FromQuery[Sort] = Sort.DUE,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> QueuePage:
    """A page of the cases within reach; several values of one filter are alternatives.

    Customers' names and plates are masked.
    """
    actor.require(Permission.CASE_READ)
    wanted = msgspec.structs.replace(wanted, tab=tab, sort=sort)
    async with transaction(actor.scope, read_only=True) as tx:
        page = await queries.queue(tx, actor.oem_id, wanted, cursor=cursor, limit=limit)
    return QueuePage([listed_for(actor.role, row) for row in page.items], page.next_cursor)


@get("/cases/counts", tags=_TAGS, summary="How many cases", operation_id="countCases", dependencies=FILTER)
async def count_cases(actor: NamedDependency[Actor], wanted: NamedDependency[QueueFilter]) -> QueueCounts:
    """The number of open cases in each tab, under the same filters as the list."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        return await queries.counts(tx, actor.oem_id, wanted)


@get("/cases/{case_id:uuid}", tags=_TAGS, summary="A case", operation_id="getCase")
async def get_case(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> CaseView:
    """Everything about a case but its history.

    With `masked`, name, number, e-mail address, plate and VIN are partly hidden until they are revealed.
    """
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        return await reveals.seen(tx, actor, await queries.case_view(tx, actor.oem_id, case_id))


@get("/cases/{case_id:uuid}/timeline", tags=_TAGS, summary="Its timeline", operation_id="getTimeline")
async def get_timeline(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    cursor: Cursor = None,
    limit: EntriesPerPage = ENTRIES_PER_PAGE,
) -> TimelinePage:
    """What last happened to a case, oldest first; `internal` entries are never shown to the customer.

    `next_cursor` leads to the page of what happened before.
    """
    actor.require(Permission.CASE_READ)
    found = await _history(actor, case_id, cursor, limit)
    return TimelinePage(found.timeline, found.next_cursor)


@get(
    "/cases/{case_id:uuid}/history", tags=_TAGS, summary="A case with its timeline", operation_id="getHistory"
)
async def get_history(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> CaseHistory:
    """Everything about a case and what last happened to it, in one answer.

    `next_cursor` asks the case's timeline for what happened before.
    """
    actor.require(Permission.CASE_READ)
    return await _history(actor, case_id, None, ENTRIES_PER_PAGE)


async def _history(actor: Actor, case_id: UUID, cursor: str | None, limit: int) -> CaseHistory:
    async with transaction(actor.scope, read_only=True) as tx:
        entries = await queries.timeline(tx, actor.oem_id, case_id, cursor=cursor, limit=limit)
        case = await reveals.seen(tx, actor, await queries.case_view(tx, actor.oem_id, case_id))
    return CaseHistory(case, entries_seen(entries.items, masked=case.masked), entries.next_cursor)


@get("/cases/{case_id:uuid}/clocks", tags=_TAGS, summary="Its clocks", operation_id="getClocks")
async def get_clocks(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> Clocks:
    """The promises made on a case, kept and broken."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        return Clocks(await queries.clocks_of(tx, actor.oem_id, case_id))


@get(
    "/cases/{case_id:uuid}/escalations",
    tags=_TAGS,
    summary="Its escalations",
    operation_id="getEscalations",
)
async def get_escalations(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    cursor: Cursor = None,
    limit: EntriesPerPage = ENTRIES_PER_PAGE,
) -> EscalationPage:
    """Warnings, breaches and calls for help: who was told, when, and who acknowledged; oldest first.

    `next_cursor` leads to the page of what fired before.
    """
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        return await queries.escalations_of(tx, actor.oem_id, case_id, cursor=cursor, limit=limit)


HANDLERS = [
    register_case,
    list_cases,
    count_cases,
    get_case,
    get_timeline,
    get_history,
    get_clocks,
    get_escalations,
    *intake.HANDLERS,
    *handling.HANDLERS,
    *work.HANDLERS,
    *turns.HANDLERS,
    *related.HANDLERS,
    *tags.HANDLERS,
    *majors.HANDLERS,
    *forms.HANDLERS,
    *reveal_routes.HANDLERS,
]
