"""What is read of a case: the shapes that the API, the console and the command line show."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.cases.rules import Reason
from shared.cases.vocabulary import (
    CaseState,
    Category,
    Channel,
    Department,
    Kind,
    Nature,
    Party,
    ReportCode,
    ReportStatus,
    Subject,
    Urgency,
)
from shared.cases.work_vocabulary import Verdict


class AlternativeView(msgspec.Struct, frozen=True):
    """Another value that rules spoke for; confidence 0 to 1."""

    value: str
    confidence: float


class DecisionView(msgspec.Struct, frozen=True):
    """What the rules suggested, how surely (0 to 1), and why."""

    value: str
    confidence: float
    reasons: list[Reason]
    alternatives: list[AlternativeView] = []


class ClassificationView(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules said when the case was registered (R2.4); a person may have decided otherwise since."""

    rule_set_version: str
    category: DecisionView
    kind: DecisionView
    subject: DecisionView
    urgency: DecisionView
    urgency_floor: Urgency | None
    nature: DecisionView
    department: DecisionView
    major_candidates: list[DecisionView] = []
    major_criteria: list[DecisionView] = []


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case with its customer, vehicle, dealer and owner.

    `due_*` is the unmet clock that is due next, with `due_at` possibly past; all three are None when nothing
    is promised any more. `cycle` counts from 1; the present one began at `reopened_at` where it is not the
    first. `waiting_for` is what the customer was asked for. The counts are of what stands open: complained
    points not confirmed, tasks not done, compensations asked for or approved and not given. With `masked`,
    name, number, e-mail address, plate and VIN are partly hidden from this reader (R9.2), who may reveal
    them. `wants_messages`: the customer gets surveys and word of the progress. All instants are UTC.
    """

    id: UUID
    number: str
    version: int
    cycle: int
    state: CaseState
    report_status: ReportStatus
    dealer_id: int
    dealer_code: str
    dealer_name: str
    dealer_name_en: str
    channel: Channel
    report_code: ReportCode
    category: Category
    kind: Kind
    subject: Subject
    urgency: Urgency
    nature: Nature
    department: Department
    major: bool
    major_candidate: bool
    classification: ClassificationView
    title: str
    words: str
    description: str
    fault_label: str
    demand: str
    conditions: str
    background: str
    language: str
    customer_id: UUID
    customer_name: str
    customer_phone: str
    customer_phone_kind: str
    customer_email: str
    customer_locale: str
    contactable: bool
    wants_messages: bool = True
    vehicle_id: UUID | None
    vehicle_vin: str | None
    vehicle_plate: str | None
    vehicle_brand: str | None
    vehicle_series: str | None
    vehicle_model: str | None
    mileage_km: int | None
    owner_id: UUID
    owner_name: str
    received_at: datetime
    registered_at: datetime
    contacted_at: datetime | None
    planned_at: datetime | None
    result_told_at: datetime | None
    closed_at: datetime | None
    plan: str
    promised_at: datetime | None
    result: str
    found: str
    advice: str
    root_cause: str
    preventive_measure: str
    due_at: datetime | None
    due_metric: str | None
    due_started_at: datetime | None
    reopened_at: datetime | None
    held_in: CaseState | None
    merged_into: UUID | None
    waiting_for: str
    waiting_since: datetime | None
    waits_for: str
    answer_by: datetime | None
    pauses: list[datetime] = []
    transfer_asked_at: datetime | None
    points: int
    open_points: int
    open_tasks: int
    open_compensations: int
    visit_unconfirmed: bool
    work_unverified: bool
    verdict: Verdict | None
    satisfied_with_process: bool | None
    satisfied_with_result: bool | None
    historical: bool
    source: str
    external_ref: str | None
    created_by: str
    updated_at: datetime
    masked: bool = False

    @property
    def transfer_asked(self) -> bool:
        """Whether the dealer has asked to hand it to another."""
        return self.transfer_asked_at is not None

    @property
    def major_in_question(self) -> bool:
        """Whether it counts as a major complaint, or may be one."""
        return self.major or self.major_candidate


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a case; `kind` is the command, `data` its codes and ids."""

    id: UUID
    at: datetime
    kind: str
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    internal: bool
    text: str
    data: dict[str, str | int | float | bool | list[str] | None]


class TimelinePage(msgspec.Struct, frozen=True):
    """A part of a case's timeline, oldest first; `next_cursor` leads to what was before."""

    items: list[TimelineEntry]
    next_cursor: str | None


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """One promise on a case; `step` counts from 1 into `steps`, each due at the same place of `schedule`.

    `policy_dealer_id`, `calendar_dealer_id`: whose version it was promised and counted by, a dealer's own or
    the OEM's (0); None where it is not known.
    """

    id: UUID
    metric: str
    cycle: int
    state: str
    started_at: datetime
    due_at: datetime
    steps: list[str]
    schedule: list[datetime]
    step: int
    next_at: datetime | None
    met_at: datetime | None
    breached_at: datetime | None
    acknowledged_at: datetime | None
    provisional: bool
    rebased: bool
    policy_version: int
    policy_dealer_id: int | None
    calendar_version: int
    calendar_dealer_id: int | None


class EscalationView(msgspec.Struct, frozen=True, kw_only=True):
    """One firing of a step of a clock, or a manual escalation: who was told, when, and who took it (R4.4)."""

    id: UUID
    clock_id: UUID | None
    metric: str
    cycle: int
    step: str
    due_at: datetime
    fired_at: datetime
    reason: str
    recipient_ids: list[UUID]
    recipient_names: list[str]
    told_at: datetime | None
    suppressed: str | None
    acknowledged_at: datetime | None
    acknowledged_name: str | None


class EscalationPage(msgspec.Struct, frozen=True):
    """A part of what fired on a case, oldest first; `next_cursor` leads to what was before."""

    items: list[EscalationView]
    next_cursor: str | None


class QueueRow(msgspec.Struct, frozen=True):
    """A line of the list of cases: what a chip and two lines of text need.

    `waits` says whom the case waits for; nobody: the dealer has to act. `pause_ends_at` is the end of its
    latest pause, possibly past.
    """

    id: UUID
    number: str
    version: int
    state: CaseState
    title: str
    category: Category
    kind: Kind
    urgency: Urgency
    major: bool
    major_candidate: bool
    channel: Channel
    contactable: bool
    owner_id: UUID
    owner_name: str
    received_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    due_metric: str | None
    due_started_at: datetime | None
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    customer_name: str
    vehicle_plate: str | None
    vehicle_model: str | None
    waits: list[Party] = []
    pause_ends_at: datetime | None = None

    def paused_until(self, now: datetime) -> datetime | None:
        """Until when promises pause for the customer to answer; None where none does at `now`."""
        is_paused = self.pause_ends_at is not None and now < self.pause_ends_at
        return self.pause_ends_at if is_paused and Party.CUSTOMER in self.waits else None


class QueuePage(msgspec.Struct, frozen=True):
    """A page of the list; `next_cursor` is None on the last one."""

    items: list[QueueRow]
    next_cursor: str | None


class QueueCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases stand in each tab."""

    open: int
    mine: int
    due_soon: int
    breached: int
    major: int
    waiting: int
