"""What is read of the work on a case: points, diagnoses, plans, tasks, compensations with their approvals."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.cases.vocabulary import Department
from shared.cases.work_commands import CheckItem
from shared.cases.work_vocabulary import (
    AgreementWay,
    CompensationKind,
    CompensationState,
    Payer,
    PlanType,
    TaskState,
)
from shared.permissions import Role


class PointView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the customer complains of; confirmed when somebody has checked that it is in order."""

    id: UUID
    position: int
    text: str
    created_at: datetime
    created_by: str
    confirmed_at: datetime | None
    confirmed_by: str | None


class DiagnosisView(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out (R3.4)."""

    id: UUID
    cycle: int
    findings: str
    checklist: list[CheckItem]
    repair_history: str
    remote_guidance: str
    temporary_measure: str
    created_at: datetime
    created_by: str


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """A plan and the customer's agreement to it (R3.4); of a cycle the newest is in force."""

    id: UUID
    cycle: int
    plan: str
    type: PlanType | None
    alternative: str
    parts: str
    promised_at: datetime | None
    cost_minor: int | None
    currency: str | None
    payer: Payer | None
    window_from: datetime | None
    window_until: datetime | None
    visit_confirmed_at: datetime | None
    agreed_at: datetime | None
    agreed_by: str | None
    agreed_via: AgreementWay | None
    created_at: datetime
    created_by: str


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """What a department has to do (R3.1)."""

    id: UUID
    department: Department
    assignee_id: UUID | None
    assignee_name: str
    title: str
    due_at: datetime | None
    state: TaskState
    outcome: str
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    ended_by: str | None


class CompensationView(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer is given (R3.5), and who was asked and decided where it was above a limit (R3.2).

    `wanted_role` to `decision_reason` are None where no approval was needed.
    """

    id: UUID
    kind: CompensationKind
    amount_minor: int
    currency: str
    reason: str
    state: CompensationState
    created_at: datetime
    created_by: str
    approver: str | None
    given_at: datetime | None
    wanted_role: Role | None
    asked_by: UUID | None
    decided_at: datetime | None
    decided_name: str | None
    decision_reason: str | None


class CaseWork(msgspec.Struct, frozen=True, kw_only=True):
    """The work on a case; each list oldest first."""

    points: list[PointView]
    diagnoses: list[DiagnosisView]
    plans: list[PlanView]
    tasks: list[TaskView]
    compensations: list[CompensationView]

    def plan_of(self, cycle: int) -> PlanView | None:
        """The plan in force in a cycle."""
        return next((each for each in reversed(self.plans) if each.cycle == cycle), None)
