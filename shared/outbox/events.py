"""Events: what happened inside, written in the transaction that made it happen.

Packages above react to them (`handlers` in the worker); the writer knows none of them.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.ids import new_id

Payload = dict[str, str | int | float | bool | list[str] | None]


class EventKind(StrEnum):
    """Everything that is told to the packages above; the comment names what the payload holds.

    `by_id` is the membership of the person who did it, None when it was no person. An event whose kind a worker
    does not know is left for one that does.
    """

    CASE_REGISTERED = "case.registered"  # by_id
    CASE_ASSIGNED = "case.assigned"  # owner_id, by_id; not for the owner a case is registered with
    CASE_CLASSIFIED = "case.classified"
    CASE_CONTACTED = "case.contacted"
    CASE_PLANNED = "case.planned"
    CASE_RESULT_TOLD = "case.result_told"
    CASE_CLOSED = "case.closed"
    CLOCK_FIRED = "clock.fired"  # escalation_id, clock_id, metric, step, due_at
    CASE_ESCALATED = "case.escalated"  # escalation_id: the row the command has written, metric `manual`
    ESCALATION_ACKNOWLEDGED = "escalation.acknowledged"
    REPORT_READY = "report.ready"  # run_id
    IMPORT_FINISHED = "import.finished"  # run_id


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event to write; `payload` holds ids and codes, never personal values."""

    kind: EventKind
    dealer_id: int
    case_id: UUID | None = None
    payload: Payload = {}


_INSERT = """
INSERT INTO events (oem_id, id, dealer_id, case_id, kind, payload, occurred_at, next_attempt_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
"""


async def emit(tx: Transaction, oem_id: int, at: datetime, *events: NewEvent) -> None:
    """Write events in the open transaction; they are handled after it commits, in the order written."""
    await tx.execute_many(
        _INSERT,
        [
            (oem_id, new_id(at), event.dealer_id, event.case_id, event.kind.value, event.payload, at)
            for event in events
        ],
    )
