"""The typefaces of reports: static files, so that every machine prints the same.

Set-up (`make assets`) fetches them into the folder the console serves as well.
"""

from functools import cache
from pathlib import Path
from typing import Final

from shared.errors import Unavailable
from shared.web import svg

FAMILY: Final = svg.FONT_FAMILY.split(",", 1)[0]
FOLDER: Final = Path(svg.__file__).parent / "static" / "vendor" / "fonts"
FILES: Final = {weight: FOLDER / f"NotoSansSC-{weight}.ttf" for weight in (400, 500, 700)}


def check() -> None:
    """Raise `Unavailable` (code `report_fonts_missing`; params `files`, `folder`) if a file is not there."""
    missing = [path.name for path in FILES.values() if not path.is_file()]
    if missing:
        raise Unavailable("report_fonts_missing", {"files": ", ".join(missing), "folder": str(FOLDER)})


@cache
def covered() -> frozenset[int]:
    """The code points that have a glyph in every weight; raises like `check`."""
    from fontTools.ttLib import TTFont

    check()
    maps: list[frozenset[int]] = []
    for path in FILES.values():
        with TTFont(path, lazy=True) as font:
            maps.append(frozenset(font.getBestCmap() or {}))
    return maps[0].intersection(*maps[1:])
