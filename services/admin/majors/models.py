"""What the page about a major complaint shows."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.admin.cases.models import ClockLine, FormLine
from shared.cases.vocabulary import MajorCriterion, MajorFindingCode, MajorVerdict, Nature
from shared.web.components import EMPTY_FORM, FormState


class FindingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A sign or a criterion, with its reason in the reader's language and the words that decided."""

    code: MajorFindingCode
    reason: str
    words: list[str]
    found_at: datetime


class DecisionLine(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decided."""

    decision: MajorVerdict
    criteria: list[MajorCriterion]
    reason: str
    decided_at: datetime
    decided_by: str


class ReportLine(msgspec.Struct, frozen=True, kw_only=True):
    """A written report as it was filed."""

    filed_at: datetime
    filed_by: str
    proposal: str


class ToldLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody named for the nature who was told; `sent_at` once the message has left."""

    name: str
    channel: str
    told_at: datetime
    sent_at: datetime | None


class MajorPage(msgspec.Struct, frozen=True, kw_only=True):
    """A case as a major complaint; the latest decision comes first.

    `chosen` are the criteria ticked in the form. `report` is the clock of the written report, where one is
    owed or was; `dossiers` are its printed forms.
    """

    id: UUID
    version: int
    number: str
    title: str
    is_major: bool
    may_be_major: bool
    nature: Nature
    findings: list[FindingLine]
    decisions: list[DecisionLine]
    may_confirm: bool
    may_dismiss: bool
    chosen: list[str]
    confirming: FormState = EMPTY_FORM
    dismissing: FormState = EMPTY_FORM
    may_report: bool = False
    may_ask: bool = False
    report: ClockLine | None = None
    reports: list[ReportLine] = []
    told: list[ToldLine] = []
    dossiers: list[FormLine] = []
    reporting: FormState = EMPTY_FORM
