"""Who works where: the list that staff are kept with."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.accounts.duty import DutyHours
from shared.cursors import cut_page, decode_cursor
from shared.db.engine import Transaction, transaction
from shared.errors import NotFound
from shared.permissions import Permission, Role
from shared.tenancy import Actor


class StaffMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's place; `dealer_id` 0 is the OEM itself. `version` goes with every change.

    `open_cases` are those within reach that the person owns. `away_until` and `substitute` are set while the
    person is away. `department`, `skills` and `duty` are what the rules that assign cases ask for (R3.1).
    """

    id: UUID
    version: int
    name: str
    email: str
    phone: str
    role: Role
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    region_ids: list[int]
    locale: str
    time_zone: str
    active: bool
    created_at: datetime
    open_cases: int
    away_until: datetime | None
    substitute: str | None
    department: str
    skills: list[str]
    duty: list[DutyHours]


class StaffFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which people: all given conditions hold. `text` is part of a name or an e-mail address."""

    active: bool | None = True
    text: str = ""
    roles: tuple[Role, ...] = ()
    dealer_ids: tuple[int, ...] = ()


class StaffPage(msgspec.Struct, frozen=True):
    """A page of people by name; `next_cursor` None on the last one."""

    items: list[StaffMember]
    next_cursor: str | None


_SELECT = """
SELECT m.id, m.version, m.name, m.email, m.phone, m.role, m.dealer_id, coalesce(d.name, '') AS dealer_name,
       coalesce(d.name_en, '') AS dealer_name_en, m.region_ids, m.locale, m.time_zone, m.active, m.created_at,
       (SELECT count(*) FROM cases c
        WHERE c.oem_id = $1 AND c.owner_id = m.id AND c.closed_at IS NULL) AS open_cases,
       away.ends_at AS away_until, stand_in.name AS substitute, m.department, m.skills, m.duty
FROM memberships m
LEFT JOIN dealers d ON d.oem_id = m.oem_id AND d.id = m.dealer_id
LEFT JOIN LATERAL (
    SELECT a.ends_at, a.substitute_id FROM absences a
    WHERE a.oem_id = $1 AND a.membership_id = m.id AND a.starts_at <= $2 AND $2 < a.ends_at
    ORDER BY a.ends_at DESC LIMIT 1
) away ON true
LEFT JOIN memberships stand_in ON stand_in.oem_id = m.oem_id AND stand_in.id = away.substitute_id
"""

# strpos and not LIKE: what is typed is a text, not a pattern.
_PAGE = f"""{_SELECT}
WHERE m.oem_id = $1
  AND ($3::boolean IS NULL OR m.active = $3)
  AND ($4 = '' OR strpos(lower(m.name), $4) > 0 OR strpos(m.email, $4) > 0)
  AND ($5::text[] = '{{}}' OR m.role = ANY ($5))
  AND ($6::bigint[] = '{{}}' OR m.dealer_id = ANY ($6))
  AND ($7::text IS NULL OR (m.name, m.id) > ($7, $8::uuid))
ORDER BY m.name, m.id LIMIT $9
"""
_ONE = f"{_SELECT} WHERE m.oem_id = $1 AND m.id = $3"
_BESIDE = f"""{_SELECT}
WHERE m.oem_id = $1 AND m.dealer_id = $3 AND m.active AND m.id <> $4 ORDER BY m.name, m.id LIMIT $5
"""


async def staff_page(
    actor: Actor, wanted: StaffFilter, *, cursor: str | None = None, limit: int = 50
) -> StaffPage:
    """A page of the people within reach; raises `Forbidden`, and `Invalid` for a cursor that is not ours."""
    actor.require(Permission.STAFF_MANAGE)
    after_name, after_id = (None, None) if cursor is None else decode_cursor(cursor, tuple[str, UUID])
    async with transaction(actor.scope, read_only=True) as tx:
        found = await tx.rows(
            StaffMember,
            _PAGE,
            actor.oem_id,
            await tx.now(),
            wanted.active,
            wanted.text.strip().lower(),
            [role.value for role in wanted.roles],
            list(wanted.dealer_ids),
            after_name,
            after_id,
            limit + 1,
        )
    return StaffPage(*cut_page(found, limit, lambda each: (each.name, each.id)))


async def staff_member(actor: Actor, membership_id: UUID) -> StaffMember:
    """Somebody within reach; raises `NotFound`, then `Forbidden`."""
    async with transaction(actor.scope, read_only=True) as tx:
        found = await member_in_reach(tx, actor, membership_id)
    actor.require(Permission.STAFF_MANAGE)
    return found


async def member_in_reach(tx: Transaction, actor: Actor, membership_id: UUID) -> StaffMember:
    """Somebody of the open transaction's scope; raises `NotFound`."""
    found = await tx.row(StaffMember, _ONE, actor.oem_id, await tx.now(), membership_id)
    if found is None:
        raise NotFound("not_found")
    return found


async def colleagues(tx: Transaction, actor: Actor, person: StaffMember, most: int) -> list[StaffMember]:
    """The active people of the same place in the open transaction's scope, by name."""
    return await tx.rows(
        StaffMember, _BESIDE, actor.oem_id, await tx.now(), person.dealer_id, person.id, most
    )
