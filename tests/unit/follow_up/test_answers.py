"""What answers come to: satisfied or not, and the mean score (R5.1, R3.9)."""

from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.follow_up.answers import Answer, judge
from shared.follow_up.default_policy import default_follow_up
from shared.follow_up.policy import Question
from shared.follow_up.vocabulary import Measure, QuestionKind

QUESTIONS = default_follow_up().survey.questions
SCORES = st.sampled_from("12345")


def possible(question: Question) -> st.SearchStrategy[str]:
    """Any answer that fits a question."""
    match question.kind:
        case QuestionKind.SCORE:
            return SCORES
        case QuestionKind.YES_NO:
            return st.sampled_from(["yes", "no"])
        case QuestionKind.CHOICE:
            return st.sampled_from([each.value for each in question.options])
        case QuestionKind.TEXT:
            return st.text("好a", min_size=1, max_size=5)


ANSWERED = st.fixed_dictionaries({each.key: possible(each) for each in QUESTIONS})


@given(ANSWERED, st.integers(1, 5))
def test_one_low_answer_is_enough_not_to_be_satisfied(said: dict[str, str], satisfied_from: int) -> None:
    """R5.3: low score."""
    judged = judge(QUESTIONS, satisfied_from, [Answer(key, value) for key, value in said.items()])

    def good(question: Question) -> bool:
        value = said[question.key]
        return value == "yes" if question.kind is QuestionKind.YES_NO else int(value) >= satisfied_from

    def fine(measure: Measure) -> bool:
        return all(good(each) for each in QUESTIONS if each.measures is measure)

    assert judged.satisfied_with_process is fine(Measure.PROCESS)
    assert judged.satisfied_with_result is fine(Measure.RESULT)
    scored = [int(said[key]) for key in ("attitude", "speed", "solution")]
    assert judged.score is not None
    assert abs(judged.score - sum(scored) / 3) < 1e-9
    assert judged.comment == said["advice"]


@given(st.lists(st.builds(Answer, st.text(max_size=12), st.text(max_size=8)), max_size=8))
def test_whatever_is_sent_is_judged_or_refused_with_fields(sent: list[Answer]) -> None:
    assert refused_fields(sent) != []


def test_an_answer_given_twice_is_refused() -> None:
    said = [Answer(each.key, "5") for each in QUESTIONS[:3]]
    said += [Answer("solved", "yes"), Answer("informed", "told"), Answer("solved", "no")]
    assert refused_fields(said) == [("answers", "twice")]


def refused_fields(sent: list[Answer]) -> list[tuple[str, str]] | None:
    """The fields that were refused, None when nothing was."""
    try:
        judge(QUESTIONS, 4, sent)
    except Invalid as error:
        return [(each.field, each.code) for each in error.fields]
    return None
