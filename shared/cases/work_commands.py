"""What can be asked about the work on a case, from complained points to compensation and tasks (R3.4, R3.5).

Money is in whole minor units (fen, cents) of a currency (ISO 4217).
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from shared.cases.commands import CaseCommand, ContactChannel
from shared.cases.vocabulary import Department
from shared.cases.work_vocabulary import AgreementWay, CheckResult, CompensationKind, Payer, PlanType

Amount = Annotated[
    int,
    msgspec.Meta(ge=1, le=10**12, description="Whole minor units of the currency: fen, cents."),
]
Cost = Annotated[
    int,
    msgspec.Meta(ge=0, le=10**12, description="Whole minor units of the currency; 0: free of charge."),
]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", description="ISO 4217 code.", examples=["CNY"])]
Points = Annotated[tuple[str, ...], msgspec.Meta(max_length=20)]


class AddPoints(CaseCommand, frozen=True, kw_only=True):
    """What the customer complains of, point by point (R3.5)."""

    points: Points


class CheckItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a checklist; `value` is what was measured."""

    item: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    result: CheckResult
    value: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Diagnose(CaseCommand, frozen=True, kw_only=True):
    """What was found out, and what helps for now (R3.4).

    `needs_technical_support`: a new or hard fault, which becomes a task of the OEM's technical support.
    """

    findings: str
    checklist: Annotated[tuple[CheckItem, ...], msgspec.Meta(max_length=50)] = ()
    repair_history: str = ""
    remote_guidance: str = ""
    temporary_measure: str = ""
    needs_technical_support: bool = False


class Plan(CaseCommand, frozen=True, kw_only=True):
    """The solution that is proposed (R3.4); `told_via` when the customer has been told it.

    `promised_at` is the expected completion, `window_from` to `window_until` the time that suits the
    customer. `cost_minor`, `currency` and `payer` are given together or not at all. A new plan asks for the
    customer's agreement anew.
    """

    plan: str
    type: PlanType | None = None
    alternative: str = ""
    parts: str = ""
    promised_at: datetime | None = None
    cost_minor: Cost | None = None
    currency: Currency | None = None
    payer: Payer | None = None
    window_from: datetime | None = None
    window_until: datetime | None = None
    told_via: ContactChannel | None = None


class Agree(CaseCommand, frozen=True, kw_only=True):
    """The customer agrees to the plan: who, how, and when (now, unless told otherwise) (R3.4).

    By a link it is the customer himself who says so, and only he.
    """

    agreed_by: str
    via: AgreementWay
    agreed_at: datetime | None = None


class ConfirmVisit(CaseCommand, frozen=True, kw_only=True):
    """The customer has confirmed the visit; without it nobody departs (R3.4)."""

    via: ContactChannel
    window_from: datetime | None = None
    window_until: datetime | None = None


class ExecuteStep(CaseCommand, frozen=True, kw_only=True):
    """A key step that was done, what was measured, which parts went in, what is charged (R3.5)."""

    step: str
    measured: str = ""
    parts: str = ""
    charge_minor: Cost | None = None
    currency: Currency | None = None


class Verify(CaseCommand, frozen=True, kw_only=True):
    """The functional check (R3.5): `confirmed` names the points that are in order now.

    `points` are complained points nobody had written down; they count as confirmed. `signed_off_by` is the
    customer who signed.
    """

    check: str
    confirmed: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=100)] = ()
    points: Points = ()
    signed_off_by: str = ""


class Compensate(CaseCommand, frozen=True, kw_only=True):
    """Something is given to the customer; above the actor's limit it is only asked for (R3.2, R3.5)."""

    kind: CompensationKind
    amount_minor: Amount
    currency: Currency
    reason: str


class Approve(CaseCommand, frozen=True, kw_only=True):
    """The compensation that was asked for may be given (R3.2)."""

    reason: str = ""


class Decline(CaseCommand, frozen=True, kw_only=True):
    """The compensation that was asked for is not given (R3.2)."""

    reason: str


class GiveCompensation(CaseCommand, frozen=True, kw_only=True):
    """What was approved has been given."""


class DropCompensation(CaseCommand, frozen=True, kw_only=True):
    """What was asked for or approved is not needed any more."""

    reason: str


class AddTask(CaseCommand, frozen=True, kw_only=True):
    """Another department has something to do; the case keeps its one owner (R3.1)."""

    department: Department
    title: str
    assignee_id: UUID | None = None
    due_at: datetime | None = None


class FinishTask(CaseCommand, frozen=True, kw_only=True):
    """The task is done; `outcome` is what came of it."""

    outcome: str


class CancelTask(CaseCommand, frozen=True, kw_only=True):
    """The task is not needed any more."""

    reason: str
