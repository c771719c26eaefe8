"""Rows of compensations and approvals, written under the lock of their case."""

from typing import Final
from uuid import UUID

import msgspec

from shared.cases.handling import Handling
from shared.cases.work_commands import Compensate
from shared.cases.work_vocabulary import CompensationKind, CompensationState
from shared.errors import NotFound
from shared.ids import new_id
from shared.permissions import Role


class Compensation(msgspec.Struct, frozen=True, kw_only=True):
    """A compensation as it stands; `asked_by` is None where no person asked or nobody had to be asked."""

    id: UUID
    kind: CompensationKind
    amount_minor: int
    currency: str
    state: CompensationState
    asked_by: UUID | None


_INSERT: Final = """
INSERT INTO case_compensations (oem_id, id, dealer_id, case_id, kind, amount_minor, currency, reason, state,
                                created_at, created_by, approver, given_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_INSERT_APPROVAL: Final = """
INSERT INTO case_approvals (oem_id, id, dealer_id, case_id, compensation_id, wanted_role, state, asked_at,
                            asked_by, asked_name)
VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9)
"""
_FIND: Final = """
SELECT c.id, c.kind, c.amount_minor, c.currency, c.state, a.asked_by
FROM case_compensations c
LEFT JOIN case_approvals a ON a.oem_id = c.oem_id AND a.compensation_id = c.id
WHERE c.oem_id = $1 AND c.case_id = $2 AND c.id = $3
"""
_MOVE: Final = """
UPDATE case_compensations
SET state = $3, approver = coalesce($4, approver), given_at = CASE WHEN $3 = 'given' THEN $5::timestamptz END
WHERE oem_id = $1 AND id = $2
"""
_DECIDE: Final = """
UPDATE case_approvals SET state = $3, decided_at = $4, decided_by = $5, decided_name = $6, reason = $7
WHERE oem_id = $1 AND compensation_id = $2 AND state = 'pending'
"""
_DROP_ALL: Final = """
UPDATE case_compensations SET state = 'dropped'
WHERE oem_id = $1 AND case_id = $2 AND state IN ('asked', 'approved')
"""
_DROP_APPROVALS: Final = """
UPDATE case_approvals SET state = 'dropped', decided_at = $3, decided_by = $4, decided_name = $5, reason = $6
WHERE oem_id = $1 AND case_id = $2 AND state = 'pending'
"""


async def insert_given(work: Handling, wanted: Compensate) -> UUID:
    """Write what the actor gives within the own limit; its id."""
    return await _insert(work, wanted, CompensationState.GIVEN)


async def insert_asked(work: Handling, wanted: Compensate, wanted_role: Role) -> UUID:
    """Write what somebody above has to approve; its id."""
    compensation_id = await _insert(work, wanted, CompensationState.ASKED)
    await work.tx.execute(
        _INSERT_APPROVAL,
        work.oem_id,
        new_id(work.at),
        work.case.dealer_id,
        work.case.id,
        compensation_id,
        wanted_role.value,
        work.at,
        work.actor.membership_id,
        work.actor.name,
    )
    return compensation_id


async def find(work: Handling, compensation_id: UUID) -> Compensation:
    """The compensation of the case; raises `NotFound` (`compensation_not_found`)."""
    found = await work.tx.row(Compensation, _FIND, work.oem_id, work.case.id, compensation_id)
    if found is None:
        raise NotFound("compensation_not_found")
    return found


async def move(
    work: Handling, compensation_id: UUID, state: CompensationState, approver: str | None = None
) -> None:
    """The compensation stands at `state` now."""
    await work.tx.execute(_MOVE, work.oem_id, compensation_id, state.value, approver, work.at)


async def decide(work: Handling, compensation_id: UUID, state: str, reason: str) -> None:
    """The actor has answered what was asked."""
    actor = work.actor
    await work.tx.execute(
        _DECIDE, work.oem_id, compensation_id, state, work.at, actor.membership_id, actor.name, reason
    )


async def drop_all(work: Handling, reason: str) -> None:
    """Nothing that was asked for or approved is given any more."""
    actor = work.actor
    await work.tx.execute(_DROP_ALL, work.oem_id, work.case.id)
    await work.tx.execute(
        _DROP_APPROVALS, work.oem_id, work.case.id, work.at, actor.membership_id, actor.name, reason
    )


async def _insert(work: Handling, wanted: Compensate, state: CompensationState) -> UUID:
    compensation_id = new_id(work.at)
    is_given = state is CompensationState.GIVEN
    await work.tx.execute(
        _INSERT,
        work.oem_id,
        compensation_id,
        work.case.dealer_id,
        work.case.id,
        wanted.kind.value,
        wanted.amount_minor,
        wanted.currency,
        wanted.reason,
        state.value,
        work.at,
        work.actor.name,
        work.actor.name if is_given else None,
        work.at if is_given else None,
    )
    return compensation_id
