"""What the page behind the bell shows."""

import msgspec

from shared.notifications.in_app import Notification
from shared.web.components import Tab


class NotificationsPage(msgspec.Struct, frozen=True, kw_only=True):
    """One's own notifications, all or the new ones."""

    tabs: list[Tab]
    rows: list[Notification]
    more_url: str | None
    has_unread: bool
