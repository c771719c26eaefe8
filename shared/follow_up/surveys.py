"""Answering a survey: by the customer's link, or by staff who ask him (R5.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec

from shared.cases.commands import CaseCommand
from shared.cases.handling import Change, Handling, handling
from shared.cases.states import Command
from shared.cases.views import CaseView
from shared.errors import Conflict, Invalid
from shared.follow_up import survey_rows
from shared.follow_up.answers import Answer, judge
from shared.follow_up.policy import MOST_QUESTIONS
from shared.follow_up.policy_data import follow_up_policy
from shared.follow_up.survey_rows import SurveyView
from shared.follow_up.vocabulary import AnswerWay, SurveyState
from shared.outbox.events import EventKind
from shared.tenancy import Actor, ActorKind

# Follows from the answers, so that it is never missing.
_SATISFIED: Final[Mapping[str, object]] = {"satisfied_with_process": True, "satisfied_with_result": True}


class AnswerSurvey(CaseCommand, frozen=True, kw_only=True):
    """The answers of a customer to the survey on the present round of his case, and how he gave them."""

    via: AnswerWay
    answers: Annotated[tuple[Answer, ...], msgspec.Meta(max_length=MOST_QUESTIONS)]


async def answer_survey(
    actor: Actor,
    case_id: UUID,
    command: AnswerSurvey,
    *,
    version: int | None,
    asked: tuple[int, int] | None = None,
    as_of: datetime | None = None,
) -> CaseView:
    """Keep the answers, once; the case is surveyed by them. `asked`: the round and turn a link was made for.

    Staff may ask before the survey has gone out. Raises `Conflict` (`survey_answered`, `survey_over`,
    `result_not_told`) and `Invalid` with every question that is not answered as it asks.
    """
    if (actor.kind is ActorKind.CUSTOMER) is not (command.via is AnswerWay.LINK):
        raise Invalid.field("via", "link_is_the_customers")
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.SURVEY], _SATISFIED)
        survey = await _open(work, asked)
        judged = judge(survey.questions, survey.satisfied_from, command.answers)
        if not await survey_rows.answer(work, survey.id, judged, command.via):
            raise Conflict("survey_answered")
        satisfied: dict[str, bool] = {
            "satisfied_with_process": judged.satisfied_with_process,
            "satisfied_with_result": judged.satisfied_with_result,
        }
        change = Change(
            columns=dict(satisfied),
            text=judged.comment,
            data={**satisfied, "via": command.via.value, "score": judged.score},
            event=EventKind.CASE_SURVEYED,
            payload=dict(satisfied),
        )
        return await work.apply(transitions, change)


async def _open(work: Handling, asked: tuple[int, int] | None) -> SurveyView:
    """The survey to answer; staff get one where none has gone out."""
    found = await survey_rows.survey_of_cycle(work)
    by_link = work.actor.kind is ActorKind.CUSTOMER
    if found is None and not by_link:
        version, policy = await follow_up_policy(work.tx, work.oem_id)
        await survey_rows.insert(work, policy.survey.after, version, policy, work.at)
        found = await survey_rows.survey_of_cycle(work)
    if found is None or (asked is not None and asked != (found.cycle, found.turn)):
        raise Conflict("survey_over")
    if found.state is SurveyState.ANSWERED:
        raise Conflict("survey_answered")
    if found.state is SurveyState.CANCELLED or (by_link and not found.is_open(work.at)):
        raise Conflict("survey_over")
    return found
