"""What stands on the forms of a case (R3.9, pure): values, no words; the same in every language."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from shared.cases.rule_set import Bilingual


class FormKind(StrEnum):
    """The forms of a case."""

    HANDLING = "handling"  # 顾客投诉处理表, at receipt
    TRACKING = "tracking"  # 客户投诉处理跟踪表, at closing
    DOSSIER = "dossier"  # 重大投诉卷宗, whenever media or courts may take it up


class FormEntry(msgspec.Struct, frozen=True):
    """One thing that was done or said."""

    at: datetime
    who: str
    text: str


class FormCompensation(msgspec.Struct, frozen=True):
    """Something the customer was given, and who approved it."""

    kind: str
    amount_minor: int
    currency: str
    approver: str


class FormContact(msgspec.Struct, frozen=True):
    """The customer was spoken with, or tried; `way` as in the contact's record."""

    at: datetime
    who: str
    way: str
    effective: bool
    text: str


class FormSign(msgspec.Struct, frozen=True):
    """What speaks for a major complaint, with the rule's reason."""

    code: str
    reason: Bilingual


class FormDecision(msgspec.Struct, frozen=True):
    """Whether it is a major complaint, according to whom and why."""

    at: datetime
    who: str
    verdict: str
    reason: str


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """What the dossier of a major complaint says beside the case itself (R3.10)."""

    report_due_at: datetime | None
    reports: list[FormEntry]
    signs: list[FormSign]
    decisions: list[FormDecision]
    contacts: list[FormContact]
    files: list[str]


class CaseForm(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its form shows it; `printed_at` is when its values were taken."""

    kind: FormKind
    printed_at: datetime
    time_zone: str
    oem: Bilingual
    dealer: Bilingual
    dealer_code: str
    dealer_phone: str
    number: str
    oem_number: str
    status: str
    title: str
    words: str
    description: str
    demand: str
    background: str
    customer_name: str
    customer_phone: str
    vehicle: str
    plate: str
    vin: str
    mileage_km: int | None
    purchased_on: date | None
    channel: str
    category: str
    case_kind: str
    urgency: str
    nature: str
    major: bool
    received_at: datetime
    registered_at: datetime
    closed_at: datetime | None
    handler: str
    field_manager: str
    points: list[str]
    plan: str
    found: str
    result: str
    advice: str
    root_cause: str
    preventive_measure: str
    satisfied_with_process: bool | None
    satisfied_with_result: bool | None
    entries: list[FormEntry]
    compensations: list[FormCompensation]
    dossier: Dossier | None = None
