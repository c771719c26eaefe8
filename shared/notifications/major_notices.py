"""What the regional manager is told: signs of a major complaint at once, and forms filed (R2.6, R3.9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.accounts import people
from shared.accounts.answering import first_answering
from shared.accounts.people import Person
from shared.cases import major_rows
from shared.cases.vocabulary import MajorFindingCode
from shared.db.engine import Transaction
from shared.notifications.answerable import answerable
from shared.notifications.facts import CaseFacts, case_facts
from shared.notifications.links import Links
from shared.notifications.recipients import staff
from shared.notifications.render import Bilingual, Value
from shared.notifications.rules import Template
from shared.notifications.writing import case_notice, tell
from shared.outbox.events import Event
from shared.web.labels import label
from shared.web.locale import Locale, translator

_BETWEEN: Final = {Locale.ZH_CN: "、", Locale.EN: ", "}


@dataclass(frozen=True, slots=True)
class MajorNotices:
    """The reactions to candidates, decisions and filed forms."""

    links: Links

    async def on_found(self, tx: Transaction, event: Event) -> None:
        """The regional manager is told at once; where none is there, the administrators are.

        More signs of what counts as a major complaint already are told to nobody.
        """
        facts = await case_facts(tx, event.oem_id, event.about_case())
        told = event.payload["codes"]
        codes = [str(each) for each in told] if isinstance(told, list) else []
        if facts.major and MajorFindingCode.BY_HAND.value not in codes:
            return
        found = await major_rows.findings(tx, event.oem_id, facts.id)
        new = [each for each in found if each.code.value in codes]
        values = facts.for_staff() | {
            "owner_name": facts.owner_name,
            "signs": Bilingual(_signs(codes, Locale.ZH_CN), _signs(codes, Locale.EN)),
            "reason": Bilingual(
                "\n".join(each.reason_zh for each in new), "\n".join(each.reason_en for each in new)
            ),
        }
        managers = await people.regional_managers_of(tx, event.oem_id, facts.dealer_id)
        recipients = await first_answering(tx, event.oem_id, managers)
        await self._tell(tx, event, facts, Template.MAJOR_CANDIDATE, values, recipients)

    async def on_decided(self, tx: Transaction, event: Event) -> None:
        """The owner of the case learns what was decided, unless he decided it."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        by_id = event.optional_uuid("by_id")
        made = await major_rows.decisions(tx, event.oem_id, facts.id)
        if not made or facts.owner_id == by_id:
            return
        latest = made[-1]
        values = facts.for_staff() | {
            "decision": latest.decision.value,
            "person_name": latest.decided_name,
            "reason": latest.reason,
        }
        owner = await answerable(tx, event.oem_id, facts, but_not=by_id)
        await self._tell(tx, event, facts, Template.MAJOR_DECIDED, values, owner)

    async def on_filed(self, tx: Transaction, event: Event) -> None:
        """The regional manager learns that the tracking form of a closed case is filed (R3.9)."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        managers = await people.regional_managers_of(tx, event.oem_id, facts.dealer_id)
        recipients = await first_answering(tx, event.oem_id, managers)
        values = facts.for_staff() | {"owner_name": facts.owner_name}
        await self._tell(tx, event, facts, Template.FORM_FILED, values, recipients)

    async def _tell(
        self,
        tx: Transaction,
        event: Event,
        facts: CaseFacts,
        template: Template,
        values: dict[str, Value],
        recipients: Sequence[Person],
    ) -> None:
        if facts.historical:
            return
        notice = case_notice(template, facts, values, link=self.links.case(facts.id), cause=event.id)
        await tell(tx, event.oem_id, notice, [staff(one) for one in recipients])


def _signs(codes: Sequence[str], locale: Locale) -> str:
    speak = translator(locale)
    return _BETWEEN[locale].join(label(speak, "major_finding", code) for code in codes)
