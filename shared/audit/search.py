"""Reading the audit log: who did what, when, where from (R9.3), within the caller's scope."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cursors import cut_page, decode_place
from shared.db.engine import Transaction

LONGEST_PAGE: Final = 200


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done: `action` on the thing `entity_id` of kind `entity`; `fields` are those that changed.

    `actor_name` is empty for what is no person of the reader's scope. Where a reason had to be given,
    `reason` is its code and `words` the person's own. `network` (CIDR) and `agent` say where from; empty
    inside the product.
    """

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    actor_role: str
    action: str
    entity: str
    entity_id: str
    case_number: str | None
    dealer_id: int
    fields: list[str]
    reason: str
    words: str
    network: str
    agent: str
    request_id: str | None


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; all that is given holds. Days count in `time_zone` (IANA), both ends included.

    `person_id` is a membership: what it did, and what was done to it or its account.
    """

    person_id: UUID | None = None
    entity: str = ""
    action: str = ""
    case_number: str = ""
    first_day: date | None = None
    last_day: date | None = None
    time_zone: str = "UTC"


class AuditPage(msgspec.Struct, frozen=True):
    """A page of entries, newest first; `next_cursor` None on the last one."""

    items: list[AuditRow]
    next_cursor: str | None


_PAGE: Final = """
SELECT a.id, a.at, a.actor_kind, a.actor_id, coalesce(m.name, '') AS actor_name, a.actor_role, a.action,
       a.entity, a.entity_id, c.number AS case_number, a.dealer_id, a.fields, a.reason,
       coalesce(r.words, '') AS words, a.network, a.agent, a.request_id
FROM (
    SELECT * FROM audit_entries
    WHERE oem_id = $1
      AND ($2::uuid IS NULL OR actor_id = $2 OR (entity = 'membership' AND entity_id = $2::text)
           OR (entity = 'account' AND entity_id =
               (SELECT account_id::text FROM memberships WHERE oem_id = $1 AND id = $2)))
      AND ($3 = '' OR entity = $3)
      AND ($4 = '' OR action = $4)
      AND ($5 = '' OR (entity = 'case' AND entity_id =
           (SELECT id::text FROM cases WHERE oem_id = $1 AND number = $5)))
      AND ($6::date IS NULL OR at >= $6::timestamp AT TIME ZONE $8)
      AND ($7::date IS NULL OR at < ($7 + 1)::timestamp AT TIME ZONE $8)
      AND ($9::timestamptz IS NULL OR (at, id) < ($9, $10::uuid))
    ORDER BY at DESC, id DESC LIMIT $11
) AS a
LEFT JOIN memberships m ON m.oem_id = $1 AND m.id = a.actor_id
LEFT JOIN reveals r ON r.oem_id = $1 AND r.id = a.id
LEFT JOIN cases c ON a.entity = 'case' AND c.oem_id = $1 AND c.id::text = a.entity_id
ORDER BY a.at DESC, a.id DESC
"""


async def search(
    tx: Transaction, oem_id: int, wanted: AuditFilter, *, cursor: str | None = None, limit: int = 50
) -> AuditPage:
    """One page, at most `LONGEST_PAGE` long; raises `Invalid` (`bad_cursor`) for a strange cursor."""
    after_time, after_id = decode_place(cursor)
    size = max(1, min(limit, LONGEST_PAGE))
    found = await tx.rows(
        AuditRow,
        _PAGE,
        oem_id,
        wanted.person_id,
        wanted.entity,
        wanted.action,
        wanted.case_number,
        wanted.first_day,
        wanted.last_day,
        wanted.time_zone,
        after_time,
        after_id,
        size + 1,
    )
    return AuditPage(*cut_page(found, size, lambda each: (each.at, each.id)))
