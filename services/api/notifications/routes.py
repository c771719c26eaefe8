"""What one is told in the console."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from services.api.parameters import Cursor
from shared.notifications import in_app
from shared.notifications.in_app import LONGEST_PAGE, Notification, NotificationPage
from shared.tenancy import Actor

_TAGS = ["Notifications"]
_OnlyUnread = Annotated[
    bool, QueryParameter(name="unread", required=False, description="Only what has not been read.")
]
_Size = Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE, description="Notifications per page.")]


class UnreadCount(msgspec.Struct, frozen=True):
    """How many have not been read."""

    unread: int


@get("/notifications", tags=_TAGS, summary="Notifications", operation_id="listNotifications")
async def list_notifications(
    actor: NamedDependency[Actor],
    only_unread: _OnlyUnread = False,  # noqa: FBT002  # a query parameter
    cursor: Cursor = None,
    limit: _Size = 50,
) -> NotificationPage:
    """What one has been told in one's present place, newest first."""
    return await in_app.notifications(actor, only_unread=only_unread, cursor=cursor, limit=limit)


@get("/notifications/count", tags=_TAGS, summary="How many are new", operation_id="countNotifications")
async def count_notifications(actor: NamedDependency[Actor]) -> UnreadCount:
    """The figure beside the bell; 0 for an integration."""
    return UnreadCount(await in_app.unread(actor) or 0)


@post(
    "/notifications/{notification_id:uuid}/read",
    tags=_TAGS,
    summary="Mark as read",
    operation_id="readNotification",
    status_code=200,
)
async def read_notification(actor: NamedDependency[Actor], notification_id: FromPath[UUID]) -> Notification:
    """Mark one of one's own as read; repeating it changes nothing."""
    return await in_app.mark_read(actor, notification_id)


@post(
    "/notifications/read-all",
    tags=_TAGS,
    summary="Mark all as read",
    operation_id="readAllNotifications",
    status_code=200,
)
async def read_all(actor: NamedDependency[Actor]) -> UnreadCount:
    """Mark all of one's own as read."""
    await in_app.mark_all_read(actor)
    return UnreadCount(0)


HANDLERS = [list_notifications, count_notifications, read_notification, read_all]
