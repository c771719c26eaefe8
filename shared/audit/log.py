"""The append-only log of everything done (R9.3).

Who, when, what, where from; names of fields and ids, never personal values.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.ids import new_id
from shared.origin import current_origin
from shared.tenancy import Actor


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done: `action` on `entity`, and which of its `fields` changed.

    `reason` is a code where one had to be given. `id` is named by who keeps more about it elsewhere.
    """

    action: str
    entity: str
    entity_id: UUID | str
    dealer_id: int = 0
    fields: Sequence[str] = ()
    reason: str = ""
    id: UUID | None = None


_INSERT = """
INSERT INTO audit_entries (oem_id, id, dealer_id, at, actor_kind, actor_id, actor_role, action, entity,
                           entity_id, fields, request_id, network, agent, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""


async def append(tx: Transaction, actor: Actor, at: datetime, *entries: AuditEntry) -> None:
    """Write entries in the open transaction; where from is what is known of the request being answered."""
    origin = current_origin()
    await tx.execute_many(
        _INSERT,
        [
            (
                actor.oem_id,
                entry.id or new_id(at),
                entry.dealer_id,
                at,
                actor.kind.value,
                actor.id,
                actor.role.value,
                entry.action,
                entry.entity,
                str(entry.entity_id),
                list(entry.fields),
                actor.request_id,
                origin.network,
                origin.agent,
                entry.reason,
            )
            for entry in entries
        ],
    )
