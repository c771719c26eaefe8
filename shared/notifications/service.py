"""Reacting to what happened: who is told what. A handler runs in its event's transaction, and maybe again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import cast
from uuid import UUID

from shared.accounts.answering import first_answering
from shared.accounts.people import Person, person, regional_managers_of
from shared.audit.log import AuditEntry, append
from shared.cases.merging import merged_here
from shared.cases.repository import NewTimelineEntry, note_on_timeline
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict
from shared.notifications.answerable import answerable
from shared.notifications.facts import CaseFacts, case_facts
from shared.notifications.links import Links
from shared.notifications.recipients import Recipient, customer, staff
from shared.notifications.render import Bilingual, Value
from shared.notifications.robots import service as robots
from shared.notifications.rules import RULES, Template
from shared.notifications.unwanted import is_unwanted
from shared.notifications.webhooks import vocabulary as webhooks
from shared.notifications.writing import Notice, case_notice, tell
from shared.outbox import keys
from shared.outbox.events import Event
from shared.outbox.message_pages import MessageView, message_view
from shared.outbox.messages import requeue as requeue_message
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants.dealers import dealer
from shared.tenants.oems import oem


@dataclass(frozen=True, slots=True)
class Notifications:
    """The reactions that need to know where the pages are."""

    links: Links

    async def on_registered(self, tx: Transaction, event: Event) -> None:
        """The customer gets a first acknowledgement (R1.4), the owner learns of the case (R1.6)."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        if facts.historical:
            return
        values = facts.for_customer() | {"received_at": facts.received_at}
        await self._tell_customer(tx, event, facts, Template.ACKNOWLEDGEMENT, values)
        await self._tell_owner(tx, event, facts)

    async def on_assigned(self, tx: Transaction, event: Event) -> None:
        """The new owner learns of the case (R3.1)."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        # A case that has moved on meanwhile has an event of its own for its present owner.
        if facts.owner_id == event.uuid("owner_id"):
            await self._tell_owner(tx, event, facts)

    async def on_reopened(self, tx: Transaction, event: Event) -> None:
        """The owner learns that the case is open again (R3.3)."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        if not facts.historical:
            await self._tell_owner(tx, event, facts)

    async def on_planned(self, tx: Transaction, event: Event) -> None:
        """The customer gets the plan he was told in writing, with the way to agree to it (R3.4)."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        if event.payload.get("told"):
            told = {"plan": facts.plan, "promised_at": facts.promised_at}
            await self._tell_all(tx, event, facts, Template.PLAN, told)

    async def on_customer_wrote(self, tx: Transaction, event: Event) -> None:
        """The owner learns that the customer has written; the words stand on the case (R3.6)."""
        await self._tell_of_customer(tx, event, Template.CUSTOMER_WROTE)

    async def on_agreed(self, tx: Transaction, event: Event) -> None:
        """The owner learns that the customer has agreed by his link (R3.4); staff know it by themselves."""
        if event.payload.get("by_customer"):
            await self._tell_of_customer(tx, event, Template.CUSTOMER_AGREED)

    async def on_withdrawn(self, tx: Transaction, event: Event) -> None:
        """The owner learns that the customer has withdrawn by his link (R3.3)."""
        if event.payload.get("by_customer"):
            await self._tell_of_customer(tx, event, Template.CUSTOMER_WITHDREW)

    async def on_merged(self, tx: Transaction, event: Event) -> None:
        """The customer learns that his complaint is handled together with another, and its plan (R1.7).

        Whoever owns the other one learns whose complaint it answers from now on as well.
        """
        facts = await case_facts(tx, event.oem_id, event.about_case())
        if facts.historical or facts.merged_into != event.uuid("into_id"):
            return
        other = await case_facts(tx, event.oem_id, event.uuid("into_id"))
        await self._tell_of_merger(tx, event, other, facts.number)
        plan = other.plan if other.plan_told else ""
        told = {"plan": plan, "promised_at": other.promised_at if plan else None}
        await self._tell_customer(tx, event, facts, Template.MERGED, {**facts.for_customer(), **told})

    async def on_unmerged(self, tx: Transaction, event: Event) -> None:
        """The owner learns that the case is to be worked on by itself again (R1.7)."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        if facts.merged_into is None and not facts.historical:
            await self._tell_owner(tx, event, facts)

    async def on_result_told(self, tx: Transaction, event: Event) -> None:
        """The customer gets the result in writing (R3.7)."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        told = {"result": facts.result, "found": facts.found, "advice": facts.advice}
        await self._tell_all(tx, event, facts, Template.RESULT, told)

    async def on_report_ready(self, tx: Transaction, event: Event) -> None:
        """Whoever asked for a report learns that it is there (R6.6)."""
        asked = await _person(tx, event.oem_id, event.optional_uuid("by_id"))
        if asked is None:
            return
        about = await dealer(tx, event.oem_id, event.dealer_id)
        notice = Notice(
            template=Template.REPORT_READY,
            values={
                "dealer_name": Bilingual(about.name, about.name_en),
                "month": date.fromisoformat(str(event.payload["month"])),
            },
            time_zone=(await oem(tx, event.oem_id)).time_zone,
            link=self.links.reports(),
            key=partial(keys.run, Template.REPORT_READY.value, event.uuid("run_id")),
            dealer_id=event.dealer_id,
        )
        await tell(tx, event.oem_id, notice, [staff(asked)])

    async def on_import_finished(self, tx: Transaction, event: Event) -> None:
        """Each manager gets one digest of the history imported for his dealers, instead of one by one."""
        if not event.payload["historical"]:
            return
        time_zone = (await oem(tx, event.oem_id)).time_zone
        for manager, dealer_ids in await _managers(tx, event.oem_id, _counts(event, "cases")):
            totals = {name: _total(event, name, dealer_ids) for name in ("cases", "open_cases", "overdue")}
            notice = Notice(
                template=Template.IMPORT_DIGEST,
                values={"file_name": str(event.payload["file_name"]), **totals},
                time_zone=time_zone,
                link=self.links.cases(),
                key=partial(keys.run, Template.IMPORT_DIGEST.value, event.uuid("run_id")),
                dealer_id=0,
            )
            await tell(tx, event.oem_id, notice, [staff(manager)])

    async def _tell_all(
        self, tx: Transaction, event: Event, about: CaseFacts, template: Template, told: Mapping[str, Value]
    ) -> None:
        """The customer, and each whose case is handled in this one by the own link (R1.7)."""
        merged = await merged_here(tx, event.oem_id, about.id)
        for facts in (about, *[await case_facts(tx, event.oem_id, each.id) for each in merged]):
            if not facts.historical:
                await self._tell_customer(tx, event, facts, template, {**facts.for_customer(), **told})

    async def _tell_customer(
        self,
        tx: Transaction,
        event: Event,
        facts: CaseFacts,
        template: Template,
        values: Mapping[str, Value],
    ) -> None:
        notice = case_notice(
            template,
            facts,
            values,
            link=self.links.customer.tracking(event.oem_id, facts.id, facts.link_generation),
            cause=event.id,
        )
        to = customer(facts)
        told = await tell(tx, event.oem_id, notice, [to])
        await _write_down(tx, event.oem_id, facts, template, to if told else None)

    async def _tell_of_customer(self, tx: Transaction, event: Event, template: Template) -> None:
        facts = await case_facts(tx, event.oem_id, event.about_case())
        # Who answers for a merged case is who answers for the one it is handled in, or was until now.
        handled_in = facts.merged_into or event.optional_uuid("from_id")
        handled = facts if handled_in is None else await case_facts(tx, event.oem_id, handled_in)
        notice = case_notice(
            template, facts, facts.for_staff(), link=self.links.case(facts.id), cause=event.id
        )
        told = await answerable(tx, event.oem_id, handled)
        await tell(tx, event.oem_id, notice, [staff(one) for one in told])

    async def _tell_of_merger(self, tx: Transaction, event: Event, into: CaseFacts, number: str) -> None:
        by_id = event.optional_uuid("by_id")
        if into.historical or into.owner_id == by_id:
            return
        notice = case_notice(
            Template.TAKEN_IN,
            into,
            into.for_staff() | {"other_number": number},
            link=self.links.case(into.id),
            cause=event.id,
        )
        told = await answerable(tx, event.oem_id, into, but_not=by_id)
        await tell(tx, event.oem_id, notice, [staff(one) for one in told])

    async def _tell_owner(self, tx: Transaction, event: Event, facts: CaseFacts) -> None:
        by_id = event.optional_uuid("by_id")
        if facts.owner_id == by_id:
            return
        notice = case_notice(
            Template.ASSIGNMENT,
            facts,
            facts.for_staff() | {"metric": facts.due_metric, "due_at": facts.due_at},
            link=self.links.case(facts.id),
            cause=event.id,
        )
        told = await answerable(tx, event.oem_id, facts, but_not=by_id)
        await tell(tx, event.oem_id, notice, [staff(one) for one in told])


async def requeue(actor: Actor, message_id: UUID) -> MessageView:
    """Send a message that was given up once more, under its old token, with its lifetime begun anew.

    Raises `NotFound` (`message_not_found`) outside the actor's scope, `Forbidden`, and `Conflict`
    (`message_not_given_up`) for one that waits, was sent or is history, (`message_not_wanted`) for one that
    its customer does without.
    """
    async with transaction(actor.scope) as tx:
        message = await message_view(tx, actor.oem_id, message_id)
        actor.require(Permission.MESSAGE_REQUEUE)
        if await is_unwanted(tx, message):
            raise Conflict("message_not_wanted")
        lifetime = lifetime_of(message.template)
        if not await requeue_message(tx, actor.oem_id, message_id, lifetime):
            raise Conflict("message_not_given_up", {"state": message.state})
        entry = AuditEntry(
            action="message.requeue", entity="message", entity_id=message_id, dealer_id=message.dealer_id
        )
        await append(tx, actor, await tx.now(), entry)
        return await message_view(tx, actor.oem_id, message_id)


def lifetime_of(template: str) -> timedelta:
    """How long a message is worth sending; also for those that no rule is about."""
    known = {webhooks.TEMPLATE: webhooks.LIFETIME, robots.TEST: robots.TEST_LIFETIME}
    return known[template] if template in known else RULES[Template(template)].lifetime


async def _write_down(
    tx: Transaction, oem_id: int, facts: CaseFacts, template: Template, told: Recipient | None
) -> None:
    """The timeline says whether the customer could be told, and how."""
    channels = sorted(channel.value for channel in told.addresses) if told else []
    entry = NewTimelineEntry(
        dealer_id=facts.dealer_id,
        case_id=facts.id,
        kind="customer_told" if told else "customer_unreachable",
        internal=True,
        data={"template": template.value, "channels": channels},
    )
    await note_on_timeline(tx, Actor.system(oem_id), await tx.now(), entry)


async def _person(tx: Transaction, oem_id: int, membership_id: UUID | None) -> Person | None:
    found = None if membership_id is None else await person(tx, oem_id, membership_id)
    return found if found is not None and found.active else None


async def _managers(
    tx: Transaction, oem_id: int, dealers: Mapping[str, int]
) -> list[tuple[Person, frozenset[str]]]:
    """Who answers for which of the dealers; the administrators for those without a regional manager."""
    people: dict[UUID, Person] = {}
    answers_for: dict[UUID, set[str]] = {}
    for dealer_id in dealers:
        managers: Sequence[Person] = await regional_managers_of(tx, oem_id, int(dealer_id))
        for manager in await first_answering(tx, oem_id, managers):
            people[manager.membership_id] = manager
            answers_for.setdefault(manager.membership_id, set()).add(dealer_id)
    return [(people[key], frozenset(dealer_ids)) for key, dealer_ids in answers_for.items()]


def _counts(event: Event, name: str) -> dict[str, int]:
    return cast("dict[str, int]", event.payload[name])


def _total(event: Event, name: str, dealer_ids: frozenset[str]) -> int:
    return sum(count for dealer_id, count in _counts(event, name).items() if dealer_id in dealer_ids)
