"""Case numbers: the OEM's prefix (`AF`), the local date of registration, the day's sequence (R1.3)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from shared.db.engine import transaction
from shared.errors import NotFound
from shared.tenancy import Scope
from shared.tenants.oems import Oem

_NEXT = """
INSERT INTO case_counters (oem_id, day, last) VALUES ($1, $2, $3)
ON CONFLICT (oem_id, day) DO UPDATE SET last = case_counters.last + $3
RETURNING last
"""


# The OEM's zone tells the day, so that one round trip is enough.
_DRAW = """
WITH home AS (
    SELECT id, country, number_prefix, coalesce($2, now()) AS at,
           (coalesce($2, now()) AT TIME ZONE time_zone)::date AS day
    FROM oems WHERE id = $1
), drawn AS (
    INSERT INTO case_counters (oem_id, day, last) SELECT id, day, 1 FROM home
    ON CONFLICT (oem_id, day) DO UPDATE SET last = case_counters.last + 1
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


class DrawnNumbers(msgspec.Struct, frozen=True):
    """Numbers nobody else has, in ascending order, and the instant they were drawn at."""

    numbers: list[str]
    at: datetime


async def draw(scope: Scope, oem_id: int, as_of: datetime | None) -> DrawnNumber:
    """The next number of the day, in a short transaction of its own.

    Concurrent registrations wait for each other only here. A number drawn and not used is never given again.
    Raises `NotFound` for an OEM outside the scope.
    """
    async with transaction(scope, as_of=as_of) as tx:
        drawn = await tx.row(_Drawn, _DRAW, oem_id, as_of)
    if drawn is None:
        raise NotFound("not_found")
    return DrawnNumber(case_number(drawn.number_prefix, drawn.day, drawn.last), drawn.at, drawn.country)


async def draw_many(scope: Scope, oem: Oem, count: int, as_of: datetime | None) -> DrawnNumbers:
    """The next `count` (at least 1) numbers of the day, see `draw`."""
    async with transaction(scope, as_of=as_of) as tx:
        at = await tx.now()
        day = at.astimezone(ZoneInfo(oem.time_zone)).date()
        last = await tx.value(_NEXT, oem.id, day, count)
    return DrawnNumbers(
        [case_number(oem.number_prefix, day, last - before) for before in reversed(range(count))], at
    )


def case_number(prefix: str, day: date, sequence: int) -> str:
    """`AF20231108001`; beyond 999 a day the sequence grows a digit."""
    return f"{prefix}{day:%Y%m%d}{sequence:03d}"
