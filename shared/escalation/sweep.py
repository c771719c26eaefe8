"""The sweep: whatever has fallen due is recorded, OEM by OEM, fairly (R4.2).

It records and nothing else; who is told is found out by the handler of the event that each firing leaves.
"""

import asyncio
from datetime import datetime

from shared.db.engine import transaction
from shared.sla import firing
from shared.tenancy import Scope

WIDTH = 2
"""OEMs one process fires side by side, each on a connection of its own."""


async def sweep(as_of: datetime | None = None, *, batch: int = firing.BATCH, width: int = WIDTH) -> int:
    """Fire every clock that is due at `as_of` (None: PostgreSQL's present instant); the number of firings.

    Takes one batch of each OEM in turn, each in a transaction of its own and `width` of them side by side,
    until nothing is left. After a failure the other OEMs still have theirs; then the first one is raised,
    with a note of its OEM.
    """
    async with transaction(Scope.system()) as tx:
        waiting: list[int] = await firing.oems_with_due(tx, as_of)
    turns = asyncio.Semaphore(width)

    async def fire(oem_id: int) -> int:
        async with turns, transaction(Scope.system()) as tx:
            return await firing.fire_due_of_oem(tx, oem_id, as_of, batch)

    fired, failures = 0, list[BaseException]()
    while waiting:
        outcomes = await asyncio.gather(*(fire(oem_id) for oem_id in waiting), return_exceptions=True)
        for oem_id, outcome in zip(waiting, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                outcome.add_note(f"OEM {oem_id}")
                failures.append(outcome)
            else:
                fired += outcome
        waiting = [oem_id for oem_id, outcome in zip(waiting, outcomes, strict=True) if outcome == batch]
    if failures:
        raise failures[0]
    return fired
