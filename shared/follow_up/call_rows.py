"""Rows of calls and of their tries; written under the lock of their case."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.handling import Handling
from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.follow_up.vocabulary import EFFECTIVE, CallKind, CallResult, CallState
from shared.ids import new_id


class CallView(msgspec.Struct, frozen=True, kw_only=True):
    """A call to make: by whom, on which local day, until when; and what came of it.

    `asked_at` is the hour the customer has asked for, `due_at` the promise, None where the policy makes none.
    """

    id: UUID
    case_id: UUID
    cycle: int
    kind: CallKind
    caller_id: UUID
    caller_name: str
    reason: str
    call_on: date
    asked_at: datetime | None
    due_at: datetime | None
    state: CallState
    attempts: int
    outcome: CallResult | None
    note: str
    linked_case_id: UUID | None
    version: int
    created_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One try at a call; `effective`: the two have spoken."""

    id: UUID
    at: datetime
    by_name: str
    result: CallResult
    effective: bool
    note: str


class NewCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call to plan."""

    kind: CallKind
    caller_id: UUID
    caller_name: str
    call_on: date
    due_at: datetime | None
    reason: str = ""


COLUMNS: Final = ", ".join(CallView.__struct_fields__)
_ONE: Final = f"SELECT {COLUMNS} FROM follow_up_calls WHERE oem_id = $1 AND id = $2"
_OF_CASE: Final = f"""
SELECT {COLUMNS} FROM follow_up_calls WHERE oem_id = $1 AND case_id = $2 ORDER BY created_at DESC, id DESC
"""
# Nothing for a kind that this round has had: an event may be handled again. What was dropped, or was about an
# earlier result, is planned in another turn.
_NEXT_TURN: Final = """
SELECT 1 + count(*) FROM follow_up_calls WHERE oem_id = $1 AND case_id = $2 AND cycle = $3 AND kind = $4
HAVING bool_and(state = 'cancelled' OR coalesce(created_at < $5, false)) IS NOT FALSE
"""
_INSERT: Final = """
INSERT INTO follow_up_calls (oem_id, id, dealer_id, case_id, cycle, kind, caller_id, caller_name, reason,
                             call_on, due_at, state, created_at, turn)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'planned', $12, $13)
"""
_UPDATE: Final = """
UPDATE follow_up_calls SET state = $3, attempts = $4, outcome = $5, note = $6, call_on = $7, asked_at = $8,
                           due_at = $9, linked_case_id = $10, ended_at = $11, ended_by = $12, caller_id = $13,
                           caller_name = $14, version = version + 1
WHERE oem_id = $1 AND id = $2
"""
_CANCEL: Final = """
UPDATE follow_up_calls SET state = 'cancelled', ended_at = $3, ended_by = $4, version = version + 1
WHERE oem_id = $1 AND case_id = $2 AND state = 'planned' AND cycle <= $5
    AND created_at <= coalesce($6, 'infinity'::timestamptz)
RETURNING kind
"""
_ATTEMPTS: Final = """
SELECT id, at, by_name, result, effective, note FROM call_attempts
WHERE oem_id = $1 AND call_id = $2 ORDER BY at, id
"""
_INSERT_ATTEMPT: Final = """
INSERT INTO call_attempts (oem_id, id, dealer_id, case_id, call_id, at, by_id, by_name, result, effective,
                           note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""


async def call(tx: Transaction, oem_id: int, call_id: UUID) -> CallView:
    """The call; raises `NotFound` (`call_not_found`) outside the scope."""
    found = await tx.row(CallView, _ONE, oem_id, call_id)
    if found is None:
        raise NotFound("call_not_found")
    return found


async def calls_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[CallView]:
    """The calls of a case, the newest first."""
    return await tx.rows(CallView, _OF_CASE, oem_id, case_id)


async def attempts_of(tx: Transaction, oem_id: int, call_id: UUID) -> list[AttemptView]:
    """The tries at a call, the first one first."""
    return await tx.rows(AttemptView, _ATTEMPTS, oem_id, call_id)


async def next_turn(work: Handling, kind: CallKind, since: datetime | None) -> int | None:
    """The turn of another call of this kind in the present round; None when it has had one `since` then."""
    found: int | None = await work.tx.value(
        _NEXT_TURN, work.oem_id, work.case.id, work.case.cycle, kind.value, since
    )
    return found


async def insert(work: Handling, new: NewCall, turn: int) -> UUID:
    """Plan a call in the case's present round; its id."""
    call_id = new_id(work.at)
    await work.tx.execute(
        _INSERT,
        work.oem_id,
        call_id,
        work.case.dealer_id,
        work.case.id,
        work.case.cycle,
        new.kind.value,
        new.caller_id,
        new.caller_name,
        new.reason,
        new.call_on,
        new.due_at,
        work.at,
        turn,
    )
    return call_id


async def update(work: Handling, changed: CallView) -> None:
    """Write the call as it is now."""
    await work.tx.execute(
        _UPDATE,
        work.oem_id,
        changed.id,
        changed.state.value,
        changed.attempts,
        changed.outcome.value if changed.outcome else None,
        changed.note,
        changed.call_on,
        changed.asked_at,
        changed.due_at,
        changed.linked_case_id,
        changed.ended_at,
        changed.ended_by,
        changed.caller_id,
        changed.caller_name,
    )


async def insert_attempt(work: Handling, call_id: UUID, result: CallResult, note: str) -> None:
    """Write a try."""
    await work.tx.execute(
        _INSERT_ATTEMPT,
        work.oem_id,
        new_id(work.at),
        work.case.dealer_id,
        work.case.id,
        call_id,
        work.at,
        work.actor.membership_id,
        work.actor.name,
        result.value,
        result in EFFECTIVE,
        note,
    )


async def cancel_planned(work: Handling, last_cycle: int, until: datetime | None = None) -> list[CallKind]:
    """Nobody is called any more about rounds up to this one, as far as planned `until` then; the kinds."""
    kinds: list[str] = await work.tx.values(
        _CANCEL, work.oem_id, work.case.id, work.at, work.actor.name, last_cycle, until
    )
    return [CallKind(kind) for kind in kinds]
