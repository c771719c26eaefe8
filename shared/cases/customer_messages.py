"""What customers write themselves, by their link (R3.6)."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.cases import pausing
from shared.cases.commands import CustomerMessage
from shared.cases.handling import Change, handling
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.outbox.events import EventKind
from shared.tenancy import Actor

LONGEST_MESSAGE = 2_000
_REPEATED = """
SELECT EXISTS (
    SELECT FROM timeline_entries
    WHERE oem_id = $1 AND case_id = $2 AND kind = $3 AND text = $4
      AND at > $5::timestamptz - interval '10 minutes'
)
"""


async def customer_message(
    actor: Actor,
    case_id: UUID,
    command: CustomerMessage,
    *,
    version: int | None = None,
    as_of: datetime | None = None,
) -> CaseView | None:
    """Put the customer's words on the timeline and tell the owner; None for a form sent twice.

    What he was asked for counts as answered. The same words within ten minutes count once.
    """
    command = cleaned(command, text=LONGEST_MESSAGE)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.CUSTOMER_MESSAGE], msgspec.structs.asdict(command))
        kind = Command.CUSTOMER_MESSAGE.value
        if await work.tx.value(_REPEATED, work.oem_id, case_id, kind, command.text, work.at):
            return None
        columns = await pausing.answered(work)
        change = Change(columns=columns, text=command.text, event=EventKind.CASE_CUSTOMER_WROTE)
        return await work.apply(transitions, change)
