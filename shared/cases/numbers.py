"""Case numbers: the OEM's prefix (`AF`), the local date of registration, the day's sequence (R1.3)."""

import asyncio
from datetime import date, datetime
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

import msgspec

from shared.db.engine import transaction
from shared.errors import NotFound
from shared.tenancy import Scope

# The OEM's zone tells the day, so that one round trip is enough.
_DRAW = """
WITH home AS (
    SELECT id, country, number_prefix, coalesce($2, now()) AS at,
           (coalesce($2, now()) AT TIME ZONE time_zone)::date AS day
    FROM oems WHERE id = $1
), drawn AS (
    INSERT INTO case_counters (oem_id, day, last) SELECT id, day, $3 FROM home
    ON CONFLICT (oem_id, day) DO UPDATE SET last = case_counters.last + $3
    RETURNING last
)
SELECT home.country, home.number_prefix, home.at, home.day, drawn.last FROM home CROSS JOIN drawn
"""


class DrawnNumber(msgspec.Struct, frozen=True):
    """A number nobody else has, the instant it was drawn at, and the country (ISO 3166) of its OEM."""

    number: str
    at: datetime
    country: str


class _Drawn(msgspec.Struct, frozen=True):
    country: str
    number_prefix: str
    at: datetime
    day: date
    last: int


class _Place(NamedTuple):
    scope: Scope
    oem_id: int


class _Batch:
    """Who of one place waits for a number; one of them draws for all."""

    def __init__(self) -> None:
        self.drawing = asyncio.Lock()
        self.waiting: list[asyncio.Future[DrawnNumber]] = []


_batches: Final[WeakValueDictionary[_Place, _Batch]] = WeakValueDictionary()


async def draw(scope: Scope, oem_id: int, as_of: datetime | None) -> DrawnNumber:
    """The next number of the day, in a short transaction of its own.

    Concurrent registrations wait for each other only here; those of one process and scope that come while
    another draws get theirs from the next drawing together. A number drawn and not used is never given again.
    Raises `NotFound` for an OEM outside the scope.
    """
    if as_of is not None:
        return (await draw_many(scope, oem_id, 1, as_of))[0]
    batch = _batches.setdefault(_Place(scope, oem_id), _Batch())
    mine: asyncio.Future[DrawnNumber] = asyncio.get_running_loop().create_future()
    batch.waiting.append(mine)
    try:
        async with batch.drawing:
            if not mine.done():
                await _draw_for(batch, scope, oem_id)
    except BaseException:
        mine.cancel()
        raise
    return mine.result()


async def _draw_for(batch: _Batch, scope: Scope, oem_id: int) -> None:
    served = [each for each in batch.waiting if not each.done()]
    numbers = await draw_many(scope, oem_id, len(served), None)
    for future, number in zip(served, numbers, strict=True):
        if not future.done():
            future.set_result(number)
    batch.waiting = [each for each in batch.waiting if not each.done()]


async def draw_many(scope: Scope, oem_id: int, count: int, as_of: datetime | None) -> list[DrawnNumber]:
    """The next `count` (at least 1) numbers of the day, in ascending order; raises like `draw`."""
    async with transaction(scope, as_of=as_of) as tx:
        drawn = await tx.row(_Drawn, _DRAW, oem_id, as_of, count)
    if drawn is None:
        raise NotFound("not_found")
    return [
        DrawnNumber(case_number(drawn.number_prefix, drawn.day, number), drawn.at, drawn.country)
        for number in range(drawn.last - count + 1, drawn.last + 1)
    ]


def case_number(prefix: str, day: date, sequence: int) -> str:
    """`AF20231108001`; beyond 999 a day the sequence grows a digit."""
    return f"{prefix}{day:%Y%m%d}{sequence:03d}"
