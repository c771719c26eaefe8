"""The history of a case: its newest part on the case's page, the rest by htmx or as a page of its own."""

from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from services.admin.addresses import next_page
from services.admin.cases.models import HistoryPage
from services.admin.cases.timeline import timeline_of
from services.admin.pages import fragment, is_fragment, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import queries, reveals
from shared.cases.masking import entries_seen
from shared.cases.views import CaseView, TimelinePage
from shared.db.engine import transaction
from shared.permissions import Permission


@get("/cases/{case_id:uuid}/history")
async def history(request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]) -> Response[str]:
    """What happened to a case before the cursor; without one, what happened last."""
    actor = reader.actor
    async with transaction(actor.scope, read_only=True) as tx:
        case = await reveals.seen(tx, actor, await queries.case_view(tx, actor.oem_id, case_id))
        actor.require(Permission.CASE_READ)
        cursor = request.query_params.get("cursor")
        entries = await queries.timeline(tx, actor.oem_id, case_id, cursor=cursor)
        now, shown = await tx.now(), None if is_fragment(request) else await look(tx, reader)
    model = history_page(case, entries, reader)
    if shown is None:
        return fragment(request, reader, now, "cases/_history.html", history=model)
    return await page(request, reader, shown, "cases/history.html", "queue", case=case, history=model)


def history_page(case: CaseView, found: TimelinePage, reader: Reader) -> HistoryPage:
    """A part of the case's timeline as the reader may see it, newest first."""
    return HistoryPage(
        entries=timeline_of(entries_seen(found.items, masked=case.masked), reader),
        more_url=next_page(f"/cases/{case.id}/history", {}, found.next_cursor),
    )


HANDLERS = [history]
