"""Everything done to cases: each function is one transaction.

All raise `NotFound` for a case outside the actor's scope (before anything else), `Forbidden` without the
permission, `Conflict` for a stale `version` or a command out of order, and `Invalid` for fields that cannot be
accepted. `as_of` replaces the present instant (demo history, imports, tests).
"""

from datetime import datetime
from uuid import UUID

from shared.cases.commands import (
    Acknowledge,
    Assign,
    Classify,
    Close,
    ConfirmReceipt,
    Escalate,
    LogContact,
    Plan,
    Resolve,
    Take,
)
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.tenancy import Actor


async def register(
    actor: Actor,
    intake: Intake,
    *,
    source: Source,
    idempotency_key: str | None = None,
    as_of: datetime | None = None,
    historical: bool = False,
) -> CaseView:
    """Register a complaint: classified, owned, its clocks running (R1, R2, R4).

    The same `idempotency_key` with the same intake returns the first case; with another, `Conflict` (code
    `idempotency_key_reused`). A known `external_ref` raises `Conflict` (code `external_ref_exists`, params
    `case_id` and `number`).
    """
    raise NotImplementedError


async def confirm_receipt(
    actor: Actor,
    case_id: UUID,
    command: ConfirmReceipt,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """Register a case that came in by itself."""
    raise NotImplementedError


async def take(
    actor: Actor, case_id: UUID, command: Take, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Become the owner."""
    raise NotImplementedError


async def assign(
    actor: Actor, case_id: UUID, command: Assign, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Make another person the owner."""
    raise NotImplementedError


async def classify(
    actor: Actor, case_id: UUID, command: Classify, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Confirm or change the classification."""
    raise NotImplementedError


async def log_contact(
    actor: Actor, case_id: UUID, command: LogContact, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Log a contact with the customer, or an attempt."""
    raise NotImplementedError


async def plan(
    actor: Actor, case_id: UUID, command: Plan, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Set the solution and the promised time."""
    raise NotImplementedError


async def resolve(
    actor: Actor, case_id: UUID, command: Resolve, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Tell the customer the result."""
    raise NotImplementedError


async def close(
    actor: Actor, case_id: UUID, command: Close, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Close with root cause and preventive measure."""
    raise NotImplementedError


async def escalate(
    actor: Actor, case_id: UUID, command: Escalate, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Ask the next person up the chain."""
    raise NotImplementedError


async def acknowledge(
    actor: Actor, case_id: UUID, command: Acknowledge, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Acknowledge the escalations that wait for the actor; their clocks stop climbing."""
    raise NotImplementedError
