"""What the page about a major complaint shows."""

from datetime import datetime
from uuid import UUID

import msgspec

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


class MajorPage(msgspec.Struct, frozen=True, kw_only=True):
    """A case as a major complaint; the latest decision comes first.

    `chosen` are the criteria ticked in the form.
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
