"""Staff from a CSV file: everybody in it is invited by e-mail, nobody twice."""

import re
from collections.abc import Mapping
from typing import Final

from shared.db.engine import Transaction
from shared.errors import AppError, FieldError
from shared.notifications.links import Links
from shared.onboarding.files import (
    STAFF_COLUMNS,
    STAFF_REQUIRED,
    FileResult,
    FileRow,
    RowResult,
    RowStatus,
    read_rows,
)
from shared.onboarding.invitations import NewInvitation, write_invitation
from shared.onboarding.taking import take_rows
from shared.permissions import DEALER_ROLES, Permission, Role, given_by
from shared.tenancy import Actor
from shared.tenants import dealers as network
from shared.web.labels import label
from shared.web.locale import Locale, locale_of, translator

_SEPARATORS: Final = re.compile(r"[;；,，、\s]+")
_OPEN: Final = """
SELECT 1 FROM staff_invitations
WHERE oem_id = $1 AND email = $2 AND role = $3 AND dealer_id = $4
  AND accepted_at IS NULL AND revoked_at IS NULL
"""


async def import_staff(actor: Actor, content: bytes, links: Links, *, dry_run: bool) -> FileResult:
    """Invite the people of a file; a verdict for every row.

    Who has the post or an invitation to it already is left alone. Rows that cannot be taken do not keep the
    others. `dry_run` tells the same and sends nothing. Raises `Forbidden`, and `Invalid` (`file`) for what is
    no such file.
    """
    actor.require(Permission.STAFF_MANAGE)
    rows = read_rows(content, STAFF_COLUMNS, STAFF_REQUIRED)
    return await take_rows(actor.scope, rows, lambda tx: _Work.begun(tx, actor, links), dry_run=dry_run)


class _Work:
    def __init__(
        self,
        tx: Transaction,
        actor: Actor,
        links: Links,
        dealers: Mapping[str, int],
        regions: Mapping[str, int],
    ) -> None:
        self._tx = tx
        self._actor = actor
        self._links = links
        self._dealers = dealers
        self._regions = regions
        self._roles = _roles(actor)

    @classmethod
    async def begun(cls, tx: Transaction, actor: Actor, links: Links) -> "_Work":
        dealers = {each.code: each.id for each in await network.dealers(tx, actor.oem_id) if not each.is_desk}
        regions = {each.code: each.id for each in await network.regions(tx, actor.oem_id)}
        return cls(tx, actor, links, dealers, regions)

    async def take(self, row: FileRow) -> RowResult:
        email = row.cells.get("email", "")
        if row.problem is not None:
            return row.rejected(email, row.problem)
        new = self._invitation(row.cells)
        if isinstance(new, FieldError):
            return row.rejected(email, new)
        post = (new.email.strip().lower(), new.role.value, new.dealer_id)
        if await self._tx.value(_OPEN, self._actor.oem_id, *post):
            return RowResult(line=row.line, name=email, status=RowStatus.KNOWN)
        try:
            await write_invitation(self._tx, self._actor, new, self._links)
        except AppError as error:
            if error.code in {"already_member", "already_invited"}:
                return RowResult(line=row.line, name=email, status=RowStatus.KNOWN)
            return row.rejected(email, *(error.fields or (FieldError("", error.code, error.params),)))
        return RowResult(line=row.line, name=email, status=RowStatus.CREATED)

    def _invitation(self, cells: Mapping[str, str]) -> NewInvitation | FieldError:
        role = self._roles.get(cells["role"].casefold())
        if role is None:
            return FieldError("role", "unknown_value")
        dealer_id = 0
        if role in DEALER_ROLES:
            if cells["dealer_code"] not in self._dealers:
                return FieldError("dealer_code", "unknown_dealer_of_file", {"value": cells["dealer_code"]})
            dealer_id = self._dealers[cells["dealer_code"]]
        region_ids: tuple[int, ...] = ()
        if role is Role.REGIONAL_MANAGER:
            codes = [each for each in _SEPARATORS.split(cells["region_codes"]) if each]
            unknown = [each for each in codes if each not in self._regions]
            if unknown or not codes:
                return FieldError("region_codes", "unknown_value" if unknown else "required")
            region_ids = tuple(self._regions[each] for each in codes)
        locale = locale_of(cells["locale"])
        if cells["locale"] and locale is None:
            return FieldError("locale", "unknown_value")
        return NewInvitation(
            email=cells["email"],
            name=cells["name"],
            role=role,
            dealer_id=dealer_id,
            region_ids=region_ids,
            phone=cells["phone"],
            locale=locale.value if locale else None,
        )


def _roles(actor: Actor) -> dict[str, Role]:
    """The roles the actor may give, by value and by their names in both languages."""
    names: dict[str, Role] = {}
    for role in given_by(actor.role):
        for name in (role.value, *(label(translator(each), "role", role) for each in Locale)):
            names[name.casefold()] = role
    return names
