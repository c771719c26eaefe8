"""What the pages about surveys and calls show."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from shared.follow_up.call_checks import CallerScore, CallRecord
from shared.follow_up.call_lists import CallDay
from shared.follow_up.call_rows import AttemptView
from shared.follow_up.shown import AskedQuestion
from shared.follow_up.vocabulary import AnswerWay, CallKind, CallResult, CallState, SurveyState
from shared.web.components import EMPTY_FORM, Choice, FormState, Tab


class CallLine(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the list; `phone_link` is the number to call."""

    id: UUID
    kind: CallKind
    call_on: date
    asked_at: datetime | None
    due_at: datetime | None
    is_late: bool
    attempts: int
    caller: str
    dealer: str
    number: str
    title: str
    customer: str
    phone_link: str
    car: str


class CallsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of one day; `callers` and `dealers` are empty where there is nothing to choose from."""

    tabs: list[Tab]
    day: CallDay
    caller_id: str
    dealer_id: str
    callers: list[Choice]
    dealers: list[Choice]
    lines: list[CallLine]
    more_url: str | None
    may_check: bool = False


class CallCard(msgspec.Struct, frozen=True, kw_only=True):
    """One call: whom, about what, what was tried, and the form for the next try while it is planned."""

    id: UUID
    version: int
    kind: CallKind
    state: CallState
    call_on: date
    asked_at: datetime | None
    due_at: datetime | None
    is_late: bool
    reason: str
    caller: str
    case_id: UUID
    number: str
    title: str
    words: str
    found: str
    result: str
    advice: str
    dealer: str
    customer: str
    phone_link: str
    email: str
    car: str
    attempts: list[AttemptView]
    outcome: CallResult | None
    linked_case_id: UUID | None
    may_call: bool
    staff: list[Choice]
    form: FormState = EMPTY_FORM
    hand_over_form: FormState = EMPTY_FORM


class RecordLine(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was made, and the form to say how; `is_own`: the reader made it himself."""

    record: CallRecord
    dealer: str
    is_own: bool
    form: FormState


class ScoreLine(msgspec.Struct, frozen=True, kw_only=True):
    """A person's calls of the week."""

    score: CallerScore
    dealer: str


class RecordsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of a day, and the scores of its week; those of the days beside it have addresses."""

    day: date
    before_url: str
    after_url: str
    dealer_id: str
    dealers: list[Choice]
    lines: list[RecordLine]
    week_from: date
    scores: list[ScoreLine]

    @property
    def score_choices(self) -> list[Choice]:
        """The scores that can be given."""
        return [Choice(str(each), str(each)) for each in range(5, 0, -1)]


class SurveyCard(msgspec.Struct, frozen=True, kw_only=True):
    """The call sheet of a case's present round, or its answers."""

    case_id: UUID
    version: int
    number: str
    title: str
    customer: str
    phone_link: str
    state: SurveyState
    questions: list[AskedQuestion]
    may_answer: bool
    answered_at: datetime | None = None
    answered_via: AnswerWay | None = None
    answered_by: str = ""
    score: float | None = None
    satisfied_with_process: bool | None = None
    satisfied_with_result: bool | None = None
    form: FormState = EMPTY_FORM


class CaseFollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """What a case's page says of surveys and calls."""

    may_ask: bool = False
    survey_state: SurveyState | None = None
    score: float | None = None
    satisfied_with_process: bool | None = None
    satisfied_with_result: bool | None = None
    calls: list[CallLine] = []
