"""Cases like one: a part of its page, read after it, or a page of its own without scripts (R1.7)."""

from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from services.admin.pages import fragment, is_fragment, look, page
from services.admin.session import AnyRequest, FromSession
from shared.cases import queries
from shared.cases.look_alikes import alike_to
from shared.db.engine import transaction
from shared.permissions import DEALER_ROLES, Permission


@get("/cases/{case_id:uuid}/look-alikes")
async def look_alikes(request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]) -> Response[str]:
    """Other cases that may be about the same; those solved offer their solution."""
    actor = reader.actor
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        case = await queries.case_view(tx, actor.oem_id, case_id)
        found = await alike_to(tx, actor.oem_id, case)
        shown = await look(tx, reader)
    own_dealer = actor.role in DEALER_ROLES
    if is_fragment(request):
        template = "cases/_look_alikes.html"
        return fragment(
            request,
            reader,
            shown.now,
            template,
            look_alikes=found,
            shows_dealer=not own_dealer,
            opens_beside=False,
        )
    return await page(
        request,
        reader,
        shown,
        "cases/look_alikes.html",
        "queue",
        case=case,
        look_alikes=found,
        shows_dealer=not own_dealer,
        opens_beside=False,
    )


HANDLERS = [look_alikes]
