"""What the queue and the case page show."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from services.admin.follow_up.models import CaseFollowUp
from shared.cases.queries import QueueFilter
from shared.cases.vocabulary import CaseState, Category, Channel, Kind, Urgency
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
"""The steps that commands lead a case through, in order (R3.3); every other state lies beside them."""


def progress(state: CaseState) -> float | None:
    """How far along the main path a state is, from 0 to 1; None beside the path."""
    return MAIN_PATH.index(state) / (len(MAIN_PATH) - 1) if state in MAIN_PATH else None


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


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the queue. `clock` is the one due next; `may_be_major` waits for a person's judgement."""

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


class CasePage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one case.

    `version` travels with every form, so that two people cannot overwrite each other. `reasons` are the
    rules that decided category and urgency, in the reader's language. `phone_link` is the number to call,
    empty while it is masked. `shown_until` is when revealed data is masked again. `refused` holds the form
    that was just refused.
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
    vehicle: str
    plate: str
    vin: str
    mileage_km: int | None
    plan: str
    promised_at: datetime | None
    result: str
    root_cause: str
    preventive_measure: str
    reasons: list[str]
    clocks: list[ClockLine]
    escalations: list[EscalationLine]
    timeline: list[TimelineEntry]
    actions: frozenset[Action]
    staff: list[Choice]
    files: list[FileLine]
    may_attach: bool
    contacts: list[Choice]
    tags: list[str] = []
    tags_offered: list[str] = []
    calls: list[CallView] = []
    cautions: list[Caution] = []
    forms: list[FormLine] = []
    follow_up: CaseFollowUp = CaseFollowUp()
    refused: Action | None = None
    refused_form: FormState = EMPTY_FORM

    @property
    def progress(self) -> float | None:
        """How far along the main path the case is."""
        return progress(self.state)

    @property
    def path(self) -> tuple[CaseState, ...]:
        """The main path, for the row of steps."""
        return MAIN_PATH

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
