"""Playing the demo's script on the product's own services, at past instants.

First every complaint is registered in order, then each dealer's cases are handled in order.
"""

import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from infra.dev.demo import network, phrases
from infra.dev.demo.attention import Attention
from infra.dev.demo.people import Cast
from infra.dev.demo.plan import ZONE, Action, Script, Step, Story
from infra.dev.demo.tick import Due, Ticker
from shared.cases import queries, service
from shared.cases.commands import Acknowledge, Close, ContactChannel, LogContact, Resolve
from shared.cases.intake import Intake, Source
from shared.cases.vocabulary import Channel
from shared.cases.work_commands import Plan
from shared.db.engine import transaction
from shared.errors import Conflict
from shared.follow_up.answers import Answer
from shared.follow_up.call_rows import calls_of
from shared.follow_up.calls import LogCall, log_call
from shared.follow_up.policy import Question
from shared.follow_up.survey_rows import surveys_of
from shared.follow_up.surveys import AnswerSurvey, answer_survey
from shared.follow_up.vocabulary import (
    AnswerWay,
    CallKind,
    CallResult,
    CallState,
    QuestionKind,
)
from shared.notifications.links import Links
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope

FORMS_FOR: Final = timedelta(days=2)
"""How long before now a case may have been closed to have its forms: those of all cost an hour's printing."""


@dataclass
class Player:
    """Plays a script with a cast; deterministic for the same script."""

    cast: Cast
    script: Script
    cases: dict[int, UUID] = field(default_factory=dict[int, UUID])
    _indexes: dict[UUID, int] = field(default_factory=dict[UUID, int])

    async def register(self) -> None:
        """Register every complaint of the script, in order: their numbers and owners follow it."""
        for action in self.script.actions():
            if action.step is Step.REGISTER:
                await self._register(self.script.stories[action.story_index], action.at)

    async def handle(self, dealer_ids: frozenset[int], links: Links) -> None:
        """Everything after registering, at some of the dealers, in order."""
        old = self.script.closed_by(self.script.now - FORMS_FOR)
        formless = {case_id for index, case_id in self.cases.items() if index in old}
        ticker = Ticker.of(self.cast.oem_id, tuple(sorted(dealer_ids)), links, formless)
        attention = Attention(self.cast.managers, self.script.now)
        stories = self.script.stories
        due: Due | None = None
        # What happened to these cases by `last` is not handled yet: several take little longer than one.
        unsettled, last = set[int](), self.script.now
        for action in self.script.actions():
            if stories[action.story_index].dealer.id not in dealer_ids:
                continue
            if action.story_index in unsettled or (due and due.at <= action.at):
                due = await ticker.settle(last)
                unsettled.clear()
            due = await self._advance(ticker, attention, due, action.at)
            if action.step is not Step.REGISTER:
                await self._act(action)
            unsettled.add(action.story_index)
            last = action.at
        await self._advance(ticker, attention, await ticker.settle(self.script.now), self.script.now)

    async def _advance(
        self, ticker: Ticker, attention: Attention, due: Due | None, until: datetime
    ) -> Due | None:
        """What falls due and what is answered up to `until`, each at its instant; what falls due next."""
        while True:
            for told in ticker.told:
                story = self._story_of(told.case_id)
                if story.attended:
                    attention.notice(told, story.index, story.dealer)
            ticker.told.clear()
            answer_at = attention.next_at()
            if due is not None and due.at <= until and (answer_at is None or due.at <= answer_at):
                due = await ticker.settle(due.at, due.case_id)
            elif answer_at is not None and answer_at <= until:
                # What follows from it is handled with what happens next.
                await self._acknowledge(attention)
            else:
                return due

    def _story_of(self, case_id: UUID) -> Story:
        if not self._indexes:
            self._indexes = {each: index for index, each in self.cases.items()}
        return self.script.stories[self._indexes[case_id]]

    async def _act(self, action: Action) -> None:
        story = self.script.stories[action.story_index]
        # A result told before the plan, say: the script does not know, the state table does.
        with contextlib.suppress(Conflict):
            await self._handle(story, action, _luck(story, action.step))

    async def _register(self, story: Story, at: datetime) -> None:
        rng = _luck(story, Step.REGISTER)
        staff = story.dealer.staff
        spoken = story.channel in {Channel.PHONE, Channel.IN_STORE}
        actor = staff[Role.ADVISOR] if spoken and rng.random() < 0.6 else staff[Role.CUSTOMER_RELATIONS]
        if story.channel is Channel.OEM_FORWARDED:
            actor = self.cast.agent
        late = at - story.received_at > timedelta(hours=24)
        view = await service.register(
            actor,
            Intake(
                channel=story.channel,
                dealer_id=story.dealer.id,
                received_at=story.received_at,
                backdating_reason="节后补录" if late else "",
                customer_name=_owner_name(story, rng),
                customer_phone=f"1380000{rng.randrange(1000, 9999)}",
                customer_email=f"owner{story.index}@example.com" if rng.random() < 0.5 else "",
                vehicle_plate=f"测A·{rng.randrange(10000, 99999)}",
                vehicle_brand=network.NAME,
                vehicle_model=story.fill["model"],
                mileage_km=rng.randrange(800, 90_000),
                words=story.scenario.words.format_map(story.fill),
                demand=story.scenario.demand,
                fault_label=story.scenario.label,
            ),
            source=Source.STAFF,
            as_of=at,
        )
        self.cases[story.index] = view.id

    async def _handle(self, story: Story, action: Action, rng: Random) -> None:
        case_id, at, language = self.cases[story.index], action.at, story.language
        staff, scenario = story.dealer.staff, story.scenario
        person = staff[Role.CUSTOMER_RELATIONS]
        manager = staff[Role.SERVICE_MANAGER]
        if action.step in {Step.ATTEMPT, Step.CONTACT}:
            reached = action.step is Step.CONTACT
            summary = rng.choice(phrases.CONTACT[language]) if reached else phrases.ATTEMPT[language]
            contact = LogContact(effective=reached, channel=ContactChannel.PHONE, summary=summary)
            await service.log_contact(person, case_id, contact, version=None, as_of=at)
        elif action.step is Step.PLAN:
            plan = Plan(
                plan=scenario.plan,
                promised_at=at + timedelta(days=max(1, round(scenario.days + 1))),
                told_via=ContactChannel.PHONE,
            )
            await service.plan(person, case_id, plan, version=None, as_of=at)
        elif action.step is Step.RESOLVE:
            result = Resolve(
                found=scenario.found,
                result=scenario.result,
                advice=scenario.advice,
                told_via=ContactChannel.PHONE,
            )
            await service.resolve(person, case_id, result, version=None, as_of=at)
        elif action.step is Step.CLOSE:
            close = Close(root_cause=scenario.cause, preventive_measure=scenario.measure)
            await service.close(manager, case_id, close, version=None, as_of=at)
        elif action.step is Step.ANSWER:
            await self._answer(case_id, at, rng)
        else:
            await self._call(story, case_id, at, rng)

    async def _answer(self, case_id: UUID, at: datetime, rng: Random) -> None:
        """The customer answers by his link; one in seven is not satisfied."""
        async with transaction(Scope.oem(self.cast.oem_id), read_only=True, as_of=at) as tx:
            known = await surveys_of(tx, self.cast.oem_id, case_id)
            name = (await queries.case_view(tx, self.cast.oem_id, case_id)).customer_name
        if not known or not known[0].is_open(at):
            return
        pleased = rng.random() > 0.14
        given = tuple(Answer(each.key, _said(each, rng, pleased=pleased)) for each in known[0].questions)
        wanted = AnswerSurvey(via=AnswerWay.LINK, answers=given)
        customer = Actor(ActorKind.CUSTOMER, Role.CUSTOMER, Scope.oem(self.cast.oem_id), name)
        await answer_survey(customer, case_id, wanted, version=None, as_of=at)

    async def _call(self, story: Story, case_id: UUID, at: datetime, rng: Random) -> None:
        """Who is on the list by then is called, and usually is content."""
        async with transaction(Scope.oem(self.cast.oem_id), read_only=True, as_of=at) as tx:
            known = await calls_of(tx, self.cast.oem_id, case_id)
        day = at.astimezone(ZONE).date()
        staff = story.dealer.staff
        for call in known:
            if call.state is not CallState.PLANNED or call.call_on > day:
                continue
            role = Role.SERVICE_MANAGER if call.kind is CallKind.CALLBACK else Role.CUSTOMER_RELATIONS
            if rng.random() < 0.08:
                tried = LogCall(result=CallResult.NO_ANSWER)
            else:
                tried = LogCall(result=CallResult.CONTENT, note=rng.choice(phrases.CONTENT[story.language]))
            await log_call(staff[role], call.id, tried, version=None, as_of=at)

    async def _acknowledge(self, attention: Attention) -> None:
        answer = attention.take()
        story = self.script.stories[answer.story_index]
        actor = attention.answerer(story.dealer, answer.level)
        note = Acknowledge(note=phrases.ACKNOWLEDGED[story.language])
        # Already answered together with another one.
        with contextlib.suppress(Conflict):
            await service.acknowledge(actor, self.cases[story.index], note, version=None, as_of=answer.at)


def _luck(story: Story, step: Step) -> Random:
    return Random(story.index * 31 + step)  # an invented past, not a secret


def _said(question: Question, rng: Random, *, pleased: bool) -> str:
    match question.kind:
        case QuestionKind.SCORE:
            return rng.choice("4555" if pleased else "1233")
        case QuestionKind.YES_NO:
            return "yes" if pleased else "no"
        case QuestionKind.CHOICE:
            return rng.choice([each.value for each in question.options])
        case QuestionKind.TEXT:
            return ""


def _owner_name(story: Story, rng: Random) -> str:
    if story.language == "en":
        return rng.choice(phrases.ENGLISH_NAMES)
    return rng.choice(phrases.SURNAMES) + rng.choice(phrases.GIVEN)
