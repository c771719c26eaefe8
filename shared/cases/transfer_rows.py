"""Moving a case with its children to another dealer: the one function that changes whose a row is (R9.1).

A table whose rows belong to a case has its statement here; a test compares them with the live schema.
The audit log is not moved: it says where something was done.
"""

from typing import Final
from uuid import UUID

from shared.db.engine import Transaction

MOVED: Final = (
    "timeline_entries",
    "clocks",
    "escalations",
    "messages",
    "events",
    "files",
    "case_tags",
    "case_links",
    "case_calls",
    "case_search",
    "case_points",
    "case_diagnoses",
    "case_plans",
    "case_waits",
    "case_tasks",
    "case_compensations",
    "case_approvals",
    "case_attachments",
    "case_consents",
    "customer_choices",
    "major_findings",
    "major_decisions",
    "case_forms",
    "surveys",
    "follow_up_calls",
    "call_attempts",
    "call_checks",
    "reveals",
)
"""The tables whose rows go along, by `case_id`."""


async def move_children(tx: Transaction, oem_id: int, case_id: UUID, dealer_id: int) -> None:
    """Give every row of the case to another dealer; needs OEM scope and the lock of the case."""
    for table in MOVED:
        await tx.execute(
            f"UPDATE {table} SET dealer_id = $3 WHERE oem_id = $1 AND case_id = $2",
            oem_id,
            case_id,
            dealer_id,
        )
