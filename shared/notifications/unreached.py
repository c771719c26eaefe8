"""A customer whom a message was to reach, and none of its ways did: it is said, and somebody told (R4.4).

An event for each message that ended without arriving is written by the database (migration 0044). What counts
is the cause: a customer who was told by another channel has been told, and a way that is still open has an
event of its own when it ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.repository import Data, NewTimelineEntry, append_to_timeline, lock
from shared.db.engine import Transaction
from shared.notifications.answerable import answerable
from shared.notifications.facts import CaseFacts, case_facts
from shared.notifications.links import Links
from shared.notifications.recipients import staff
from shared.notifications.render import Bilingual
from shared.notifications.rules import Template
from shared.notifications.writing import case_notice, tell
from shared.outbox.events import Event
from shared.outbox.messages import NOT_WANTED, OVERTAKEN
from shared.outbox.vocabulary import MessageState
from shared.tenancy import Actor
from shared.web.delivery_words import why_unreached
from shared.web.labels import label
from shared.web.locale import Locale, Translator, translator

ENTRY: Final = "customer_not_reached"
"""The kind of the entry in the timeline; `messages` holds ids, `ways` channel, state and reason of each."""

_ENDED: Final = frozenset({MessageState.DEAD, MessageState.UNKNOWN, MessageState.EXPIRED})
_NOT_MEANT_TO: Final = frozenset({NOT_WANTED, OVERTAKEN})


class Way(msgspec.Struct, frozen=True):
    """One way by which something was to be told; `reason` is the code of the last try, empty for none."""

    id: UUID
    template: str
    channel: str
    state: MessageState
    reason: str
    created_at: datetime


# The ways of one cause differ in the last part of their keys.
_WAYS: Final = """
SELECT m.id, m.template, m.channel, m.state, coalesce(m.last_error, '') AS reason, m.created_at
FROM messages m
JOIN messages one ON one.oem_id = m.oem_id AND one.id = $3
WHERE m.oem_id = $1 AND m.case_id = $2 AND m.recipient_id = one.recipient_id
  AND regexp_replace(m.dedupe_key, '[^:]*$', '') = regexp_replace(one.dedupe_key, '[^:]*$', '')
ORDER BY m.channel
"""
_SAID: Final = """
SELECT EXISTS (
    SELECT FROM timeline_entries
    WHERE oem_id = $1 AND case_id = $2 AND kind = 'customer_not_reached' AND data -> 'messages' ? $3
)
"""


@dataclass(frozen=True, slots=True)
class Unreached:
    """The reaction to a message to a customer that did not arrive."""

    links: Links

    async def on_unreached(self, tx: Transaction, event: Event) -> None:
        """Where no way is left the timeline says so and why, and the owner is told, once for each cause."""
        await lock(tx, event.oem_id, event.about_case())
        ways = await ways_in_vain(tx, event)
        facts = await case_facts(tx, event.oem_id, event.about_case())
        if not ways or facts.historical or await self._was_said(tx, event, ways):
            return
        data: Data = {
            "template": ways[0].template,
            "channels": [each.channel for each in ways],
            "messages": [str(each.id) for each in ways],
            "ways": [f"{each.channel}:{each.state.value}:{each.reason}" for each in ways],
        }
        entry = NewTimelineEntry(
            dealer_id=facts.dealer_id, case_id=facts.id, kind=ENTRY, internal=True, data=data
        )
        await append_to_timeline(tx, Actor.system(event.oem_id), await tx.now(), entry)
        await self._tell_owner(tx, event, facts, ways)

    async def _was_said(self, tx: Transaction, event: Event, ways: Sequence[Way]) -> bool:
        said: bool = await tx.value(_SAID, event.oem_id, event.about_case(), str(ways[0].id))
        return said

    async def _tell_owner(self, tx: Transaction, event: Event, facts: CaseFacts, ways: Sequence[Way]) -> None:
        """Who answers for the case, or for the one it is handled in, or for him."""
        answers = facts
        if facts.merged_into is not None:
            answers = await case_facts(tx, event.oem_id, facts.merged_into)
        told = await answerable(tx, event.oem_id, answers)
        chinese, english = translator(Locale.ZH_CN), translator(Locale.EN)
        notice = case_notice(
            Template.CUSTOMER_UNREACHED,
            facts,
            facts.for_staff()
            | {
                "about": Bilingual(
                    *(label(each, "template", ways[0].template) for each in (chinese, english))
                ),
                "reasons": Bilingual(in_words(chinese, ways), in_words(english, ways)),
            },
            link=self.links.case(facts.id),
            cause=ways[0].id,
        )
        await tell(tx, event.oem_id, notice, [staff(each) for each in told])


async def ways_of(tx: Transaction, event: Event) -> list[Way]:
    """All ways by which the customer was to be told what the event's message tells."""
    return await tx.rows(Way, _WAYS, event.oem_id, event.about_case(), event.uuid("message_id"))


async def ways_in_vain(tx: Transaction, event: Event) -> list[Way]:
    """All ways by which the customer was to be told the event's cause; none if one did or still may."""
    ways = await ways_of(tx, event)
    in_vain = all(each.state in _ENDED and each.reason not in _NOT_MEANT_TO for each in ways)
    return ways if in_vain else []


def in_words(speak: Translator, ways: Sequence[Way]) -> str:
    """A line for each way: why it did not reach the customer."""
    return "\n".join(why_unreached(speak, each.channel, each.state.value, each.reason) for each in ways)
