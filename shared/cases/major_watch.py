"""Watches every case for signs of a major complaint, after each thing that happens to it (R2.6).

Runs on events, in the OEM's scope: registering and handling cases wait for nothing. Idempotent: what a case
has already is not found again.
"""

from typing import Final
from uuid import UUID

import msgspec

from shared.cases import major_rows, policy_data
from shared.cases.majors import Finding, MajorFacts, first_of_each, found_in_facts, found_in_words
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


# The row is locked: of two events at once the second sees what the first has found.
_CASE: Final = """
SELECT dealer_id, state, nature, category, fault_label, vehicle_id, historical,
       closed_at IS NOT NULL AS closed
FROM cases WHERE oem_id = $1 AND id = $2 FOR NO KEY UPDATE
"""
# Where a label is missing, complaints of one category count as the same fault.
_SAME_FAULT: Final = """
SELECT coalesce(sum(cycle), 0) FROM cases
WHERE oem_id = $1 AND vehicle_id = $2 AND category = $3 AND state <> 'merged'
  AND (fault_label = $4 OR fault_label = '' OR $4 = '')
  AND received_at > $5::timestamptz - make_interval(days => $6)
"""
_COMPENSATION: Final = """
SELECT coalesce(sum(amount_minor), 0) FROM case_compensations
WHERE oem_id = $1 AND case_id = $2 AND currency = $3 AND state IN ('asked', 'approved', 'given')
"""
_STEPS: Final = (
    "SELECT DISTINCT step FROM escalations WHERE oem_id = $1 AND case_id = $2 AND suppressed IS NULL"
)
_TAKEN_OVER: Final = """
SELECT EXISTS (SELECT FROM timeline_entries WHERE oem_id = $1 AND case_id = $2 AND kind = 'take_over')
"""
_WORDS: Final = """
SELECT text FROM timeline_entries
WHERE oem_id = $1 AND case_id = $2 AND kind = ANY ($3::text[]) AND text <> ''
ORDER BY at DESC, id DESC LIMIT 20
"""
_MARK: Final = "UPDATE cases SET major_candidate = true WHERE oem_id = $1 AND id = $2 AND NOT major_candidate"


async def watch(tx: Transaction, event: Event) -> None:
    """Find what is new, mark the case a candidate and let it be told (`major.found`)."""
    oem_id, case_id = event.oem_id, event.about_case()
    case = await tx.row(_Watched, _CASE, oem_id, case_id)
    if case is None or case.historical or case.closed:
        return
    known = frozenset(each.code.value for each in await major_rows.findings(tx, oem_id, case_id))
    found = first_of_each(
        [*await _in_facts(tx, oem_id, case_id, case), *await _in_words(tx, oem_id, case_id)], known
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
        payload={"codes": [each.code.value for each in found]},
    )
    await emit(tx, oem_id, at, told)


async def _in_facts(tx: Transaction, oem_id: int, case_id: UUID, case: _Watched) -> list[Finding]:
    policy = await policy_data.major_policy(tx, oem_id)
    same_fault = 1
    if case.vehicle_id is not None:
        days, now = policy.repeated.within_days, await tx.now()
        same_fault = await tx.value(
            _SAME_FAULT, oem_id, case.vehicle_id, case.category, case.fault_label, now, days
        )
    levels = [level_of(step) or 0 for step in await tx.values(_STEPS, oem_id, case_id)]
    facts = MajorFacts(
        nature=case.nature,
        on_hold=case.state is CaseState.ON_HOLD,
        same_fault=int(same_fault),
        level=max(levels, default=0),
        taken_over=await tx.value(_TAKEN_OVER, oem_id, case_id),
        compensation_minor=int(await tx.value(_COMPENSATION, oem_id, case_id, policy.amount.currency)),
    )
    return found_in_facts(policy, facts)


async def _in_words(tx: Transaction, oem_id: int, case_id: UUID) -> list[Finding]:
    """What was said after registering: in contacts, surveys, and when the case was held or reopened."""
    texts = await tx.values(_WORDS, oem_id, case_id, list(_SAID))
    if not texts:
        return []
    rules = await policy_data.rule_set(tx, oem_id)
    return [
        finding for text in texts for finding in found_in_words(classify(rules, ComplaintFacts(words=text)))
    ]
