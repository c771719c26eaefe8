"""What surrounds every page of the console: the frame of the document and the navigation."""

from uuid import UUID

import msgspec

from shared.permissions import Role
from shared.web.components import Toast


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What a document needs whoever reads it.

    `theme` is auto, light or dark. `path` is the address (with its query) to come back to after the
    language switch.
    """

    path: str
    theme: str = "auto"
    toasts: list[Toast] = []


class MembershipChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One organisation in which the person may act; the platform operator's place has no id."""

    id: UUID | None
    organisation: str
    role: Role
    is_current: bool


class NavigationCounts(msgspec.Struct, frozen=True):
    """The figures beside the navigation; None shows nothing."""

    open_cases: int | None = None
    waiting: int | None = None
    failed_messages: int | None = None
    unread: int | None = None


class Shell(Frame, frozen=True, kw_only=True):
    """The console around a page of somebody signed in; `page` names the current entry of the navigation.

    `notice_url` is the printable notice of the person's dealer; empty at the OEM. `missing_years` are those
    whose holidays a calendar should know by now (R4.3), told to who may publish them.
    """

    page: str
    person: str
    role: Role
    organisation: str
    memberships: list[MembershipChoice] = []
    counts: NavigationCounts = NavigationCounts()
    sees_overview: bool = False
    sees_cases: bool = True
    registers: bool = False
    sees_calls: bool = False
    sees_messages: bool = False
    sees_reports: bool = False
    sees_audit: bool = False
    sees_staff: bool = False
    sees_settings: bool = False
    sees_platform: bool = False
    logo: str | None = None
    has_shortcuts: bool = True
    notice_url: str = ""
    missing_years: str = ""
