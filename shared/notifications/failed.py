"""Sending everything again that a filter finds among what did not get through, after an outage (R4.4)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec

from shared.audit.log import AuditEntry, append
from shared.db.engine import transaction
from shared.notifications.robots.service import TEST
from shared.notifications.rules import CUSTOMERS_OPTIONAL, RULES
from shared.notifications.service import lifetime_of
from shared.notifications.webhooks import vocabulary as webhooks
from shared.outbox import failed
from shared.outbox.failed import FailedCount
from shared.outbox.message_pages import MessageFilter
from shared.permissions import Permission
from shared.tenancy import Actor

MOST_AT_ONCE: Final = 500
"""Messages of one call; a provider that has just come back is not flooded, nor a wrong filter dear."""

_LIFETIMES: Final[Mapping[str, timedelta]] = {
    template: lifetime_of(template) for template in (*(each.value for each in RULES), webhooks.TEMPLATE, TEST)
}
_DISPENSABLE: Final = tuple(template.value for template in CUSTOMERS_OPTIONAL)


class SentAgain(msgspec.Struct, frozen=True, kw_only=True):
    """How many go once more, and how many the filter still finds, which another call takes."""

    count: int
    left: int


async def failed_messages(actor: Actor, wanted: MessageFilter) -> list[FailedCount]:
    """What would be sent again, by state; raises `Forbidden`."""
    actor.require(Permission.MESSAGE_REQUEUE)
    async with transaction(actor.scope, read_only=True) as tx:
        return await failed.failed_counts(tx, actor.oem_id, _known(wanted), _DISPENSABLE)


async def send_failed_again(actor: Actor, wanted: MessageFilter) -> SentAgain:
    """Send them once more as `service.requeue` does one, `MOST_AT_ONCE` of them; raises `Forbidden`.

    Those whose end is not known (`unknown`) are among them where the filter names that state: they may arrive
    twice. What its customer does without stays.
    """
    actor.require(Permission.MESSAGE_REQUEUE)
    async with transaction(actor.scope) as tx:
        again = await failed.requeue_failed(
            tx, actor.oem_id, _known(wanted), _DISPENSABLE, _LIFETIMES, MOST_AT_ONCE
        )
        entries = [
            AuditEntry(
                action="message.requeue", entity="message", entity_id=each.id, dealer_id=each.dealer_id
            )
            for each in again
        ]
        await append(tx, actor, await tx.now(), *entries)
        left = await failed.failed_counts(tx, actor.oem_id, _known(wanted), _DISPENSABLE)
    return SentAgain(count=len(again), left=sum(each.count for each in left))


def _known(wanted: MessageFilter) -> MessageFilter:
    """Without what only a newer version knows."""
    return msgspec.structs.replace(wanted, templates=wanted.templates or tuple(_LIFETIMES))
