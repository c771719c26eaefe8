"""What dealers do that makes promises look better than they are, as counts for the OEM (proofs.md, Changes).

None of it is forbidden, and each has good reasons now and then; only how often it happens tells something.
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from shared.cases.overview import midnight
from shared.db.engine import Transaction

LAST_SHARE: Final = 0.05
"""Solved within this last share of the promised time counts as just before due."""


class Conspicuous(msgspec.Struct, frozen=True, kw_only=True):
    """How often a dealer did so since the local month began.

    `just_in_time`: solved within the last twentieth of the time promised. `held`: put on hold, where nothing
    is asked of anybody. `left_quality`: re-classified from product quality (SQ) to something else.
    """

    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    just_in_time: int
    held: int
    left_quality: int


_FOUND: Final = """
WITH solved AS (
    SELECT dealer_id, count(*) AS just_in_time FROM clocks
    WHERE oem_id = $1 AND metric = 'resolve' AND decided_at >= $2 AND decided_at <= $3
      AND breached_at IS NULL AND met_at <= due_at AND due_at - met_at <= (due_at - started_at) * $4::float8
    GROUP BY dealer_id
), turned AS (
    SELECT dealer_id, count(*) FILTER (WHERE kind = 'hold') AS held,
           count(*) FILTER (WHERE kind = 'classify') AS left_quality
    FROM timeline_entries
    WHERE oem_id = $1 AND at >= $2 AND at <= $3
      AND kind IN ('hold', 'classify') AND (kind = 'hold' OR data->>'category_before' = 'SQ')
    GROUP BY dealer_id
)
SELECT d.id AS dealer_id, d.name AS dealer_name, d.name_en AS dealer_name_en,
       coalesce(s.just_in_time, 0) AS just_in_time, coalesce(t.held, 0) AS held,
       coalesce(t.left_quality, 0) AS left_quality
FROM dealers d
LEFT JOIN solved s ON s.dealer_id = d.id
LEFT JOIN turned t ON t.dealer_id = d.id
WHERE d.oem_id = $1 AND NOT d.is_desk AND (s.dealer_id IS NOT NULL OR t.dealer_id IS NOT NULL)
ORDER BY coalesce(s.just_in_time, 0) + coalesce(t.held, 0) + coalesce(t.left_quality, 0) DESC, d.code
LIMIT $5
"""


async def conspicuous(tx: Transaction, oem_id: int, time_zone: str, most: int = 10) -> list[Conspicuous]:
    """The dealers of the scope that did so this month, the most often first."""
    now: datetime = await tx.now()
    month = midnight(now.astimezone(ZoneInfo(time_zone)).replace(day=1))
    return await tx.rows(Conspicuous, _FOUND, oem_id, month, now, LAST_SHARE, most)
