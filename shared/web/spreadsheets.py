"""Cells that a spreadsheet takes for text, whatever is written in them."""

from typing import Final

# A spreadsheet would calculate what begins like this, in full width as well.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutral(text: str) -> str:
    """The text as a cell of a CSV that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
