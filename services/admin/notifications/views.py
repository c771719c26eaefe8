"""What the reader is told: the list behind the bell."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.notifications.models import NotificationsPage
from services.admin.pages import fragment, go, is_fragment, look, page
from services.admin.session import AnyRequest, FromSession
from shared.db.engine import transaction
from shared.notifications import in_app
from shared.web.components import Tab
from shared.web.locale import translator

PAGE_LENGTH = 50


@get("/notifications")
async def notifications(request: AnyRequest, reader: FromSession) -> Response[str]:
    """One's own, newest first; htmx asks for more rows at the end."""
    only_unread = request.query_params.get("view") == "unread"
    found = await in_app.notifications(
        reader.actor,
        only_unread=only_unread,
        cursor=request.query_params.get("cursor"),
        limit=PAGE_LENGTH,
    )
    count = await in_app.unread(reader.actor)
    speak = translator(reader.locale)
    address = "/notifications?view=unread&" if only_unread else "/notifications?"
    model = NotificationsPage(
        tabs=[
            Tab(text=speak.gettext("All"), href="/notifications", is_current=not only_unread),
            Tab(
                text=speak.gettext("Unread"),
                href="/notifications?view=unread",
                count=count,
                is_current=only_unread,
            ),
        ],
        rows=found.items,
        more_url=f"{address}cursor={found.next_cursor}" if found.next_cursor else None,
        has_unread=bool(count),
    )
    async with transaction(reader.actor.scope, read_only=True) as tx:
        if is_fragment(request):
            return fragment(request, reader, await tx.now(), "notifications/_rows.html", page=model)
        shown = await look(tx, reader)
    return await page(request, reader, shown, "notifications/notifications.html", "notifications", page=model)


@post("/notifications/{notification_id:uuid}/open")
async def open_one(
    request: AnyRequest, reader: FromSession, notification_id: FromPath[UUID]
) -> Response[None]:
    """Mark it as read and go where it leads."""
    found = await in_app.mark_read(reader.actor, notification_id)
    return go(request, found.path)


@post("/notifications/read-all")
async def read_all(request: AnyRequest, reader: FromSession) -> Response[None]:
    """Mark all as read."""
    await in_app.mark_all_read(reader.actor)
    return go(request, "/notifications", "all_read")


HANDLERS = [notifications, open_one, read_all]
