"""Watches every case for signs of a major complaint, after each thing that happens to it (R2.6).

Runs on events, in the OEM's scope: registering and handling cases wait for nothing. Idempotent: what a case
has already is not found again.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import major_rows, policy_data
from shared.cases.majors import (
    Finding,
    MajorFacts,
    MajorPolicy,
    first_of_each,
    found_in_facts,
    found_in_words,
)
from shared.cases.rules import ComplaintFacts, classify
from shared.cases.vocabulary import CaseState, Nature
from shared.db.engine import Transaction
from shared.outbox.events import Event, EventKind, NewEvent, emit
from shared.sla.clock import level_of

_SAID: Final = ("log_contact", "customer_message", "reopen", "survey", "hold")


class _Watched(msgspec.Struct, frozen=True, kw_only=True):
    dealer_id: int
    state: CaseState
    nature: Nature
    category: str
    fault_label: str
    vehicle_id: UUID | None
    historical: bool
    closed: bool


class _Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks for a major complaint; `known` are the codes found before, `texts` what was said since."""

    same_fault: int
    steps: list[str]
    taken_over: bool
    compensation_minor: int
    texts: list[str]
    known: list[str]


# The row is locked: of two events at once the second sees what the first has found.
_CASE: Final = """
SELECT dealer_id, state, nature, category, fault_label, vehicle_id, historical,
       closed_at IS NOT NULL AS closed
FROM cases WHERE oem_id = $1 AND id = $2 FOR NO KEY UPDATE
"""
# Where a label is missing, complaints of one category count as the same fault.
_GATHERED: Final = """
SELECT
    (SELECT coalesce(sum(cycle), 0) FROM cases
     WHERE oem_id = $1 AND vehicle_id = $3 AND category = $4 AND state <> 'merged'
       AND (fault_label = $5 OR fault_label = '' OR $5 = '')
       AND received_at > $6::timestamptz - make_interval(days => $7)) AS same_fault,
    ARRAY (SELECT DISTINCT step FROM escalations
           WHERE oem_id = $1 AND case_id = $2 AND suppressed IS NULL) AS steps,
    EXISTS (SELECT FROM timeline_entries
            WHERE oem_id = $1 AND case_id = $2 AND kind = 'take_over') AS taken_over,
    (SELECT coalesce(sum(amount_minor), 0)::bigint FROM case_compensations
     WHERE oem_id = $1 AND case_id = $2 AND currency = $8
       AND state IN ('asked', 'approved', 'given')) AS compensation_minor,
    ARRAY (SELECT text FROM timeline_entries
           WHERE oem_id = $1 AND case_id = $2 AND kind = ANY ($9::text[]) AND text <> ''
           ORDER BY at DESC, id DESC LIMIT 20) AS texts,
    ARRAY (SELECT code FROM major_findings WHERE oem_id = $1 AND case_id = $2) AS known
"""
_MARK: Final = "UPDATE cases SET major_candidate = true WHERE oem_id = $1 AND id = $2 AND NOT major_candidate"


async def watch(tx: Transaction, event: Event) -> None:
    """Find what is new, mark the case a candidate and let it be told (`major.found`)."""
    oem_id, case_id = event.oem_id, event.about_case()
    case = await tx.row(_Watched, _CASE, oem_id, case_id)
    if case is None or case.historical or case.closed:
        return
    _, policy = await policy_data.major_policy(tx, oem_id)
    gathered = await _gather(tx, oem_id, case_id, case, policy)
    in_words = await _in_words(tx, oem_id, gathered.texts)
    found = first_of_each(
        [*found_in_facts(policy, _facts(case, gathered)), *in_words], frozenset(gathered.known)
    )
    if not found:
        return
    at = await tx.now()
    await major_rows.add(tx, oem_id, at, [(case_id, case.dealer_id, each) for each in found])
    # The version stays: what a person is about to do was not decided on this.
    await tx.execute(_MARK, oem_id, case_id)
    told = NewEvent(
        kind=EventKind.MAJOR_FOUND,
        dealer_id=case.dealer_id,
        case_id=case_id,
        # What is owed for it counts from what happened, whenever it is looked at.
        payload={"codes": [each.code.value for each in found], "since": event.occurred_at.isoformat()},
    )
    await emit(tx, oem_id, at, told)


async def _gather(
    tx: Transaction, oem_id: int, case_id: UUID, case: _Watched, policy: MajorPolicy
) -> _Gathered:
    gathered = await tx.row(
        _Gathered,
        _GATHERED,
        oem_id,
        case_id,
        case.vehicle_id,
        case.category,
        case.fault_label,
        await tx.now(),
        policy.repeated.within_days,
        policy.amount.currency,
        list(_SAID),
    )
    assert gathered is not None  # noqa: S101  # a SELECT without FROM has one row
    return gathered


def _facts(case: _Watched, gathered: _Gathered) -> MajorFacts:
    return MajorFacts(
        nature=case.nature,
        on_hold=case.state is CaseState.ON_HOLD,
        same_fault=max(1, gathered.same_fault),
        level=max((level_of(step) or 0 for step in gathered.steps), default=0),
        taken_over=gathered.taken_over,
        compensation_minor=gathered.compensation_minor,
    )


async def _in_words(tx: Transaction, oem_id: int, texts: Sequence[str]) -> list[Finding]:
    """What was said after registering: in contacts, surveys, and when the case was held or reopened."""
    if not texts:
        return []
    rules = await policy_data.rule_set(tx, oem_id)
    return [
        finding for text in texts for finding in found_in_words(classify(rules, ComplaintFacts(words=text)))
    ]
