"""What an OEM asks its customers, and when it calls them: policy data (R5.1, R5.2). Pure."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from shared.cases.vocabulary import Kind
from shared.errors import FieldError
from shared.follow_up.vocabulary import Measure, Moment, QuestionKind
from shared.permissions import DEALER_ROLES, Permission, Role, may

FEWEST_QUESTIONS: Final = 5
MOST_QUESTIONS: Final = 8
_LONGEST_QUESTION: Final = 200
_LONGEST_OPTION: Final = 60
_OPTIONS: Final = (2, 8)
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,29}")
CALLERS: Final = tuple(each for each in Role if each in DEALER_ROLES and may(each, Permission.CASE_CONTACT))
"""Who may be asked to call customers."""
_MEASURING: Final = frozenset({QuestionKind.SCORE, QuestionKind.YES_NO})


class Option(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer to choose; `value` stands in figures, the others are shown."""

    value: str
    zh: str
    en: str


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question in both languages; `measures` names the satisfaction that a score or a yes counts for."""

    key: str
    kind: QuestionKind
    zh: str
    en: str
    measures: Measure | None = None
    options: tuple[Option, ...] = ()
    required: bool = True


class SurveyPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The survey: what is asked, after what, how long the link holds, and what counts as satisfied.

    A customer is satisfied with process or result when every question measuring it was scored
    `satisfied_from` or more, or answered yes.
    """

    questions: tuple[Question, ...]
    after: Moment = Moment.RESULT_TOLD
    satisfied_from: int = 4
    open_days: int = 30


class CallPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The calls: after what, by whom, and how often somebody is tried.

    The first call stands on the next working day's list; a second one follows `second_after_days` later for
    cases of `second_kinds`. `latest_days`: a customer may ask for another day, up to so many after the call
    was promised. How late each may be is said by the clock policy.
    """

    after: Moment = Moment.CLOSED
    caller_role: Role = Role.CUSTOMER_RELATIONS
    callback_role: Role = Role.SERVICE_MANAGER
    second_after_days: int = 14
    second_kinds: tuple[str, ...] = ("fault", "technical_support")
    latest_days: int = 7
    most_attempts: int = 3


class FollowUpPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of one version of the policy."""

    survey: SurveyPolicy
    calls: CallPolicy


def problems(policy: FollowUpPolicy) -> list[FieldError]:
    """What keeps a policy from being published; empty when nothing does."""
    return [*_survey_problems(policy.survey), *problems_of_calls(policy.calls)]


def _survey_problems(survey: SurveyPolicy) -> Iterator[FieldError]:
    count = len(survey.questions)
    if not FEWEST_QUESTIONS <= count <= MOST_QUESTIONS:
        yield FieldError(
            "survey.questions", "question_count", {"least": FEWEST_QUESTIONS, "most": MOST_QUESTIONS}
        )
    known = Counter(each.key for each in survey.questions)
    for place, question in enumerate(survey.questions):
        at = f"survey.questions[{place}]"
        if known[question.key] > 1:
            yield FieldError(f"{at}.key", "twice")
        yield from _question_problems(at, question)
    for measure in Measure:
        if not any(each.measures is measure and each.required for each in survey.questions):
            yield FieldError("survey.questions", f"{measure.value}_not_measured")
    yield from _number("survey.satisfied_from", survey.satisfied_from, 1, 5)
    yield from _number("survey.open_days", survey.open_days, 1, 365)


def _question_problems(at: str, question: Question) -> Iterator[FieldError]:
    if not _KEY.fullmatch(question.key):
        yield FieldError(f"{at}.key", "not_a_key")
    for name in ("zh", "en"):
        yield from _text(f"{at}.{name}", getattr(question, name), _LONGEST_QUESTION)
    if question.measures is not None and question.kind not in _MEASURING:
        yield FieldError(f"{at}.measures", "measures_nothing")
    least, most = _OPTIONS if question.kind is QuestionKind.CHOICE else (0, 0)
    if not least <= len(question.options) <= most:
        yield FieldError(f"{at}.options", "option_count", {"least": least, "most": most})
    values = Counter(each.value for each in question.options)
    for place, option in enumerate(question.options):
        if not _KEY.fullmatch(option.value):
            yield FieldError(f"{at}.options[{place}].value", "not_a_key")
        elif values[option.value] > 1:
            yield FieldError(f"{at}.options[{place}].value", "twice")
        for name in ("zh", "en"):
            yield from _text(f"{at}.options[{place}].{name}", getattr(option, name), _LONGEST_OPTION)


def problems_of_calls(calls: CallPolicy) -> Iterator[FieldError]:
    """What keeps the calls from being published; fields begin with "calls."."""
    for name in ("caller_role", "callback_role"):
        if getattr(calls, name) not in CALLERS:
            yield FieldError(f"calls.{name}", "unknown_value")
    if not set(calls.second_kinds) <= set(Kind):
        yield FieldError("calls.second_kinds", "unknown_value")
    yield from _number("calls.second_after_days", calls.second_after_days, 1, 90)
    yield from _number("calls.latest_days", calls.latest_days, 1, 30)
    yield from _number("calls.most_attempts", calls.most_attempts, 1, 10)


def _number(field: str, value: int, least: int, most: int) -> Iterator[FieldError]:
    if not least <= value <= most:
        yield FieldError(field, "out_of_range", {"least": least, "most": most})


def _text(field: str, text: str, longest: int) -> Iterator[FieldError]:
    if not text.strip():
        yield FieldError(field, "required")
    elif len(text) > longest:
        yield FieldError(field, "too_long", {"limit": longest})
