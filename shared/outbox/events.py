"""Events: what happened inside, written in the transaction that made it happen.

Packages above react to them (`handlers` in the worker); the writer knows none of them.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.ids import new_id

Payload = dict[str, str | int | float | bool | list[str] | dict[str, int] | None]


class EventKind(StrEnum):
    """Everything that is told to the packages above; the comment names what the payload holds.

    `by_id` is the membership of the person who did it, None when it was no person. An event whose kind a
    worker does not know is left for one that does.
    """

    CASE_REGISTERED = "case.registered"  # by_id
    CASE_ASSIGNED = "case.assigned"  # owner_id, by_id; not for the owner a case is registered with
    # (a transfer to another dealer is one, too)
    CASE_CLASSIFIED = "case.classified"
    CASE_CONTACTED = "case.contacted"
    CASE_PLANNED = "case.planned"  # told: whether the customer was told the plan
    CASE_RESULT_TOLD = "case.result_told"
    CASE_CLOSED = "case.closed"
    CASE_DIAGNOSED = "case.diagnosed"  # task_id where technical support got a task
    CASE_AGREED = "case.agreed"  # by_customer: by his link
    CASE_WORKED_ON = "case.worked_on"
    CASE_VERIFIED = "case.verified"
    CASE_SURVEYED = "case.surveyed"  # satisfied_with_process, satisfied_with_result
    CASE_HELD = "case.held"
    CASE_RESUMED = "case.resumed"
    CASE_WITHDRAWN = "case.withdrawn"  # by_customer: by his link
    CASE_MERGED = "case.merged"  # into_id
    CASE_UNMERGED = "case.unmerged"  # from_id
    CASE_REOPENED = "case.reopened"  # cycle: the new one
    # codes: what speaks for a major complaint; since: when that happened, where it was found later (ISO 8601)
    MAJOR_FOUND = "major.found"
    FORM_FILED = "form.filed"  # the tracking form has reached the OEM
    MAJOR_DECIDED = "major.decided"  # decision: confirmed or dismissed, by_id
    MAJOR_REPORTED = "major.reported"  # the written report is filed; by_id
    DOSSIER_ASKED = "dossier.asked"  # somebody wants it printed as things stand now; by_id
    CASE_MENTIONED = "case.mentioned"  # mentioned_ids: memberships; by_id
    CUSTOMER_ASKED = "customer.asked"
    TASK_ADDED = "task.added"  # task_id, assignee_id, by_id
    TASK_ENDED = "task.ended"  # task_id, state
    APPROVAL_ASKED = "approval.asked"  # compensation_id, by_id
    APPROVAL_DECIDED = "approval.decided"  # compensation_id, decision: approved or declined, by_id
    COMPENSATION_GIVEN = "compensation.given"  # compensation_id
    TRANSFER_ASKED = "transfer.asked"  # by_id
    CUSTOMER_CHOSE = "customer.chose"  # wanted, customer_id: what he may do without
    CASE_CUSTOMER_WROTE = "case.customer_wrote"
    # message_id: one to the customer that did not arrive; written by the database (migration 0044)
    CUSTOMER_UNREACHED = "customer.unreached"
    CUSTOMER_REACHED = "customer.reached"  # message_id: of a survey that has left; likewise
    CLOCK_FIRED = "clock.fired"  # escalation_id: the firing
    CASE_ESCALATED = "case.escalated"  # escalation_id: the row the command has written, metric `manual`
    ESCALATION_ACKNOWLEDGED = "escalation.acknowledged"  # escalation_ids, asks_owner; by_id
    # run_id; month (its first day, ISO 8601); by_id: who asked for it
    REPORT_READY = "report.ready"
    # version; anew: whether all open promises are counted again; dealer_id of the event: 0 for the OEM's
    CALENDAR_PUBLISHED = "calendar.published"
    POLICY_MIGRATION = "policy.migration"  # migration_id: open cases are brought to the clock policy in force
    # run_id, file_name, historical; cases, open_cases, overdue: how many by dealer id
    IMPORT_FINISHED = "import.finished"


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
    """Write events in the open transaction; they are handled after it commits, oldest first."""
    await tx.execute_many(
        _INSERT,
        [
            (oem_id, new_id(at), event.dealer_id, event.case_id, event.kind.value, event.payload, at)
            for event in events
        ],
    )


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed event; whoever holds `lease_token` may finish it, until the lease ends."""

    oem_id: int
    id: UUID
    dealer_id: int
    case_id: UUID | None
    kind: EventKind
    payload: Payload
    occurred_at: datetime
    attempts: int
    lease_token: UUID

    def uuid(self, name: str) -> UUID:
        """The id that the payload holds under `name`; raises `KeyError` or `ValueError` when it does not."""
        return UUID(str(self.payload[name]))

    def optional_uuid(self, name: str) -> UUID | None:
        """The id under `name`, None when there is none."""
        value = self.payload.get(name)
        return None if value is None else UUID(str(value))

    def about_case(self) -> UUID:
        """The case the event belongs to; raises `ValueError` for an event of no case."""
        if self.case_id is None:
            raise ValueError("an event of no case")
        return self.case_id


Handler = Callable[[Transaction, Event], Awaitable[None]]
"""Reacts to one event in the open transaction of its OEM; idempotent, for an event may be handled again."""

Handlers = Mapping[EventKind, Handler | None]
"""Who reacts to what; None: nobody does, and the event is done at once."""
