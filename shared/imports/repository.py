"""Import runs, and the cases they made; every statement runs in OEM scope."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.ids import new_id


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """An import under way; `started_at` is when it was first tried."""

    id: UUID
    started_at: datetime


class DealerCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has made of one dealer's complaints."""

    dealer_id: int
    cases: int
    open_cases: int
    overdue: int


_INTERRUPTED = """
SELECT id, started_at FROM import_runs
WHERE oem_id = $1 AND file_sha256 = $2 AND historical = $3 AND finished_at IS NULL
ORDER BY started_at LIMIT 1
"""
_BEGIN = """
INSERT INTO import_runs (oem_id, id, file_name, file_sha256, historical, actor_name, started_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def begin(
    tx: Transaction, oem_id: int, *, file_name: str, digest: bytes, historical: bool, actor_name: str
) -> Run:
    """A new run, or the one of the same file that was interrupted."""
    interrupted = await tx.row(Run, _INTERRUPTED, oem_id, digest, historical)
    if interrupted is not None:
        return interrupted
    now = await tx.now()
    run = Run(id=new_id(now), started_at=now)
    await tx.execute(_BEGIN, oem_id, run.id, file_name, digest, historical, actor_name, now)
    return run


_FINISH = """
UPDATE import_runs SET accepted = $3, repeated = $4, rejected = $5, finished_at = $6
WHERE oem_id = $1 AND id = $2 AND finished_at IS NULL
"""


async def finish(
    tx: Transaction, oem_id: int, run_id: UUID, *, accepted: int, repeated: int, rejected: int
) -> bool:
    """Close a run; False when somebody else has done so already."""
    return bool(await tx.execute(_FINISH, oem_id, run_id, accepted, repeated, rejected, await tx.now()))


# The audit log knows which run registered a case: the run is the request of its entries.
_COUNTS = """
WITH made AS MATERIALIZED (
    SELECT entity_id FROM audit_entries
    WHERE oem_id = $1 AND at >= $3 AND request_id = $2 AND action = 'case.register'
)
SELECT c.dealer_id, count(*) AS cases, count(*) FILTER (WHERE c.closed_at IS NULL) AS open_cases,
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM clocks k WHERE k.oem_id = $1 AND k.case_id = c.id AND k.breached_at IS NOT NULL
       )) AS overdue
FROM made JOIN cases c ON c.oem_id = $1 AND c.id = made.entity_id::uuid
GROUP BY c.dealer_id ORDER BY c.dealer_id
"""


async def counts(tx: Transaction, oem_id: int, run: Run) -> list[DealerCounts]:
    """The cases that a run has made in all its tries, by dealer."""
    return await tx.rows(DealerCounts, _COUNTS, oem_id, str(run.id), run.started_at)
