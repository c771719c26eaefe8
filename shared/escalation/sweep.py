"""The sweep: whatever has fallen due is recorded, OEM by OEM, fairly (R4.2).

It records and nothing else; who is told is found out by the handler of the event that each firing leaves.
"""

from datetime import datetime

from shared.db.engine import transaction
from shared.sla import firing
from shared.tenancy import Scope


async def sweep(as_of: datetime | None = None, batch: int = firing.BATCH) -> int:
    """Fire every clock that is due at `as_of` (None: PostgreSQL's present instant); the number of firings.

    Takes one batch of each OEM in turn, each in a transaction of its own, until nothing is left.
    """
    async with transaction(Scope.system()) as tx:
        waiting = await firing.oems_with_due(tx, as_of)
    fired = 0
    while waiting:
        left: list[int] = []
        for oem_id in waiting:
            async with transaction(Scope.system()) as tx:
                count = await firing.fire_due_of_oem(tx, oem_id, as_of, batch)
            fired += count
            if count == batch:
                left.append(oem_id)
        waiting = left
    return fired
