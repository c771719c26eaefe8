"""Saved views: lists of cases with a name."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.views.schemas import NEW_VIEW, NewView, ViewList
from shared.cases import saved_views
from shared.cases.saved_views import SavedView
from shared.tenancy import Actor

_TAGS = ["Saved views"]


@get("/views", tags=_TAGS, summary="Saved views", operation_id="listViews")
async def list_views(actor: NamedDependency[Actor]) -> ViewList:
    """One's own views and those shared with everybody at one's dealer or OEM."""
    return ViewList(await saved_views.views(actor))


@post("/views", tags=_TAGS, summary="Save a view", operation_id="saveView")
async def save_view(actor: NamedDependency[Actor], data: Annotated[NewView, NEW_VIEW]) -> SavedView:
    """Give a list of cases a name; 409 `view_name_taken` where one's own views have it already."""
    return await saved_views.save(actor, data.name, data.filter, shared=data.shared)


@delete("/views/{view_id:uuid}", tags=_TAGS, summary="Remove a view", operation_id="removeView")
async def remove_view(actor: NamedDependency[Actor], view_id: FromPath[UUID]) -> None:
    """Forget one of one's own views."""
    await saved_views.remove(actor, view_id)


HANDLERS = [list_views, save_view, remove_view]
