"""Saved views: lists of cases that people give a name, for themselves or for their dealer or OEM."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases.filters import CaseFilter
from shared.cases.texts import clean_line
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.ids import new_id
from shared.permissions import Permission
from shared.tenancy import Actor, DbRole, Scope

LONGEST_NAME: Final = 40
MOST_OF_ONE: Final = 30
"""The most views of one person."""

_AT_OEM: Final = 0


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A list with a name; `is_own` where the reader made it, who alone may remove it."""

    id: UUID
    name: str
    shared: bool
    is_own: bool
    filter: CaseFilter
    created_at: datetime


_SEEN: Final = """
SELECT id, name, shared, membership_id IS NOT DISTINCT FROM $3 AS is_own, filter, created_at FROM saved_views
WHERE oem_id = $1 AND dealer_id = $2 AND (shared OR membership_id = $3) ORDER BY created_at, id
"""
_INSERT: Final = """
INSERT INTO saved_views (oem_id, id, dealer_id, membership_id, name, shared, filter, created_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE (SELECT count(*) FROM saved_views WHERE oem_id = $1 AND membership_id = $4) < $9
"""
_DELETE: Final = "DELETE FROM saved_views WHERE oem_id = $1 AND id = $2 AND membership_id = $3"


async def views(actor: Actor) -> list[SavedView]:
    """The actor's own views and those shared with everybody at the same place, oldest first."""
    actor.require(Permission.CASE_READ)
    async with transaction(_scope(actor), read_only=True) as tx:
        return await tx.rows(SavedView, _SEEN, actor.oem_id, _place(actor), actor.membership_id)


async def save(
    actor: Actor, name: str, wanted: CaseFilter, *, shared: bool, as_of: datetime | None = None
) -> SavedView:
    """Keep a list under a name.

    Raises `Forbidden` (`people_only`) for an integration, `Invalid` for a name that is empty or too long,
    and `Conflict`: `view_name_taken` by another of one's own, `too_many_views`.
    """
    actor.require(Permission.CASE_READ)
    membership_id = _person(actor)
    name = clean_line(name)
    if not name:
        raise Invalid.field("name", "required")
    if len(name) > LONGEST_NAME:
        raise Invalid.field("name", "too_long", limit=LONGEST_NAME)
    async with transaction(_scope(actor), as_of=as_of) as tx:
        at = await tx.now()
        view = SavedView(id=new_id(at), name=name, shared=shared, is_own=True, filter=wanted, created_at=at)
        place = (actor.oem_id, view.id, _place(actor), membership_id)
        try:
            written = await tx.execute(_INSERT, *place, name, shared, wanted, at, MOST_OF_ONE)
        except asyncpg.UniqueViolationError as error:
            raise Conflict("view_name_taken", {"name": name}) from error
        if not written:
            raise Conflict("too_many_views", {"limit": MOST_OF_ONE})
        await append(tx, actor, at, _entry("view.save", view.id, _place(actor)))
    return view


async def remove(actor: Actor, view_id: UUID) -> None:
    """Forget one of one's own views; raises `NotFound` (`view_not_found`) for any other."""
    async with transaction(_scope(actor)) as tx:
        if not await tx.execute(_DELETE, actor.oem_id, view_id, actor.membership_id):
            raise NotFound("view_not_found")
        await append(tx, actor, await tx.now(), _entry("view.remove", view_id, _place(actor)))


def _scope(actor: Actor) -> Scope:
    """A dealer's views are the dealer's; everybody else's are the OEM's, a regional manager's too."""
    return actor.scope if actor.scope.role is DbRole.DEALER else Scope.oem(actor.oem_id)


def _place(actor: Actor) -> int:
    return actor.scope.dealer_ids[0] if actor.scope.role is DbRole.DEALER else _AT_OEM


def _person(actor: Actor) -> UUID:
    if actor.membership_id is None:
        raise Forbidden("people_only")
    return actor.membership_id


def _entry(action: str, view_id: UUID, dealer_id: int) -> AuditEntry:
    return AuditEntry(action=action, entity="view", entity_id=view_id, dealer_id=dealer_id)
