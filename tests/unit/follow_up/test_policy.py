"""What an OEM may ask: five to eight questions that say whether the customer is satisfied (R5.1)."""

import msgspec
import pytest

from shared.follow_up.default_policy import default_follow_up
from shared.follow_up.policy import CallPolicy, FollowUpPolicy, Option, Question, problems
from shared.follow_up.vocabulary import Measure, QuestionKind
from shared.permissions import Role

SUPPLIED = default_follow_up()


def with_questions(*questions: Question) -> FollowUpPolicy:
    survey = msgspec.structs.replace(SUPPLIED.survey, questions=questions)
    return msgspec.structs.replace(SUPPLIED, survey=survey)


def found(policy: FollowUpPolicy) -> set[tuple[str, str]]:
    return {(each.field, each.code) for each in problems(policy)}


def test_what_is_supplied_can_be_published_and_survives_storage() -> None:
    assert problems(SUPPLIED) == []
    assert msgspec.json.decode(msgspec.json.encode(SUPPLIED), type=FollowUpPolicy) == SUPPLIED


@pytest.mark.parametrize("count", [4, 9])
def test_fewer_than_five_and_more_than_eight_questions_are_refused(count: int) -> None:
    """R5.1."""
    more = [msgspec.structs.replace(SUPPLIED.survey.questions[0], key=f"q{place}") for place in range(9)]
    few = with_questions(*(*SUPPLIED.survey.questions[:4], *more)[:count])
    assert ("survey.questions", "question_count") in found(few)


def test_process_and_result_are_both_measured() -> None:
    """R3.9."""
    blind = [each for each in SUPPLIED.survey.questions if each.measures is not Measure.RESULT]
    assert ("survey.questions", "result_not_measured") in found(with_questions(*blind))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"key": "Attitude!"}, ("survey.questions[0].key", "not_a_key")),
        ({"key": "speed"}, ("survey.questions[0].key", "twice")),
        ({"en": " "}, ("survey.questions[0].en", "required")),
        ({"zh": "长" * 201}, ("survey.questions[0].zh", "too_long")),
        ({"kind": QuestionKind.TEXT}, ("survey.questions[0].measures", "measures_nothing")),
        ({"kind": QuestionKind.CHOICE, "measures": None}, ("survey.questions[0].options", "option_count")),
        ({"options": (Option("a", "甲", "A"),)}, ("survey.questions[0].options", "option_count")),
    ],
)
def test_a_question_that_cannot_be_asked_is_named(
    changes: dict[str, object], problem: tuple[str, str]
) -> None:
    first, *others = SUPPLIED.survey.questions
    assert problem in found(with_questions(msgspec.structs.replace(first, **changes), *others))


def test_callers_are_people_of_the_dealer_who_speak_with_customers() -> None:
    calls = CallPolicy(
        caller_role=Role.READER,
        callback_role=Role.REGIONAL_MANAGER,
        second_kinds=("fault", "sale"),
        most_attempts=0,
    )
    assert found(msgspec.structs.replace(SUPPLIED, calls=calls)) == {
        ("calls.caller_role", "unknown_value"),
        ("calls.callback_role", "unknown_value"),
        ("calls.second_kinds", "unknown_value"),
        ("calls.most_attempts", "out_of_range"),
    }
