"""Case numbers: `AF`, the local date of registration, and the day's sequence (R1.3)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from shared.db.engine import transaction
from shared.tenancy import Scope
from shared.tenants import oems
from shared.tenants.oems import Oem

_NEXT = """
INSERT INTO case_counters (oem_id, day, last) VALUES ($1, $2, 1)
ON CONFLICT (oem_id, day) DO UPDATE SET last = case_counters.last + 1
RETURNING last
"""


class DrawnNumber(msgspec.Struct, frozen=True):
    """A number nobody else has, the instant it was drawn at, and the OEM it belongs to."""

    number: str
    at: datetime
    oem: Oem


async def draw(scope: Scope, oem_id: int, as_of: datetime | None) -> DrawnNumber:
    """The next number of the day, in a short transaction of its own.

    Concurrent registrations wait for each other only here. A number drawn and not used is never given again.
    """
    async with transaction(scope, as_of=as_of) as tx:
        oem = await oems.oem(tx, oem_id)
        at = await tx.now()
        day = at.astimezone(ZoneInfo(oem.time_zone)).date()
        last = await tx.value(_NEXT, oem_id, day)
    return DrawnNumber(case_number(day, last), at, oem)


def case_number(day: date, sequence: int) -> str:
    """`AF20231108001`; beyond 999 a day the sequence grows a digit."""
    return f"AF{day:%Y%m%d}{sequence:03d}"
