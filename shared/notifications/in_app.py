"""What people are told in the console: one row per person and thing told, beside the messages that go out.

The words are those of the e-mail's subject, in the language the person read at that time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from shared.cursors import cut_page, decode_place
from shared.db.engine import Transaction, transaction
from shared.errors import Forbidden, NotFound
from shared.ids import new_id
from shared.tenancy import Actor, DbRole, Scope
from shared.tenants.oems import all_oems

LONGEST_PAGE: Final = 100
KEPT_AFTER_READING: Final = timedelta(days=90)


class NewNotification(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell a member, who belongs to `dealer_id` (0: the OEM); `link` leads into the console."""

    membership_id: UUID
    dealer_id: int
    template: str
    subject: str
    link: str
    dedupe_key: str


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """One thing told; `path` is the page of the console it leads to, `read_at` None while it is new."""

    id: UUID
    template: str
    subject: str
    path: str
    created_at: datetime
    read_at: datetime | None


class NotificationPage(msgspec.Struct, frozen=True):
    """A page of them, newest first; `next_cursor` None on the last one."""

    items: list[Notification]
    next_cursor: str | None


_INSERT: Final = """
INSERT INTO notifications (oem_id, id, dealer_id, membership_id, template, subject, path, dedupe_key,
                           created_at)
SELECT * FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                     $8::text[], $9::timestamptz[])
ON CONFLICT (oem_id, dedupe_key) DO NOTHING
"""
_COLUMNS: Final = ", ".join(Notification.__struct_fields__)
_PAGE: Final = f"""
SELECT {_COLUMNS} FROM notifications
WHERE oem_id = $1 AND membership_id = $2 AND (NOT $3 OR read_at IS NULL)
  AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5::uuid))
ORDER BY created_at DESC, id DESC LIMIT $6
"""
_UNREAD: Final = (
    "SELECT count(*) FROM notifications WHERE oem_id = $1 AND membership_id = $2 AND read_at IS NULL"
)
_READ: Final = f"""
UPDATE notifications SET read_at = coalesce(read_at, $4)
WHERE oem_id = $1 AND membership_id = $2 AND id = $3 RETURNING {_COLUMNS}
"""
_ALL_READ: Final = """
UPDATE notifications SET read_at = $3 WHERE oem_id = $1 AND membership_id = $2 AND read_at IS NULL
"""
FORGET: Final = "DELETE FROM notifications WHERE oem_id = $1 AND read_at < $2"


async def write(tx: Transaction, oem_id: int, new: Sequence[NewNotification]) -> None:
    """Tell them in the open transaction (`later`), each key once; needs OEM scope."""
    now = await tx.now()
    await tx.later(
        _INSERT,
        [
            (
                oem_id,
                new_id(now),
                each.dealer_id,
                each.membership_id,
                each.template,
                each.subject,
                _path(each.link),
                each.dedupe_key,
                now,
            )
            for each in new
        ],
    )


async def notifications(
    actor: Actor, *, only_unread: bool = False, cursor: str | None = None, limit: int = 50
) -> NotificationPage:
    """One's own, at most `LONGEST_PAGE` at once.

    Raises `Forbidden` (`people_only`) for an integration and `Invalid` (`bad_cursor`).
    """
    membership_id = _person(actor)
    after_time, after_id = decode_place(cursor)
    size = max(1, min(limit, LONGEST_PAGE))
    async with transaction(_scope(actor), read_only=True) as tx:
        found = await tx.rows(
            Notification, _PAGE, actor.oem_id, membership_id, only_unread, after_time, after_id, size + 1
        )
    return NotificationPage(*cut_page(found, size, lambda each: (each.created_at, each.id)))


async def unread(actor: Actor) -> int | None:
    """How many one has not read; None for what is no member."""
    if actor.membership_id is None or actor.scope.oem_id is None:
        return None
    async with transaction(_scope(actor), read_only=True) as tx:
        count: int = await tx.value(_UNREAD, actor.oem_id, actor.membership_id)
        return count


async def mark_read(actor: Actor, notification_id: UUID) -> Notification:
    """Mark one of one's own as read; raises `NotFound` (`notification_not_found`) for any other."""
    if actor.membership_id is None:  # an integration is told nothing here
        raise NotFound("notification_not_found")
    async with transaction(_scope(actor)) as tx:
        found = await tx.row(
            Notification, _READ, actor.oem_id, actor.membership_id, notification_id, await tx.now()
        )
    if found is None:
        raise NotFound("notification_not_found")
    return found


async def mark_all_read(actor: Actor) -> int:
    """Mark all of one's own as read; how many were new."""
    membership_id = _person(actor)
    async with transaction(_scope(actor)) as tx:
        return await tx.execute(_ALL_READ, actor.oem_id, membership_id, await tx.now())


async def forget_old(as_of: datetime | None = None) -> int:
    """Remove what was read more than `KEPT_AFTER_READING` ago, in every OEM; how many."""
    gone = 0
    for each in await all_oems(Scope.system()):
        async with transaction(Scope.oem(each.id), as_of=as_of) as tx:
            gone += await tx.execute(FORGET, each.id, await tx.now() - KEPT_AFTER_READING)
    return gone


def _scope(actor: Actor) -> Scope:
    """Dealer staff's are their dealer's; everybody else's are the OEM's, a regional manager's too."""
    return actor.scope if actor.scope.role is DbRole.DEALER else Scope.oem(actor.oem_id)


def _person(actor: Actor) -> UUID:
    if actor.membership_id is None:
        raise Forbidden("people_only")
    return actor.membership_id


def _path(link: str) -> str:
    return "/" + link.split("/", 3)[3]
