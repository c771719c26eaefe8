"""The reader's saved views: each is a tab of the list of cases."""

from typing import Final
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from services.admin.cases.filters import filters_of_query, queue_url
from services.admin.cases.queue_page import queue_model
from services.admin.forms import fields_of, refused
from services.admin.pages import go, page
from services.admin.session import AnyRequest, FromSession
from shared.cases import saved_views
from shared.errors import Conflict, Invalid
from shared.web.locale import translator

_LONGEST_QUERY: Final = 8_000


@post("/views")
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Give the list in view a name."""
    fields = await fields_of(request)
    filters = filters_of_query(fields.get("query", "")[:_LONGEST_QUERY], reader)
    try:
        await saved_views.save(
            reader.actor, fields.get("name", ""), filters.choice, shared=fields.get("shared") == "true"
        )
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        model, shown = await queue_model(reader, filters, form=form)
        return await page(
            request, reader, shown, "cases/queue.html", "queue", status=error.status, page=model
        )
    return go(request, queue_url(filters), "view")


@post("/views/{view_id:uuid}/remove")
async def remove(request: AnyRequest, reader: FromSession, view_id: FromPath[UUID]) -> Response[None]:
    """Forget a view; its list stays where it is."""
    fields = await fields_of(request)
    await saved_views.remove(reader.actor, view_id)
    filters = filters_of_query(fields.get("query", "")[:_LONGEST_QUERY], reader)
    return go(request, queue_url(filters), "view_removed")


HANDLERS = [save, remove]
