"""What follows from a result, an answer and an ending: surveys sent, calls planned, others dropped (R5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from shared.accounts import people
from shared.cases import afterwards
from shared.cases.customer_links import survey_generation
from shared.cases.handling import Handling, held
from shared.cases.merging import merged_here
from shared.cases.ownership import AT_OEM
from shared.cases.repository import NewTimelineEntry, append_to_timeline
from shared.cases.vocabulary import CaseState
from shared.customers.choices import wants_messages
from shared.db.engine import Transaction
from shared.follow_up import call_rows, survey_rows
from shared.follow_up.planning import caller_for, local_day, plan_call, working_day
from shared.follow_up.policy import FollowUpPolicy
from shared.follow_up.policy_data import follow_up_policy
from shared.follow_up.survey_rows import SurveyView
from shared.follow_up.vocabulary import METRICS, CallKind, CallState, Moment, SurveyState
from shared.notifications.facts import CaseFacts, case_facts
from shared.notifications.links import Links
from shared.notifications.recipients import customer, staff
from shared.notifications.rules import Template
from shared.notifications.unreached import Way, ways_in_vain, ways_of
from shared.notifications.writing import case_notice, tell
from shared.outbox.events import Event
from shared.outbox.vocabulary import MessageState
from shared.sla.policy import Metric
from shared.tenancy import Actor

_CONCLUDED: Final = frozenset({CaseState.RESULT_TOLD, CaseState.SURVEYED, CaseState.CLOSED})
_ENDED_EARLY: Final = frozenset({CaseState.WITHDRAWN, CaseState.MERGED})


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The reactions to events of cases; each may run again without doing anything twice."""

    links: Links

    async def on_result_told(self, tx: Transaction, event: Event) -> None:
        """Where the policy says so the survey goes out now, and calls are planned."""
        await self._after(tx, event, Moment.RESULT_TOLD)

    async def on_closed(self, tx: Transaction, event: Event) -> None:
        """The same after closing."""
        await self._after(tx, event, Moment.CLOSED)

    async def on_surveyed(self, tx: Transaction, event: Event) -> None:
        """Who is not satisfied is called back by a named person, who is told (R5.3)."""
        facts = await case_facts(tx, event.oem_id, event.about_case())
        work = await _work(tx, event)
        if facts.historical or not _is_concluded(work) or not await _is_dissatisfied(work):
            return
        _, policy = await follow_up_policy(tx, event.oem_id)
        survey = await survey_rows.survey_of_cycle(work)
        today = await local_day(work, work.at)
        role, words = policy.calls.callback_role, survey.comment if survey else ""
        asked_at = survey.created_at if survey else None
        call_id = await plan_call(
            work, CallKind.CALLBACK, role, event.occurred_at, today, reason=words, since=asked_at
        )
        if call_id is None:
            return
        call = await call_rows.call(tx, event.oem_id, call_id)
        caller = await people.person(tx, event.oem_id, call.caller_id)
        if caller is None:
            return
        score = survey.score if survey else None
        notice = case_notice(
            Template.CALLBACK_WANTED,
            facts,
            facts.for_staff()
            | {
                "due_at": call.due_at,
                "person_name": caller.name,
                "score": "" if score is None else f"{score:.1f}",
            },
            link=self.links.call(call_id),
            cause=call_id,
        )
        await tell(tx, event.oem_id, notice, [staff(caller)])
        entry = NewTimelineEntry(
            dealer_id=event.dealer_id,
            case_id=facts.id,
            kind="callback_wanted",
            internal=True,
            data={"call_id": str(call_id), "caller": caller.name},
        )
        await append_to_timeline(tx, work.actor, work.at, entry)

    async def on_assigned(self, tx: Transaction, event: Event) -> None:
        """A case that has come to another dealer is called about by that dealer's people."""
        if not await _planned_calls(tx, event):
            return
        work = await _work(tx, event)
        _, policy = await follow_up_policy(tx, event.oem_id)
        for call in await _planned_calls(tx, event):
            caller = await people.person(tx, event.oem_id, call.caller_id)
            if caller is not None and caller.active and caller.dealer_id in {AT_OEM, work.case.dealer_id}:
                continue
            is_callback = call.kind is CallKind.CALLBACK
            role = policy.calls.callback_role if is_callback else policy.calls.caller_role
            named, name = await caller_for(work, role)
            await call_rows.update(work, msgspec.structs.replace(call, caller_id=named, caller_name=name))

    async def on_unreached(self, tx: Transaction, event: Event) -> None:
        """A survey that no way has brought to the customer is promised still, due when it was (R4.1).

        Asking him by telephone keeps it, as with a customer who has no address.
        """
        work = await _work(tx, event)
        if await _is_asked_by(work, await ways_in_vain(tx, event)):
            await afterwards.unkeep(work, Metric.SURVEY)

    async def on_reached(self, tx: Transaction, event: Event) -> None:
        """A survey that was sent again, or has arrived after all, keeps its promise."""
        work = await _work(tx, event)
        sent = [each for each in await ways_of(tx, event) if each.state is MessageState.SENT]
        if await _is_asked_by(work, sent):
            await afterwards.keep(work, Metric.SURVEY)

    async def on_over(self, tx: Transaction, event: Event) -> None:
        """A round that was reopened or withdrawn is not asked about any more, nor its result elsewhere."""
        work = await _work(tx, event)
        ended = work.case.state in _ENDED_EARLY
        last = work.case.cycle if ended else work.case.cycle - 1
        await survey_rows.cancel_open(work, last)
        await call_rows.cancel_planned(work, last)
        for each in await merged_here(tx, event.oem_id, work.case.id):
            merged = await held(tx, Actor.system(event.oem_id), each.id, version=None)
            await survey_rows.cancel_open(merged, merged.case.cycle, work.case.reopened_at)
            dropped = await call_rows.cancel_planned(merged, merged.case.cycle, work.case.reopened_at)
            for kind in dropped:
                await afterwards.drop(merged, METRICS[kind])

    async def on_apart(self, tx: Transaction, event: Event) -> None:
        """A case that was taken out of another is not asked about the result of that one."""
        work = await _work(tx, event)
        if work.case.state is not CaseState.MERGED:
            await survey_rows.cancel_open(work, work.case.cycle)
            await call_rows.cancel_planned(work, work.case.cycle)

    async def _after(self, tx: Transaction, event: Event, moment: Moment) -> None:
        """Every complainant is asked and called for himself (R1.7), once the case has come to that point."""
        work = await _work(tx, event)
        if work.case.state not in _CONCLUDED:
            return
        if moment is Moment.CLOSED and work.case.state is not CaseState.CLOSED:
            return
        since = work.case.reopened_at
        if since is not None and event.occurred_at < since:
            # Handled late: the result it tells of did not hold, and the present one has an event of its own.
            return
        await self._ask(work, event, moment, since)
        for each in await merged_here(tx, event.oem_id, work.case.id):
            merged = await held(tx, Actor.system(event.oem_id), each.id, version=None)
            if _is_concluded(merged):
                await self._ask(merged, event, moment, since)

    async def _ask(self, work: Handling, event: Event, moment: Moment, since: datetime | None) -> None:
        """Ask and call about the result told after `since`."""
        facts = await case_facts(work.tx, event.oem_id, work.case.id)
        if facts.historical:
            return
        version, policy = await follow_up_policy(work.tx, event.oem_id)
        if policy.survey.after is moment:
            await self._send_survey(work, event, facts, (version, policy), since)
        if policy.calls.after is moment:
            await _plan_calls(work, event, policy, since)

    async def _send_survey(
        self,
        work: Handling,
        event: Event,
        facts: CaseFacts,
        published: tuple[int, FollowUpPolicy],
        since: datetime | None,
    ) -> None:
        known = await survey_rows.survey_of_cycle(work)
        if known is not None and not _is_about_another_result(known, since):
            return
        version, policy = published
        await survey_rows.insert(work, policy.survey.after, version, policy, event.occurred_at)
        turn = known.turn + 1 if known else 1
        wanted = await wants_messages(work.tx, facts.customer_id, facts.id)
        if wanted:
            begin = afterwards.begin_turn if known else afterwards.begin
            await begin(work, Metric.SURVEY, event.occurred_at)
        notice = case_notice(
            Template.SURVEY,
            facts,
            facts.for_customer() | {"questions": len(policy.survey.questions)},
            link=self.links.customer.survey(
                event.oem_id, facts.id, survey_generation(facts.link_generation, work.case.cycle, turn)
            ),
            cause=event.id,
            choice_link=self.links.customer.choice(event.oem_id, facts.id, facts.link_generation),
        )
        to = customer(facts, wants_messages=wanted)
        told = await tell(work.tx, event.oem_id, notice, [to])
        if told:
            await afterwards.keep(work, Metric.SURVEY)
        entry = NewTimelineEntry(
            dealer_id=facts.dealer_id,
            case_id=facts.id,
            kind="customer_told" if told else "customer_unreachable" if wanted else "customer_not_told",
            internal=True,
            data={
                "template": Template.SURVEY.value,
                "channels": sorted(each.value for each in to.addresses) if told else [],
            },
        )
        await append_to_timeline(work.tx, work.actor, work.at, entry)


async def _is_asked_by(work: Handling, ways: Sequence[Way]) -> bool:
    """Whether these are ways of the survey that the customer may answer now."""
    if not ways or ways[0].template != Template.SURVEY.value:
        return False
    survey = await survey_rows.survey_of_cycle(work)
    return survey is not None and survey.state is SurveyState.OPEN and ways[0].created_at >= survey.created_at


async def _planned_calls(tx: Transaction, event: Event) -> list[call_rows.CallView]:
    known = await call_rows.calls_of(tx, event.oem_id, event.about_case())
    return [each for each in known if each.state is CallState.PLANNED]


def _is_about_another_result(survey: SurveyView, since: datetime | None) -> bool:
    """Whether a merged case's customer was asked before the present result, or as if it were not his own."""
    return survey.state is SurveyState.CANCELLED or (since is not None and survey.created_at < since)


async def _plan_calls(work: Handling, event: Event, policy: FollowUpPolicy, since: datetime | None) -> None:
    calls = policy.calls
    began = event.occurred_at
    next_day = await working_day(work, began, 1)
    await plan_call(work, CallKind.FOLLOW_UP, calls.caller_role, began, next_day, since=since)
    if work.case.kind.value in calls.second_kinds:
        # The first working day on or after the day two weeks on, say.
        later = await working_day(work, began + timedelta(days=calls.second_after_days - 1), 1)
        await plan_call(work, CallKind.SECOND_FOLLOW_UP, calls.caller_role, began, later, since=since)


def _is_concluded(work: Handling) -> bool:
    """Whether the customer has been told a result, of his own case or of the one it is handled in."""
    merged_and_told = work.case.state is CaseState.MERGED and work.case.result_told_at is not None
    return merged_and_told or work.case.state in _CONCLUDED


async def _is_dissatisfied(work: Handling) -> bool:
    found: bool | None = await work.tx.value(_DISSATISFIED, work.oem_id, work.case.id)
    return bool(found)


_DISSATISFIED: Final = """
SELECT NOT (satisfied_with_process AND satisfied_with_result) FROM cases WHERE oem_id = $1 AND id = $2
"""


async def _work(tx: Transaction, event: Event) -> Handling:
    return await held(tx, Actor.system(event.oem_id), event.about_case(), version=None)
