"""Taking back what a customer does without, where it has not left yet (R3.7, R5.1)."""

from typing import Final

from shared.customers.choices import wants_messages
from shared.db.engine import Transaction
from shared.notifications.rules import CUSTOMERS_OPTIONAL
from shared.outbox.events import Event
from shared.outbox.message_pages import MessageView
from shared.outbox.messages import NOT_WANTED
from shared.outbox.vocabulary import RecipientKind

_DISPENSABLE: Final = [template.value for template in CUSTOMERS_OPTIONAL]
# What a worker is sending at this moment may have left; where it has not, it is not tried again.
_TAKE_BACK: Final = f"""
UPDATE messages SET last_error = '{NOT_WANTED}',
    state = CASE WHEN lease_token IS NULL THEN 'expired' ELSE state END,
    expires_at = least(expires_at, statement_timestamp())
WHERE oem_id = $1 AND state IN ('held', 'queued') AND recipient_kind = 'customer'
  AND template = ANY ($2::text[])
  AND address IN (SELECT unnest(ARRAY[phone, email]) FROM customers WHERE oem_id = $1 AND id = $3)
  AND ($4::uuid IS NULL OR case_id = $4)
"""


async def on_customer_chose(tx: Transaction, event: Event) -> None:
    """Whoever does without such messages from now on gets none that wait for the morning either.

    Said on the page of a case it is about that case alone. Who has thought better of it meanwhile gets them.
    """
    if event.payload.get("wanted") is not False:
        return
    customer_id = event.uuid("customer_id")
    case_id = event.about_case() if event.payload.get("on_page") else None
    if not await wants_messages(tx, customer_id, case_id):
        await tx.execute(_TAKE_BACK, event.oem_id, _DISPENSABLE, customer_id, case_id)


async def is_unwanted(tx: Transaction, message: MessageView) -> bool:
    """Whether its customer does without the message: it was taken back, or failed before he said so."""
    if message.last_error == NOT_WANTED:
        return True
    if message.recipient_kind is not RecipientKind.CUSTOMER or message.template not in _DISPENSABLE:
        return False
    return not await wants_messages(tx, message.recipient_id, message.case_id)
