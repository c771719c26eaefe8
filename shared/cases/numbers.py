"""Case numbers: `AF`, the local date of registration, and the day's sequence (R1.3)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from shared.db.engine import Transaction, transaction
from shared.tenancy import Scope
from shared.tenants import oems
from shared.tenants.oems import Oem

_NEXT = """
INSERT INTO case_counters (oem_id, day, last) VALUES ($1, $2, $3)
ON CONFLICT (oem_id, day) DO UPDATE SET last = case_counters.last + $3
RETURNING last
"""


class DrawnNumber(msgspec.Struct, frozen=True):
    """A number nobody else has, the instant it was drawn at, and the OEM it belongs to."""

    number: str
    at: datetime
    oem: Oem


class DrawnNumbers(msgspec.Struct, frozen=True):
    """Numbers nobody else has, in ascending order, and the instant they were drawn at."""

    numbers: list[str]
    at: datetime


async def draw(scope: Scope, oem_id: int, as_of: datetime | None) -> DrawnNumber:
    """The next number of the day, in a short transaction of its own.

    Concurrent registrations wait for each other only here. A number drawn and not used is never given again.
    """
    async with transaction(scope, as_of=as_of) as tx:
        oem = await oems.oem(tx, oem_id)
        drawn = await _draw(tx, oem, 1)
    return DrawnNumber(drawn.numbers[0], drawn.at, oem)


async def draw_many(scope: Scope, oem: Oem, count: int, as_of: datetime | None) -> DrawnNumbers:
    """The next `count` (at least 1) numbers of the day, see `draw`."""
    async with transaction(scope, as_of=as_of) as tx:
        return await _draw(tx, oem, count)


async def _draw(tx: Transaction, oem: Oem, count: int) -> DrawnNumbers:
    at = await tx.now()
    day = at.astimezone(ZoneInfo(oem.time_zone)).date()
    last = await tx.value(_NEXT, oem.id, day, count)
    return DrawnNumbers([case_number(day, last - before) for before in reversed(range(count))], at)


def case_number(day: date, sequence: int) -> str:
    """`AF20231108001`; beyond 999 a day the sequence grows a digit."""
    return f"AF{day:%Y%m%d}{sequence:03d}"
