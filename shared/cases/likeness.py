"""How alike the words of two cases are: the pairs of characters they share, rare ones count more (pure)."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeVar

from shared.cases.bigrams import fold, grams_of
from shared.cases.texts import clean

Key = TypeVar("Key")

LEAST: Final = 0.3
"""Below this share of their weight two texts have but the everyday in common."""
_FEWEST_SHARED: Final = 3
_MOST_CHARACTERS: Final = 400


def grams_to_compare(*texts: str) -> list[str]:
    """What the beginning of each text is compared by."""
    found = (grams_of(fold(clean(text)[:_MOST_CHARACTERS])) for text in texts)
    return [gram for gram in dict.fromkeys(gram for grams in found for gram in grams) if gram.isalnum()]


def shares(wanted: Sequence[str], shared: Mapping[Key, Collection[str]]) -> dict[Key, float]:
    """How much of `wanted` each text has, from `LEAST` to 1; `shared` holds what each has of it, by its key.

    A pair that stands in most of the texts says little: its weight falls with their number.
    """
    seen = Counter(gram for grams in shared.values() for gram in grams)
    weight = {gram: math.log((len(shared) + 2) / (seen[gram] + 1)) for gram in wanted}
    whole = math.fsum(weight.values())
    if whole <= 0:
        return {}
    found = {
        key: math.fsum(weight[gram] for gram in grams) / whole
        for key, grams in shared.items()
        if len(grams) >= _FEWEST_SHARED
    }
    return {key: share for key, share in found.items() if share >= LEAST}
