"""What takes hours or minutes in life happens within seconds: due instants, digests, another try."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import asyncpg

from tests.chaos.workload import LOST, STEPS_AFTER_S

DIGEST_S = 2
"""How long a digest gathers, instead of minutes."""

_CLOCKS = """
SELECT id, steps, clock_timestamp() AS now FROM clocks
WHERE oem_id = $1 AND case_id = $2 AND state = 'running' AND step = 1
  AND metric IN ('first_contact', 'resolve')
FOR UPDATE
"""
_FORWARD = """
UPDATE clocks SET due_at = $3, schedule = $4, next_at = $5 WHERE oem_id = $1 AND id = $2
"""
# What the product has locked just now is left to it.
_LET_GO = """
WITH waiting AS (
    SELECT oem_id, id FROM messages WHERE state = 'held' AND held_until > now() + $1
    FOR UPDATE SKIP LOCKED
)
UPDATE messages m SET held_until = now() + $1, next_attempt_at = now() + $1
FROM waiting w WHERE m.oem_id = w.oem_id AND m.id = w.id
"""
# A few at a time: all at once would time out once more on a machine that is busy.
_TRY = """
WITH waiting AS (
    SELECT oem_id, id FROM {table}
    WHERE state IN ('queued', 'pending') AND lease_token IS NULL
      AND next_attempt_at > now() + interval '10 seconds'
    ORDER BY next_attempt_at LIMIT 20 FOR UPDATE SKIP LOCKED
)
UPDATE {table} t SET next_attempt_at = now()
FROM waiting w WHERE t.oem_id = w.oem_id AND t.id = w.id
"""


async def until_done(work: Callable[[], Awaitable[None]]) -> None:
    """Do it again until PostgreSQL was there all the while."""
    while True:
        try:
            await work()
        except LOST:
            await asyncio.sleep(0.2)
        else:
            return


async def bring_clocks_forward(pool: asyncpg.Pool, oem_id: int, case_id: UUID) -> None:
    """Let what is promised of contact and result fall due in seconds, as if hours had gone by since."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "SELECT 1 FROM cases WHERE oem_id = $1 AND id = $2 FOR NO KEY UPDATE", oem_id, case_id
        )
        for row in await connection.fetch(_CLOCKS, oem_id, case_id):
            schedule = [row["now"] + timedelta(seconds=after) for after in STEPS_AFTER_S]
            steps = row["steps"]
            assert len(steps) == len(schedule), steps
            due_at = schedule[steps.index("level_1")]
            await connection.execute(_FORWARD, oem_id, row["id"], due_at, schedule, schedule[0])


async def let_go_soon(pool: asyncpg.Pool) -> None:
    """Let nothing be held for longer than seconds, until cancelled."""
    while True:
        await until_done(lambda: _let_go(pool))
        await asyncio.sleep(0.5)


async def try_soon(pool: asyncpg.Pool) -> None:
    """What failed often waits minutes for its next try; once the torment is over, nobody waits for that."""
    for table in ("messages", "events"):
        await pool.execute(_TRY.format(table=table))
    await _let_go(pool)


async def _let_go(pool: asyncpg.Pool) -> None:
    await pool.execute(_LET_GO, timedelta(seconds=DIGEST_S))
