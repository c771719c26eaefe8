"""Several writes as one statement, so that they cost one round trip (pure)."""

import re
from functools import lru_cache
from itertools import groupby
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\$(\d+)")
# An insertion of one row and nothing after it, so that more rows can follow.
_ONE_ROW: Final = re.compile(r"(?P<into>\s*INSERT\b.*\bVALUES\s*)(?P<row>\([^()]*\))\s*", re.DOTALL)


@lru_cache(maxsize=512)
def joined(writes: tuple[tuple[str, int], ...]) -> str:
    """One statement that does them all; each is a plain INSERT, UPDATE or DELETE and its number of arguments.

    The arguments follow one another. No write sees what another has written, no two may change the same row,
    and foreign keys are checked at the end. Rows inserted by the same statement one after another become one
    insertion of many: PostgreSQL then prepares policies and checks of the table once.
    """
    parts: list[str] = []
    before = 0
    for (sql, arguments), alike in groupby(writes):
        firsts = [before + arguments * place for place, _ in enumerate(alike)]
        before = firsts[-1] + arguments
        insertion = _ONE_ROW.fullmatch(sql)
        if insertion is None:
            parts.extend(_shifted(sql, first) for first in firsts)
        else:
            rows = ", ".join(_shifted(insertion["row"], first) for first in firsts)
            parts.append(insertion["into"] + rows)
    named = (f"w{number} AS ({part})" for number, part in enumerate(parts))
    return f"WITH {', '.join(named)} SELECT"


def _shifted(sql: str, by: int) -> str:
    return _PLACEHOLDER.sub(lambda found: f"${int(found[1]) + by}", sql)
