"""Words as search knows them: every two characters that follow each other (pure).

Chinese is written without blanks and needs no dictionary this way; English is found by any part of a word.
Codes (case number, plate, VIN, telephone number) are found whole or by their ending of four characters or
more, whatever stands between their characters.
"""

import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import msgspec

ENDING: Final = 4
"""The fewest last characters of a code that find it."""

NUMBER_DIGITS: Final = 6
"""The fewest first digits that find a case number."""

_LAST_CHARACTER: Final = "\U0010ffff"
_MOST_REMEMBERED: Final = 30_000
_TRUNK_PREFIX_FROM: Final = 8


class SearchTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed into a search field.

    A case is found when it holds all `grams` and, folded, all `chunks`; or when one of its codes ends in one
    of `endings`, whose marks are `tails`; or when its number lies from `first_number` up to `past_numbers`.
    """

    grams: list[str] | None
    chunks: list[str]
    endings: list[str]
    tails: list[str]
    first_number: str | None
    past_numbers: str | None


def fold(text: str) -> str:
    """One width, lower case, blanks for white space, nothing for invisible characters.

    Each character is folded by itself, so that a part of a text folds to a part of the folded text.
    Traditional characters stay what they are.
    """
    return text.translate(_TABLE)


def grams_of(text: str) -> list[str]:
    """Every two characters that follow each other without a blank between, each once; `text` is folded."""
    return list(dict.fromkeys(a + b for a, b in pairwise(text) if a > " " and b > " "))


def compact(code: str) -> str:
    """Letters and digits of a code in one width and upper case."""
    return "".join(each for each in fold(code) if each.isalnum()).upper()


def tails_of(codes: Iterable[str]) -> list[str]:
    """The marks of the endings of compact codes, each once; a code that is too short has none."""
    return list(dict.fromkeys("*" + code[-ENDING:] for code in codes if len(code) >= ENDING))


def understood(text: str) -> SearchTerms | None:
    """What to look for; None for a text with less than two characters together."""
    chunks = fold(text).split()
    grams = grams_of(" ".join(chunks))
    code = compact(text)
    endings = endings_of(code)
    digits = code.removeprefix("AF")
    is_number = len(digits) >= NUMBER_DIGITS and digits.isascii() and digits.isdecimal()
    if not grams and not endings:
        return None
    return SearchTerms(
        grams=grams or None,
        # Two characters are a gram themselves.
        chunks=[chunk for chunk in chunks if len(chunk) != 2],
        endings=endings,
        tails=tails_of(endings),
        first_number=f"AF{digits}" if is_number else None,
        past_numbers=f"AF{digits}{_LAST_CHARACTER}" if is_number else None,
    )


def endings_of(code: str) -> list[str]:
    """The endings by which a compact code finds others; none for one that is too short."""
    if len(code) < ENDING or not any(each.isascii() for each in code):
        return []
    # Within a country a telephone number is dialled with a nought that its international form lacks.
    if code.startswith("0") and code.isdecimal() and len(code) >= _TRUNK_PREFIX_FROM:
        return [code, code.lstrip("0")] if len(code.lstrip("0")) >= ENDING else [code]
    return [code]


class _FoldingTable(dict[int, str]):
    """What each character folds to, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        piece = _fold_character(character)
        if len(self) < _MOST_REMEMBERED:
            self[code] = piece
        return piece


_TABLE: Final = _FoldingTable()


def _fold_character(character: str) -> str:
    if character.isspace():
        return "\n" if character in "\n\r\u2028\u2029" else " "
    if unicodedata.category(character) in {"Cc", "Cf", "Cs"}:
        return ""
    return unicodedata.normalize("NFKC", character).lower()
