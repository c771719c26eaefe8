"""What a new OEM asks, and when it calls (R5.1, R5.2); all of it is the OEM's to change."""

from typing import Final

from shared.follow_up.policy import CallPolicy, FollowUpPolicy, Option, Question, SurveyPolicy
from shared.follow_up.vocabulary import Measure, QuestionKind

_QUESTIONS: Final = (
    Question(
        key="attitude",
        kind=QuestionKind.SCORE,
        zh="您对服务人员的态度是否满意？",
        en="How satisfied are you with the way our staff treated you?",
        measures=Measure.PROCESS,
    ),
    Question(
        key="speed",
        kind=QuestionKind.SCORE,
        zh="您对处理速度是否满意？",
        en="How satisfied are you with how fast we worked?",
        measures=Measure.PROCESS,
    ),
    Question(
        key="solution",
        kind=QuestionKind.SCORE,
        zh="您对处理结果是否满意？",
        en="How satisfied are you with the result?",
        measures=Measure.RESULT,
    ),
    Question(
        key="solved",
        kind=QuestionKind.YES_NO,
        zh="您反映的问题是否已经解决？",
        en="Has your problem been solved?",
        measures=Measure.RESULT,
    ),
    Question(
        key="informed",
        kind=QuestionKind.CHOICE,
        zh="处理过程中，您了解进展的方式是？",
        en="How did you learn how things were going?",
        options=(
            Option("told", "经销商主动告知", "We told you by ourselves"),
            Option("asked", "自己多次询问", "You had to ask"),
            Option("never", "一直不清楚", "You never knew"),
        ),
    ),
    Question(
        key="advice",
        kind=QuestionKind.TEXT,
        zh="您还有什么意见或建议？",
        en="What else would you like to tell us?",
        required=False,
    ),
)


def default_follow_up() -> FollowUpPolicy:
    """Six questions after the result; a call after closing, a second one two weeks after a repair."""
    return FollowUpPolicy(survey=SurveyPolicy(questions=_QUESTIONS), calls=CallPolicy())
