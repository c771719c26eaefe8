"""Why the rules decided so, in the reader's words (R2.4)."""

from collections.abc import Iterator, Sequence

from shared.cases.views import DecisionView
from shared.web.locale import Locale


def reasons_of(decision: DecisionView, locale: Locale) -> Iterator[tuple[str, str]]:
    """For each rule the words it found, quoted and with an arrow behind, and its sentence.

    Where no rule applied, nothing is claimed.
    """
    for reason in decision.reasons:
        if reason.rule_id != "default":
            yield _quoted(reason.words, locale), reason.en if locale is Locale.EN else reason.zh


def _quoted(words: Sequence[str], locale: Locale) -> str:
    if not words:
        return ""
    quoted = [f"“{word}”" for word in words]
    return (", " if locale is Locale.EN else "、").join(quoted) + " → "
