"""Telling people what has fired, and whom a case calls for help (R4.2, R4.4).

The sweep has only recorded the firing. Here, under the lock of the case, it is looked at again; then the
chain becomes people, each gets a message per channel, and the firing says who was told, and when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from shared.accounts.answering import first_answering
from shared.accounts.people import Person
from shared.cases import afterwards
from shared.cases import repository as cases
from shared.cases.escalated import call_of
from shared.cases.handling import held
from shared.cases.repository import NewTimelineEntry
from shared.db.engine import Transaction
from shared.errors import Conflict
from shared.escalation import repository
from shared.escalation.chain import FIRST_LEVEL, Told
from shared.escalation.repository import Firing
from shared.escalation.staff import Staff, levels_for, levels_of, staff_for
from shared.escalation.suppression import FiringFacts, suppression
from shared.notifications.answerable import answerable
from shared.notifications.facts import CaseFacts, case_facts
from shared.notifications.links import Links
from shared.notifications.recipients import staff
from shared.notifications.render import Value
from shared.notifications.rules import Template, template_of_level
from shared.notifications.writing import Notice, case_notice, tell
from shared.outbox import keys
from shared.outbox.events import Event
from shared.sla.clock import level_of
from shared.sla.policy import WAITS, ChainLevel, Metric
from shared.sla.repository import ClockState
from shared.tenancy import Actor

_ENDED: Final = frozenset({ClockState.MET, ClockState.CANCELLED})


class _Rung(msgspec.Struct, frozen=True):
    """Whom to tell: the people, the level they were found at, and the level meant (None: only the owner).

    `nobody`: the people meant could not be found, others are told in their place.
    """

    people: tuple[Person, ...]
    level: int | None
    wanted: int | None
    nobody: bool


@dataclass(frozen=True, slots=True)
class Escalations:
    """The reactions to firings and calls for help."""

    links: Links

    async def on_fired(self, tx: Transaction, event: Event) -> None:
        """Tell the people of a clock's step, unless there is nothing to tell any more."""
        await cases.lock(tx, event.oem_id, event.about_case())
        firing = await repository.firing(tx, event.oem_id, event.uuid("escalation_id"))
        if firing.told_at is not None or firing.suppressed is not None:
            return
        facts = await case_facts(tx, event.oem_id, event.about_case())
        reason = suppression(_firing_facts(firing, facts), await tx.now())
        if reason is not None:
            await repository.suppress(tx, event.oem_id, firing.id, reason)
            return
        levels = await levels_of(tx, event.oem_id, facts, firing)
        present = await staff_for(tx, event.oem_id, facts, levels)
        owner_id = None if firing.metric in WAITS else facts.owner_id
        told = present.choose(firing.step, levels, facts, await tx.now(), owner_id)
        await self._tell(tx, event, facts, firing, _rung(told, present, level_of(firing.step)))

    async def on_called_for_help(self, tx: Transaction, event: Event) -> None:
        """Tell whoever stands above the person that asks."""
        await cases.lock(tx, event.oem_id, event.about_case())
        firing = await repository.firing(tx, event.oem_id, event.uuid("escalation_id"))
        if firing.told_at is not None:
            return
        facts = await case_facts(tx, event.oem_id, event.about_case())
        levels = await levels_for(tx, event.oem_id, facts, Metric.HELP.value)
        asks = event.optional_uuid("by_id")
        present = await staff_for(tx, event.oem_id, facts, levels, but_not=asks)
        wanted = _level_above(levels, present.find(asks))
        told = present.choose(f"level_{wanted}", levels, facts, await tx.now(), facts.owner_id)
        await self._tell(tx, event, facts, firing, _rung(told, present, wanted))
        work = await held(tx, Actor.system(event.oem_id), facts.id, version=None)
        await afterwards.begin_help(work, firing.cycle, call_of(firing.step), told.level or wanted)

    async def on_acknowledged(self, tx: Transaction, event: Event) -> None:
        """Whoever hands an escalation back with a question asks the owner, who learns of it."""
        if event.payload.get("asks_owner") is not True:
            return
        facts = await case_facts(tx, event.oem_id, event.about_case())
        asked = await repository.last_question(tx, event.oem_id, facts.id)
        if asked is None:
            return
        values = facts.for_staff() | {"person_name": asked.who, "reason": asked.text}
        notice = case_notice(
            Template.ESCALATION_QUESTION, facts, values, link=self.links.case(facts.id), cause=event.id
        )
        told = await answerable(tx, event.oem_id, facts, but_not=event.optional_uuid("by_id"))
        await tell(tx, event.oem_id, notice, [staff(one) for one in told])

    async def _tell(
        self, tx: Transaction, event: Event, facts: CaseFacts, firing: Firing, rung: _Rung
    ) -> None:
        notice = self._notice(facts, firing, rung)
        reached = {
            one.id for one in await tell(tx, event.oem_id, notice, [staff(one) for one in rung.people])
        }
        told = [one for one in rung.people if one.membership_id in reached]
        if rung.nobody or not told:
            administrators = await self._raise_alarm(tx, event, facts, firing, rung)
            told = told or administrators
        if not told:
            raise Conflict("nobody_to_tell", {"number": facts.number})
        await repository.record_told(tx, event.oem_id, firing.id, told, await tx.now())
        if notice.template is not Template.WARNING:
            await _write_down(tx, event.oem_id, facts, firing, rung, told)

    def _notice(self, facts: CaseFacts, firing: Firing, rung: _Rung) -> Notice:
        by_hand = firing.clock_due_at is None
        template = Template.ESCALATION if by_hand else template_of_level(rung.wanted)
        if firing.clock_state in _ENDED:
            template = Template.KEPT_LATE
        values: dict[str, Value] = facts.for_staff() | {
            "metric": None if by_hand else firing.metric,
            "due_at": firing.clock_due_at,
        }
        if template is not Template.WARNING:
            values["owner_name"] = facts.owner_name
        if template is Template.ESCALATION:
            values |= {"level": rung.level or rung.wanted, "reason": firing.reason}
        return Notice(
            template=template,
            values=values,
            time_zone=facts.time_zone,
            link=self.links.case(facts.id),
            key=partial(keys.escalation, firing.fired(facts.id)),
            dealer_id=facts.dealer_id,
            case_id=facts.id,
            due_at=firing.clock_due_at,
            is_pressing=facts.is_pressing,
        )

    async def _raise_alarm(
        self, tx: Transaction, event: Event, facts: CaseFacts, firing: Firing, rung: _Rung
    ) -> list[Person]:
        """The administrators learn that the people meant are not there (R4.4); those who could be reached."""
        notice = Notice(
            template=Template.NOBODY_FOUND,
            values=facts.for_staff()
            | {
                "metric": None if firing.clock_due_at is None else firing.metric,
                "due_at": firing.clock_due_at,
                "level": rung.wanted,
            },
            time_zone=facts.time_zone,
            link=self.links.case(facts.id),
            key=partial(keys.nobody_found, firing.fired(facts.id)),
            dealer_id=facts.dealer_id,
            case_id=facts.id,
        )
        administrators = await first_answering(tx, event.oem_id)
        reached = {
            one.id for one in await tell(tx, event.oem_id, notice, [staff(one) for one in administrators])
        }
        return [one for one in administrators if one.membership_id in reached]


def _rung(told: Told, present: Staff, wanted: int | None) -> _Rung:
    found = {one.membership_id: one for one in (present.answers[each] for each in told.recipients)}
    return _Rung(tuple(found.values()), told.level, wanted, told.nobody)


def _level_above(levels: Sequence[ChainLevel], asks: Person | None) -> int:
    """The level a call for help goes to: the one above the caller's own role, at most the last."""
    if asks is None:
        return FIRST_LEVEL
    own = max((each.level for each in levels if each.role == asks.role), default=FIRST_LEVEL - 1)
    return min(own + 1, max((each.level for each in levels), default=FIRST_LEVEL))


def _firing_facts(firing: Firing, facts: CaseFacts) -> FiringFacts:
    if firing.clock_state is None or firing.clock_due_at is None or firing.clock_step is None:
        raise Conflict("escalation_without_clock")
    return FiringFacts(
        step=firing.step,
        historical=facts.historical and firing.due_at <= facts.registered_at,
        clock_open=firing.clock_state not in _ENDED,
        clock_steps=firing.clock_steps or [],
        clock_step=firing.clock_step,
        clock_due_at=firing.clock_due_at,
    )


async def _write_down(
    tx: Transaction,
    oem_id: int,
    facts: CaseFacts,
    firing: Firing,
    rung: _Rung,
    told: Sequence[Person],
) -> None:
    entry = NewTimelineEntry(
        dealer_id=facts.dealer_id,
        case_id=facts.id,
        kind="escalation_told",
        internal=True,
        data={
            "escalation_id": str(firing.id),
            "metric": firing.metric,
            "step": firing.step,
            "level": rung.level,
            "recipients": [one.name for one in told],
        },
    )
    await cases.note_on_timeline(tx, Actor.system(oem_id), await tx.now(), entry)
