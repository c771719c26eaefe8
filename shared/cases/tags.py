"""Tags: words that people put on cases to find them again."""

from typing import Final

from shared.db.engine import Transaction

MOST_OFFERED: Final = 60

_IN_USE: Final = """
SELECT tag FROM case_tags WHERE oem_id = $1 GROUP BY tag ORDER BY count(*) DESC, tag LIMIT $2
"""


async def in_use(tx: Transaction, oem_id: int) -> list[str]:
    """The tags of the scope, the most common first, at most `MOST_OFFERED`."""
    return await tx.values(_IN_USE, oem_id, MOST_OFFERED)
