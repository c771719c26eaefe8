"""What the queue and the case page show."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from services.admin.cases.counted_by import CountedBy
from services.admin.follow_up.models import CaseFollowUp
from shared.cases.linking import LinkedCase
from shared.cases.merging import MergedCase
from shared.cases.queries import QueueFilter
from shared.cases.states import ONWARDS
from shared.cases.vocabulary import CaseState, Category, Channel, Kind, Party, Urgency
from shared.cases.waits import CaseWaits
from shared.cases.work_views import CaseWork, PlanView
from shared.cases.work_vocabulary import VERDICTS, Verdict
from shared.inbound.calls import CallView
from shared.web.components import EMPTY_FORM, Choice, ClockChip, FormState, Tab, TimelineEntry

MAIN_PATH = (
    CaseState.RECEIVED,
    CaseState.REGISTERED,
    CaseState.CONTACTED,
    CaseState.PLANNED,
    CaseState.RESULT_TOLD,
    CaseState.CLOSED,
)
"""The steps that every case goes over, in order (R3.3); the others are taken where they are needed."""


def progress(state: CaseState) -> float | None:
    """How far along the way a state is, from 0 to 1; None beside it."""
    return ONWARDS.index(state) / (len(ONWARDS) - 1) if state in ONWARDS else None


class Action(StrEnum):
    """What the case page offers to do; the value is the last part of the address it is posted to."""

    CONFIRM = "confirm"
    TAKE = "take"
    ASSIGN = "assign"
    CLASSIFY = "classify"
    CONTACT = "contact"
    NOTE = "note"
    TAG = "tag"
    UNTAG = "untag"
    PLAN = "plan"
    RESOLVE = "resolve"
    CLOSE = "close"
    ESCALATE = "escalate"
    REQUEST = "request"
    POINTS = "points"
    DIAGNOSE = "diagnose"
    AGREE = "agree"
    VISIT = "visit"
    STEP = "step"
    VERIFY = "verify"
    VERDICT = "verdict"
    COMPENSATE = "compensate"
    APPROVE = "approve"
    DECLINE = "decline"
    GIVE = "give"
    DROP = "drop"
    TASK = "task"
    FINISH_TASK = "finish-task"
    CANCEL_TASK = "cancel-task"
    WAIT = "wait"
    END_WAIT = "end-wait"
    HOLD = "hold"
    RESUME = "resume"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    TAKE_OVER = "take-over"
    HAND_BACK = "hand-back"
    ASK_TRANSFER = "ask-transfer"
    REFUSE_TRANSFER = "refuse-transfer"
    TRANSFER = "transfer"
    RENEW_LINK = "renew-link"
    CHOOSE = "choose-messages"
    MERGE = "merge"
    UNMERGE = "unmerge"
    LINK = "link"
    UNLINK = "unlink"


_S = CaseState
_A = Action
NEXT_STEPS: Final[Mapping[CaseState, tuple[Action, ...]]] = {
    _S.RECEIVED: (_A.CONFIRM, _A.TAKE),
    _S.REGISTERED: (_A.VERDICT, _A.RESOLVE, _A.DIAGNOSE),
    _S.CONTACTED: (_A.VERDICT, _A.DIAGNOSE, _A.RESOLVE),
    _S.DIAGNOSED: (_A.VERDICT, _A.RESOLVE),
    _S.PLANNED: (_A.AGREE, _A.RESOLVE),
    _S.AGREED: (_A.VISIT, _A.STEP, _A.RESOLVE),
    _S.EXECUTING: (_A.VERIFY, _A.STEP),
    _S.VERIFIED: (_A.RESOLVE, _A.STEP),
    _S.RESULT_TOLD: (_A.CLOSE,),
    _S.SURVEYED: (_A.CLOSE, _A.REOPEN),
    _S.CLOSED: (_A.REOPEN,),
    _S.WITHDRAWN: (_A.REOPEN,),
    _S.ON_HOLD: (_A.RESUME,),
    _S.MERGED: (_A.UNMERGE,),
}
"""What usually comes next in a state, the likeliest first; the page shows the first two it may offer."""
ALWAYS_SHOWN: Final = (Action.TAKE, Action.ESCALATE)
OF_ITEMS: Final = frozenset(
    {Action.APPROVE, Action.DECLINE, Action.GIVE, Action.DROP, Action.FINISH_TASK, Action.CANCEL_TASK}
)
"""Offered beside the task or the compensation they are for."""
ELSEWHERE: Final = frozenset({Action.CONTACT, Action.NOTE, Action.PLAN, Action.TAG, Action.UNTAG})
"""Offered by the composer and by the tags."""
_MOST_NEXT_STEPS: Final = 2


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the queue. `clock` is the one due next; `may_be_major` waits for a person's judgement.

    `waits` says whom the case waits for; with `paused_until` promises pause until then.
    """

    id: UUID
    number: str
    title: str
    customer: str
    vehicle: str
    plate: str
    dealer: str
    state: CaseState
    urgency: Urgency
    is_major: bool
    may_be_major: bool
    owner: str
    clock: ClockChip | None
    received_at: datetime
    waits: list[Party] = []
    paused_until: datetime | None = None

    @property
    def progress(self) -> float | None:
        """How far along the main path the case is."""
        return progress(self.state)


class CaseList(msgspec.Struct, frozen=True, kw_only=True):
    """The rows in view. `more_url` loads those that follow; `count` is None when it was not counted.

    `trouble` says why the words searched for bring no list. `shows_dealer` is False for the staff of one
    dealer, whom its name would tell nothing. `registers`: an empty list offers to register a complaint.
    """

    rows: list[CaseRow]
    more_url: str | None
    count: int | None
    selected_id: UUID | None = None
    shows_dealer: bool = True
    trouble: str = ""
    registers: bool = False


class ClockLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of the case's promises with its history."""

    chip: ClockChip
    started_at: datetime
    met_at: datetime | None = None
    provisional: bool = False


class EscalationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One escalation: who was told, and whether somebody has acknowledged it (R4.2, R4.4).

    `level` is None when a person called for help, with the `reason`.
    """

    id: UUID
    metric: str
    level: int | None
    reason: str
    raised_at: datetime
    told: list[str]
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    may_acknowledge: bool = False


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the case; `is_recording` of a contact."""

    id: UUID
    name: str
    size_bytes: int
    added_by: str
    added_at: datetime
    is_visible_to_customer: bool
    is_recording: bool


class FormLine(msgspec.Struct, frozen=True, kw_only=True):
    """A form of the case in one language (R3.9)."""

    kind: str
    locale: str
    is_ready: bool
    is_failed: bool
    filed_at: datetime | None


class Caution(msgspec.Struct, frozen=True, kw_only=True):
    """Something that calls for care; `tone` is bad, warn or note, `href` leads to what can be done."""

    tone: str
    icon: str
    title: str
    lines: list[str] = []
    href: str = ""
    link: str = ""


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a case's timeline, newest first, and where what was before is read."""

    entries: list[TimelineEntry]
    more_url: str | None


class CasePage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one case.

    `work` is what has been done, `currency` that of the authority limits, `may_decide` names the
    compensations the reader may approve or decline. `version` travels with every form, so that two people
    cannot overwrite each other. `reasons` are the rules that decided category and urgency, in the reader's
    language. `phone_link` is the number to call, empty while it is masked. `shown_until` is when revealed
    data is masked again. `refused` holds the form that was just refused.
    """

    id: UUID
    version: int
    number: str
    title: str
    words: str
    description: str
    demand: str
    conditions: str = ""
    background: str = ""
    state: CaseState
    category: Category
    kind: Kind
    urgency: Urgency
    is_major: bool
    may_be_major: bool
    escalation_level: int
    times_reopened: int
    channel: Channel
    received_at: datetime
    registered_at: datetime
    dealer: str
    owner: str
    customer: str
    phone: str
    phone_link: str
    is_masked: bool = False
    shown_until: datetime | None = None
    reveal_form: FormState = EMPTY_FORM
    email: str
    wants_messages: bool = True
    vehicle: str
    plate: str
    vin: str
    mileage_km: int | None
    plan: str
    promised_at: datetime | None
    found: str
    result: str
    advice: str
    root_cause: str
    preventive_measure: str
    reasons: list[str]
    clocks: list[ClockLine]
    counted_by: list[CountedBy]
    escalations: list[EscalationLine]
    history: HistoryPage
    actions: frozenset[Action]
    merged_into: UUID | None = None
    merged_into_number: str = ""
    merged_here: list[MergedCase] = []
    linked: list[LinkedCase] = []
    staff: list[Choice]
    files: list[FileLine]
    may_attach: bool
    contacts: list[Choice]
    work: CaseWork
    plan_in_force: PlanView | None
    currency: str
    dealers: list[Choice]
    tags: list[str] = []
    tags_offered: list[str] = []
    calls: list[CallView] = []
    cautions: list[Caution] = []
    forms: list[FormLine] = []
    follow_up: CaseFollowUp = CaseFollowUp()
    waiting_for: str = ""
    waits: CaseWaits | None = None
    waiting_since: datetime | None = None
    answer_by: datetime | None = None
    paused_until: datetime | None = None
    transfer_asked_at: datetime | None = None
    visit_unconfirmed: bool = False
    verdict: Verdict | None = None
    may_decide: frozenset[UUID] = frozenset()
    refused: Action | None = None
    refused_form: FormState = EMPTY_FORM

    @property
    def progress(self) -> float | None:
        """How far along the main path the case is."""
        return progress(self.state)

    @property
    def path(self) -> tuple[CaseState, ...]:
        """The main path with the present step, for the row of steps."""
        return tuple(state for state in ONWARDS if state in MAIN_PATH or state is self.state)

    @property
    def next_steps(self) -> list[Action]:
        """The one or two steps that usually come next, of those the reader may take."""
        usual = NEXT_STEPS.get(self.state, ())
        return [each for each in usual if each in self.actions][:_MOST_NEXT_STEPS]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts that can be given on a case of its kind (R3.7)."""
        return VERDICTS.get(self.kind, ())

    @property
    def linked_choices(self) -> list[Choice]:
        """The linked cases, to choose one of."""
        return [Choice(str(each.id), f"{each.number} {each.title}") for each in self.linked]

    @property
    def more_steps(self) -> list[Action]:
        """Everything else the reader may do, in the order of the list."""
        shown = {*self.next_steps, *ALWAYS_SHOWN, *OF_ITEMS, *ELSEWHERE}
        return [each for each in Action if each in self.actions and each not in shown]

    @property
    def running_clocks(self) -> list[ClockLine]:
        """The promises still open, the most urgent first."""
        return sorted(
            (line for line in self.clocks if line.met_at is None), key=lambda line: line.chip.due_at
        )

    def form(self, action: str) -> FormState:
        """The state of the form of an action: empty unless it was just refused."""
        return self.refused_form if self.refused == action else EMPTY_FORM


class FilterChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What can be chosen besides the closed lists; where there is one value at most nothing is offered."""

    dealers: list[Choice] = []
    regions: list[Choice] = []
    owners: list[Choice] = []
    tags: list[Choice] = []


class QueuePage(msgspec.Struct, frozen=True, kw_only=True):
    """The queue, with one case opened beside it if the address says so.

    `query` holds the filters as they stand in an address; `own_view` is the reader's saved view they make,
    and `view_form` the form that saves one.
    """

    filters: QueueFilter
    query: str
    tabs: list[Tab]
    offered: FilterChoices
    cases: CaseList
    opened: CasePage | None = None
    may_export: bool = False
    may_import: bool = False
    own_view: UUID | None = None
    view_form: FormState = EMPTY_FORM
