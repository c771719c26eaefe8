"""Several writes as one statement, so that they cost one round trip (pure)."""

import re
from functools import lru_cache
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\$(\d+)")


@lru_cache(maxsize=512)
def joined(writes: tuple[tuple[str, int], ...]) -> str:
    """One statement that does them all; each is a plain INSERT, UPDATE or DELETE and its number of arguments.

    The arguments follow one another. No write sees what another has written, no two may change the same row,
    and foreign keys are checked at the end.
    """
    parts: list[str] = []
    before = 0
    for number, (sql, arguments) in enumerate(writes):
        parts.append(f"w{number} AS ({_shifted(sql, before)})")
        before += arguments
    return f"WITH {', '.join(parts)} SELECT"


def _shifted(sql: str, by: int) -> str:
    return _PLACEHOLDER.sub(lambda found: f"${int(found[1]) + by}", sql)
