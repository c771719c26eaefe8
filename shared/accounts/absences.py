"""Who is away, and who stands in: rows, and the question who answers instead (`answering` asks it)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from shared.db.engine import Transaction


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """A time somebody is away (until just before `ends_at`), and the substitute."""

    id: UUID
    dealer_id: int
    membership_id: UUID
    name: str
    substitute_id: UUID
    substitute: str
    starts_at: datetime
    ends_at: datetime


class _Pair(msgspec.Struct, frozen=True):
    membership_id: UUID
    substitute_id: UUID | None


_NOW = """
SELECT a.membership_id, m.id AS substitute_id FROM absences a
LEFT JOIN memberships m ON m.oem_id = a.oem_id AND m.id = a.substitute_id AND m.active
WHERE a.oem_id = $1 AND a.starts_at <= $2 AND $2 < a.ends_at
ORDER BY a.starts_at
"""


async def stand_ins(tx: Transaction, oem_id: int) -> dict[UUID, UUID | None]:
    """Who is away at the transaction's instant, and who stands in, within its scope; None: who has left."""

    async def read(_: list[int]) -> dict[int, dict[UUID, UUID | None]]:
        pairs = await tx.rows(_Pair, _NOW, oem_id, await tx.now())
        return {oem_id: {each.membership_id: each.substitute_id for each in pairs}}

    return await tx.ahead.one("stand_ins", "oem", oem_id, read) or {}


def answering_for(
    membership_id: UUID, known: Mapping[UUID, UUID | None], but_not: UUID | None = None
) -> UUID | None:
    """Who answers in somebody's place: the person himself, the substitute, or the substitute's.

    None where nobody is there: substitutes lead in a circle, one has left, or the one found is `but_not`.
    """
    found, passed = membership_id, set[UUID]()
    while found in known:
        passed.add(found)
        stand_in = known[found]
        if stand_in is None or stand_in in passed:
            return None
        found = stand_in
    return None if found == but_not else found


_SELECT = """
SELECT a.id, a.dealer_id, a.membership_id, m.name, a.substitute_id, s.name AS substitute, a.starts_at,
       a.ends_at
FROM absences a
JOIN memberships m ON m.oem_id = a.oem_id AND m.id = a.membership_id
JOIN memberships s ON s.oem_id = a.oem_id AND s.id = a.substitute_id
"""


async def absences(tx: Transaction, oem_id: int, membership_id: UUID | None = None) -> list[Absence]:
    """Present and coming absences of the scope, or of one person, by their beginning."""
    return await tx.rows(
        Absence,
        f"{_SELECT} WHERE a.oem_id = $1 AND a.ends_at > $2 AND ($3::uuid IS NULL OR a.membership_id = $3)"
        " ORDER BY a.starts_at, a.id LIMIT 1000",
        oem_id,
        await tx.now(),
        membership_id,
    )


async def absence(tx: Transaction, oem_id: int, absence_id: UUID) -> Absence | None:
    """One absence; None outside the scope."""
    return await tx.row(Absence, f"{_SELECT} WHERE a.oem_id = $1 AND a.id = $2", oem_id, absence_id)


_INSERT = """
INSERT INTO absences (oem_id, id, dealer_id, membership_id, substitute_id, starts_at, ends_at, created_at,
                      created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def insert_absence(tx: Transaction, oem_id: int, new: Absence, created_by: str) -> None:
    """Write an absence."""
    await tx.execute(
        _INSERT,
        oem_id,
        new.id,
        new.dealer_id,
        new.membership_id,
        new.substitute_id,
        new.starts_at,
        new.ends_at,
        await tx.now(),
        created_by,
    )


async def delete_absence(tx: Transaction, oem_id: int, absence_id: UUID) -> None:
    """Take an absence back."""
    await tx.execute("DELETE FROM absences WHERE oem_id = $1 AND id = $2", oem_id, absence_id)
