"""What the pages about an OEM's policies share: their place in the console, and the list of versions."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from litestar import Response

from services.admin.forms import digits
from services.admin.pages import whole_page
from services.admin.session import AnyRequest, Reader
from shared.errors import NotFound
from shared.tenants.policies import StoredVersion

_MOST_DIGITS = 9
"""Of a version's number."""


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One published version; `before` is the one it followed, None for the first."""

    version: int
    published_at: datetime
    published_by: str
    is_current: bool
    before: int | None


class VersionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Every version, the newest first."""

    rows: list[VersionRow]
    current: int


async def policy_page(
    request: AnyRequest, reader: Reader, template: str, model: msgspec.Struct, *, status: int = 200
) -> Response[str]:
    """A page about a policy: it stands at the OEM's entry of the navigation."""
    return await whole_page(request, reader, template, "oem", status=status, page=model)


def versions_page(found: Sequence[StoredVersion], current: int) -> VersionsPage:
    """The list of the versions that were `found`, the newest first, of which `current` is in force."""
    numbers = [each.version for each in found]
    rows = [
        VersionRow(
            version=each.version,
            published_at=each.valid_from,
            published_by=each.created_by,
            is_current=each.version == current,
            before=before,
        )
        for each, before in zip(found, [*numbers, None][1:], strict=True)
    ]
    return VersionsPage(rows=rows, current=current)


def version_asked(request: AnyRequest, name: str) -> int:
    """The version that an address names; raises `NotFound`."""
    number = digits(request.query_params.get(name) or "", most=_MOST_DIGITS)
    if number is None:
        raise NotFound("not_found")
    return number
