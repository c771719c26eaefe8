"""What customers do without: messages that nobody has to send them, such as surveys and word of the progress.

A choice is the person's at the whole OEM, whoever's customer he is: known by telephone number or e-mail
address. The latest one holds, and who has chosen nothing wants them.

One made on the page of a case holds for that case alone, and the page shows nothing of the others: a
complaint under somebody else's number leads to such a page as well. A link in a message proves the number.
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


_ON_CASE = """
SELECT wanted FROM customer_choices WHERE oem_id = $1 AND case_id = $2
ORDER BY chosen_at DESC, id DESC LIMIT 1
"""


async def write(tx: Transaction, oem_id: int, choice: Choice) -> None:
    """Keep a choice; those before stay as they were made."""
    at = await tx.now()
    await tx.execute(_INSERT, oem_id, new_id(at), *msgspec.structs.astuple(choice), at)


async def wants_messages(tx: Transaction, customer_id: UUID, case_id: UUID | None) -> bool:
    """Whether the person gets what he may do without on a case, by the OEM of the transaction.

    Of no case: what he has said elsewhere than on pages of cases.
    """
    wanted: bool = await tx.value("SELECT wants_messages($1, $2)", customer_id, case_id)
    return wanted


async def said_on_case(tx: Transaction, oem_id: int, case_id: UUID) -> bool:
    """What was said last on the case itself, by whatever way; it is what its page shows."""
    wanted: bool | None = await tx.value(_ON_CASE, oem_id, case_id)
    return wanted is not False
