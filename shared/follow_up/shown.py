"""A question in its reader's language, for the pages of both doors."""

from typing import Final

import msgspec

from shared.follow_up.policy import Question
from shared.follow_up.vocabulary import QuestionKind
from shared.web.components import Choice
from shared.web.labels import label
from shared.web.locale import Locale, Translator

_SCORES: Final = ("1", "2", "3", "4", "5")
_YES_NO: Final = ("yes", "no")


class AskedQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One question in the reader's language; `answer` is what was said, in words, once it was."""

    key: str
    kind: QuestionKind
    text: str
    choices: list[Choice]
    required: bool
    answer: str = ""


def asked(question: Question, value: str, speak: Translator, locale: Locale) -> AskedQuestion:
    """A question as it is read, with the answer `value` in words."""
    choices = _choices(question, speak, locale)
    words = next((each.text for each in choices if each.value == value), value)
    return AskedQuestion(
        key=question.key,
        kind=question.kind,
        text=_in(locale, question.zh, question.en),
        choices=choices,
        required=question.required,
        answer=words,
    )


def _choices(question: Question, speak: Translator, locale: Locale) -> list[Choice]:
    match question.kind:
        case QuestionKind.SCORE:
            return [Choice(each, each) for each in _SCORES]
        case QuestionKind.YES_NO:
            return [Choice(each, label(speak, "yes_no", each)) for each in _YES_NO]
        case QuestionKind.CHOICE:
            return [Choice(each.value, _in(locale, each.zh, each.en)) for each in question.options]
        case QuestionKind.TEXT:
            return []


def _in(locale: Locale, zh: str, en: str) -> str:
    return en if locale is Locale.EN else zh
