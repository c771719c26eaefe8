"""What a customer answered: read, checked, and made into satisfaction and score (R5.1, R3.9). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from shared.cases.texts import clean
from shared.errors import FieldError, Invalid
from shared.follow_up.policy import Question
from shared.follow_up.vocabulary import Measure, QuestionKind

LONGEST_TEXT: Final = 2_000
_SCORES: Final = range(1, 6)
_YES, _NO = "yes", "no"


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer to the question `key`: a score 1 to 5, `yes` or `no`, the value of an option, or a text."""

    key: str
    value: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The answers in the order of the questions, and what they come to.

    `score` is the mean of what was scored, None when nothing was. `comment` is what was written.
    """

    answers: tuple[Answer, ...]
    satisfied_with_process: bool
    satisfied_with_result: bool
    score: float | None
    comment: str


def judge(questions: Sequence[Question], satisfied_from: int, given: Sequence[Answer]) -> Judged:
    """What the answers come to; raises `Invalid` with every question that is not answered as it asks.

    A question answered twice, and an answer to nothing that was asked, are refused.
    """
    by_key = {each.key: clean(each.value) for each in given}
    problems = list(_problems(questions, given, by_key))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    scores = [int(by_key[each.key]) for each in questions if _is_scored(each, by_key)]
    texts = [by_key.get(each.key, "") for each in questions if each.kind is QuestionKind.TEXT]
    return Judged(
        answers=tuple(Answer(each.key, by_key[each.key]) for each in questions if by_key.get(each.key)),
        satisfied_with_process=_satisfied(questions, Measure.PROCESS, satisfied_from, by_key),
        satisfied_with_result=_satisfied(questions, Measure.RESULT, satisfied_from, by_key),
        score=sum(scores) / len(scores) if scores else None,
        comment="\n".join(filter(None, texts)),
    )


def _problems(
    questions: Sequence[Question], given: Sequence[Answer], by_key: Mapping[str, str]
) -> Iterator[FieldError]:
    known = {each.key for each in questions}
    for answer in given:
        if answer.key not in known:
            yield FieldError(answer.key, "unknown_field")
    if len(by_key) != len(given):
        yield FieldError("answers", "twice")
    for question in questions:
        value = by_key.get(question.key, "")
        if not value:
            if question.required:
                yield FieldError(question.key, "required")
        elif not _fits(question, value):
            yield FieldError(question.key, "unknown_value")
        elif len(value) > LONGEST_TEXT:
            yield FieldError(question.key, "too_long", {"limit": LONGEST_TEXT})


def _fits(question: Question, value: str) -> bool:
    match question.kind:
        case QuestionKind.SCORE:
            return value in {str(score) for score in _SCORES}
        case QuestionKind.YES_NO:
            return value in {_YES, _NO}
        case QuestionKind.CHOICE:
            return value in {each.value for each in question.options}
        case QuestionKind.TEXT:
            return True


def _is_scored(question: Question, by_key: Mapping[str, str]) -> bool:
    return question.kind is QuestionKind.SCORE and bool(by_key.get(question.key))


def _satisfied(
    questions: Sequence[Question], measure: Measure, satisfied_from: int, by_key: Mapping[str, str]
) -> bool:
    return all(
        _is_good(each, by_key[each.key], satisfied_from)
        for each in questions
        if each.measures is measure and by_key.get(each.key)
    )


def _is_good(question: Question, value: str, satisfied_from: int) -> bool:
    return int(value) >= satisfied_from if question.kind is QuestionKind.SCORE else value == _YES
