"""The written report on a complaint that touches media or courts: its clock, and whom it reaches (R3.10)."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from shared.accounts import people
from shared.accounts.answering import answering, first_answering
from shared.accounts.people import Person
from shared.cases import afterwards, major_persons, major_report
from shared.cases.handling import held
from shared.cases.vocabulary import Nature
from shared.db.engine import Transaction
from shared.notifications.facts import case_facts
from shared.notifications.links import Links
from shared.notifications.recipients import staff
from shared.notifications.rules import Template
from shared.notifications.writing import Notice, case_notice, tell
from shared.outbox import keys
from shared.outbox.events import Event
from shared.sla.policy import Metric
from shared.tenancy import Actor


@dataclass(frozen=True, slots=True)
class MajorReports:
    """The reactions to what makes the report owed, and to the report itself; each may run again."""

    links: Links

    async def on_changed(self, tx: Transaction, event: Event) -> None:
        """From the moment the nature is known the report is owed, and those named for it are told.

        Where none of them can be reached, the regional managers are, and the administrators hear of the gap.
        """
        facts = await case_facts(tx, event.oem_id, event.about_case())
        if facts.historical:
            return
        work = await held(tx, Actor.system(event.oem_id), facts.id, version=None)
        owed = await major_report.owe(work, _since(event))
        if not work.case.major_in_question:
            return
        nature = Nature(work.case.nature)
        report = afterwards.clock_of(work, Metric.MAJOR_REPORT) if owed else None
        due_at = report.due_at if report is not None and report.is_open else None
        values = facts.for_staff() | {
            "nature": nature.value,
            "owner_name": facts.owner_name,
            "due_at": due_at,
            "instead": False,
        }
        # Once for each nature of a round, whatever else happens to the case.
        about = (facts.id, work.case.cycle, nature.value)
        notice = Notice(
            template=Template.MAJOR_NAMED,
            values=values,
            time_zone=facts.time_zone,
            link=self.links.case(facts.id),
            key=partial(keys.named, *about),
            dealer_id=facts.dealer_id,
            case_id=facts.id,
        )
        named = await answering(tx, event.oem_id, await named_for(tx, event.oem_id, nature))
        reached = await tell(tx, event.oem_id, notice, [staff(one) for one in named])
        if reached or nature not in major_persons.NATURES:
            return
        managers = await people.regional_managers_of(tx, event.oem_id, facts.dealer_id)
        told = await first_answering(tx, event.oem_id, managers)
        notice = replace(notice, values=values | {"instead": True})
        await tell(tx, event.oem_id, notice, [staff(one) for one in told])
        alarm = replace(
            notice,
            template=Template.NOBODY_NAMED,
            values=facts.for_staff() | {"nature": nature.value},
            key=partial(keys.nobody_named, *about),
        )
        administrators = await first_answering(tx, event.oem_id)
        await tell(tx, event.oem_id, alarm, [staff(one) for one in administrators])

    async def on_reported(self, tx: Transaction, event: Event) -> None:
        """The regional manager and those named for the nature get the report."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        work = await held(tx, Actor.system(event.oem_id), facts.id, version=None)
        filed = await major_report.reports_of(tx, event.oem_id, facts.id)
        values = facts.for_staff() | {
            "nature": work.case.nature,
            "person_name": filed[-1].filed_by,
            "reason": filed[-1].proposal,
        }
        notice = case_notice(
            Template.MAJOR_REPORTED, facts, values, link=self.links.case(facts.id), cause=event.id
        )
        managers = await people.regional_managers_of(tx, event.oem_id, facts.dealer_id)
        named = await named_for(tx, event.oem_id, Nature(work.case.nature))
        told = await first_answering(tx, event.oem_id, [*managers, *named])
        await tell(tx, event.oem_id, notice, [staff(one) for one in told])


def _since(event: Event) -> datetime:
    """When what makes the report owed has happened: before it was found, where signs are looked for later."""
    found_of = event.payload.get("since")
    return event.occurred_at if found_of is None else datetime.fromisoformat(str(found_of))


async def named_for(tx: Transaction, oem_id: int, nature: Nature) -> list[Person]:
    """The active people named for complaints of a nature."""
    found = await major_persons.in_force(tx, oem_id)
    named = [await people.person(tx, oem_id, each) for each in found.policy.named_for(nature)]
    return [one for one in named if one is not None and one.active]
