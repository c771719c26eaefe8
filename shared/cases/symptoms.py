"""Words that name no concrete symptom, for which the form asks again (R1.2). Pure.

"It does not work well" cannot be diagnosed; what is seen, heard or felt, and when, can.
"""

import re
from typing import Final

from shared.cases.texts import clean_line

_FEWEST_CHINESE: Final = 10
_FEWEST_WORDS: Final = 5
_VAGUE: Final = re.compile(
    r"不好用|不好使|不太好|不行|有问题|有毛病|有故障|出毛病|坏了|质量差|质量不好|不正常|很差|太差"
    r"|\b(?:does(?:n't|n’t| not) work(?: well)?|not working|broken|bad quality|has (?:a )?problems?|poor)\b",
    re.IGNORECASE,
)
_NOISE: Final = re.compile(
    r"我的?|的|车子?|了|很|太|总是|一直|有点|就是|[\W_]"
    r"|\b(?:my|the|a|is|it|car|very|always|this|vehicle)\b",
    re.IGNORECASE,
)
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")


def is_vague(words: str) -> bool:
    """Whether the words leave open what is wrong: hardly any, or only that something is."""
    text = clean_line(words)
    if not _CHINESE.search(text):
        rest = _NOISE.sub(" ", _VAGUE.sub(" ", text)).split()
        return len(text.split()) < _FEWEST_WORDS or not rest
    rest = _NOISE.sub("", _VAGUE.sub("", text))
    has_vague = _VAGUE.search(text) is not None
    return (len(text) < _FEWEST_CHINESE and (has_vague or len(rest) < 4)) or (has_vague and len(rest) < 4)
