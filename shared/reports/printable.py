"""Words of people made fit for paper and spreadsheets. Pure."""

import unicodedata
from collections.abc import Container
from typing import Final

ELLIPSIS: Final = "…"
NO_GLYPH: Final = "□"
_VARIATION_SELECTORS: Final = range(0xFE00, 0xFE10)
_NEVER_PRINTED: Final = frozenset({"Cf", "Cs", "Co", "Cn"})


def clean(text: str) -> str:
    """The text in one line, without what cannot be printed or read.

    Control and format characters (bidi overrides, zero-width ones), lone surrogates and runs of blanks go.
    Characters are composed (NFC), so that equal texts are equal.
    """
    kept = "".join(_replacement(character) for character in unicodedata.normalize("NFC", text))
    return " ".join(kept.split())


def capped(text: str, limit: int) -> str:
    """The text, cut to `limit` characters with an ellipsis as the last one."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


class Drawable(dict[int, str]):
    """A table for `str.translate` that leaves nothing in a document that its fonts cannot draw.

    What `clean` removes goes; a character without a glyph becomes a box. The layout would otherwise take the
    glyph from whatever font the machine has, and two machines would print two different reports.
    """

    def __init__(self, covered: Container[int]) -> None:
        super().__init__()
        self._covered = covered

    def __missing__(self, code_point: int) -> str:
        character = chr(code_point)
        shown = character if character == "\n" else _replacement(character)
        if shown not in {"", " ", "\n"} and code_point not in self._covered:
            shown = NO_GLYPH
        self[code_point] = shown
        return shown


def _replacement(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace() or category == "Cc":
        return " "
    return "" if category in _NEVER_PRINTED or ord(character) in _VARIATION_SELECTORS else character
