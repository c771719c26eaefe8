"""The closed lists of surveys and calls (R5). Pure; Chinese terms in `docs/domain.md`."""

from enum import StrEnum
from typing import Final

from shared.sla.policy import Metric


class Moment(StrEnum):
    """What a survey is sent, or a call is planned, after: the touchpoint."""

    RESULT_TOLD = "result_told"  # 告知处理结果后
    CLOSED = "closed"  # 结案后


class QuestionKind(StrEnum):
    """How a question is answered."""

    SCORE = "score"  # 评分 1–5
    YES_NO = "yes_no"  # 是否
    CHOICE = "choice"  # 单选
    TEXT = "text"  # 文字


class Measure(StrEnum):
    """Which satisfaction a question counts for (R3.9)."""

    PROCESS = "process"  # 处理过程
    RESULT = "result"  # 处理结果


class SurveyState(StrEnum):
    """Where a survey stands; it is answered once."""

    OPEN = "open"
    ANSWERED = "answered"
    CANCELLED = "cancelled"


class AnswerWay(StrEnum):
    """How the customer answered (R5.1)."""

    LINK = "link"  # 链接
    PHONE = "phone"  # 电话
    IN_PERSON = "in_person"  # 当面


class CallKind(StrEnum):
    """What a call is for (R5.2, R5.3)."""

    FOLLOW_UP = "follow_up"  # 回访
    SECOND_FOLLOW_UP = "second_follow_up"  # 二次回访
    CALLBACK = "callback"  # 不满意回电
    FEEDBACK = "feedback"  # 反馈电话


METRICS: Final = {
    CallKind.FOLLOW_UP: Metric.FOLLOW_UP,
    CallKind.SECOND_FOLLOW_UP: Metric.SECOND_FOLLOW_UP,
    CallKind.CALLBACK: Metric.DISSATISFIED_CALLBACK,
    CallKind.FEEDBACK: Metric.FEEDBACK_AFTER_HANDLING,
}
"""What is promised of each kind."""


class CallState(StrEnum):
    """Where a call stands."""

    PLANNED = "planned"
    DONE = "done"
    NOT_REACHED = "not_reached"
    CANCELLED = "cancelled"


class CallResult(StrEnum):
    """What came of one try."""

    CONTENT = "content"  # 满意
    COMPLAINT = "complaint"  # 仍有投诉
    INQUIRY = "inquiry"  # 咨询
    SUGGESTION = "suggestion"  # 建议
    NO_ANSWER = "no_answer"  # 无人接听
    BUSY = "busy"  # 占线
    WRONG_NUMBER = "wrong_number"  # 号码错误
    CALL_LATER = "call_later"  # 客户要求改时间


EFFECTIVE: Final = frozenset(
    {CallResult.CONTENT, CallResult.COMPLAINT, CallResult.INQUIRY, CallResult.SUGGESTION}
)
"""The results of a try in which the two have spoken (R6.2)."""
