"""What counting the promises of many cases anew needs, be it by another calendar or by another policy."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from shared.cases.made_by import made_by
from shared.cases.recount import MadeBy
from shared.db.engine import Transaction
from shared.sla.repository import Versions

Origin = tuple[int, Versions]
"""The dealer of a promise, and what it was made by."""

_DUE_NEXT: Final = """
UPDATE cases c SET due_at = first.due_at, due_metric = first.metric, due_started_at = first.started_at
FROM unnest($2::uuid[]) AS changed (id) LEFT JOIN LATERAL (
    SELECT k.due_at, k.metric, k.started_at
    FROM clocks k JOIN cases own ON own.oem_id = k.oem_id AND own.id = k.case_id AND own.cycle = k.cycle
    WHERE k.oem_id = $1 AND k.case_id = changed.id AND k.state IN ('running', 'paused', 'breached')
    ORDER BY k.due_at, k.metric LIMIT 1
) AS first ON true
WHERE c.oem_id = $1 AND c.id = changed.id
"""


async def all_made_by(tx: Transaction, oem_id: int, origins: Iterable[Origin]) -> dict[Origin, list[MadeBy]]:
    """What promises of these origins may have been made by, read once for each."""
    return {each: await made_by(tx, oem_id, *each) for each in dict.fromkeys(origins)}


async def say_due_next(tx: Transaction, oem_id: int, case_ids: Sequence[UUID]) -> None:
    """Let each case say what is due next of its promises, nothing where none is open.

    The version of the case stays, for no form has become stale by it.
    """
    await tx.execute(_DUE_NEXT, oem_id, case_ids)
