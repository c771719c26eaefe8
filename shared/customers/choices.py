"""What customers do without: messages that nobody has to send them, such as surveys and word of the progress.

A choice is the person's at the whole OEM, whoever's customer he is: known by telephone number or e-mail
address. The latest one holds, and who has chosen nothing wants them.
"""

from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.ids import new_id


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer has said on a case; `via` is how."""

    dealer_id: int
    case_id: UUID
    customer_id: UUID
    wanted: bool
    via: str


_INSERT = """
INSERT INTO customer_choices (oem_id, id, dealer_id, case_id, customer_id, wanted, via, chosen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def write(tx: Transaction, oem_id: int, choice: Choice) -> None:
    """Keep a choice; those before stay as they were made."""
    at = await tx.now()
    await tx.execute(_INSERT, oem_id, new_id(at), *msgspec.structs.astuple(choice), at)


async def wants_messages(tx: Transaction, customer_id: UUID) -> bool:
    """Whether the person gets what he may do without, by the OEM of the transaction."""
    wanted: bool = await tx.value("SELECT wants_messages($1)", customer_id)
    return wanted
