"""Rows of what speaks for a major complaint and of what was decided; statements in the caller's scope."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.majors import Finding
from shared.cases.vocabulary import MajorCriterion, MajorFindingCode, MajorVerdict
from shared.db.engine import Transaction
from shared.ids import new_id
from shared.tenancy import Actor


class FindingView(msgspec.Struct, frozen=True, kw_only=True):
    """A sign or criterion with the rule that found it, its reason and the words that decided."""

    code: MajorFindingCode
    rule_id: str
    reason_zh: str
    reason_en: str
    words: list[str]
    found_at: datetime


class DecisionMade(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decided, why and when; `criteria` are met according to him."""

    decision: MajorVerdict
    criteria: list[MajorCriterion]
    reason: str
    decided_at: datetime
    decided_name: str


_ADD: Final = """
INSERT INTO major_findings (oem_id, id, dealer_id, case_id, code, rule_id, reason_zh, reason_en, words,
                            found_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (oem_id, case_id, code) DO NOTHING
"""
_DECIDE: Final = """
INSERT INTO major_decisions (oem_id, id, dealer_id, case_id, decision, criteria, reason, decided_at,
                             decided_by, decided_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_FINDINGS: Final = """
SELECT code, rule_id, reason_zh, reason_en, words, found_at FROM major_findings
WHERE oem_id = $1 AND case_id = $2 ORDER BY found_at, id
"""
_DECISIONS: Final = """
SELECT decision, criteria, reason, decided_at, decided_name FROM major_decisions
WHERE oem_id = $1 AND case_id = $2 ORDER BY decided_at, id
"""


async def add(tx: Transaction, oem_id: int, at: datetime, found: Sequence[tuple[UUID, int, Finding]]) -> None:
    """Write findings, each with its case and dealer; one that the case has already stays as it is."""
    await tx.execute_many(
        _ADD,
        [
            (
                oem_id,
                new_id(at),
                dealer_id,
                case_id,
                finding.code.value,
                finding.rule_id,
                finding.reason.zh,
                finding.reason.en,
                list(finding.words),
                at,
            )
            for case_id, dealer_id, finding in found
        ],
    )


async def decide(
    tx: Transaction,
    actor: Actor,
    at: datetime,
    case: tuple[UUID, int],
    verdict: MajorVerdict,
    criteria: Sequence[MajorCriterion],
    reason: str,
) -> None:
    """Write a decision on a case (its id and dealer)."""
    case_id, dealer_id = case
    await tx.execute(
        _DECIDE,
        actor.oem_id,
        new_id(at),
        dealer_id,
        case_id,
        verdict.value,
        [each.value for each in criteria],
        reason,
        at,
        actor.membership_id,
        actor.name,
    )


async def findings(tx: Transaction, oem_id: int, case_id: UUID) -> list[FindingView]:
    """What speaks for a major complaint, the first found first."""
    return await tx.rows(FindingView, _FINDINGS, oem_id, case_id)


async def decisions(tx: Transaction, oem_id: int, case_id: UUID) -> list[DecisionMade]:
    """What was decided, the latest last."""
    return await tx.rows(DecisionMade, _DECISIONS, oem_id, case_id)
