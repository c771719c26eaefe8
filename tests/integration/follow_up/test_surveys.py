"""Surveys on the real tables: sent once, answered once, and what they say of the case."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.cases import service
from shared.cases.commands import Reopen
from shared.cases.handling import handling
from shared.cases.intake import Intake
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState, Channel
from shared.db.engine import transaction
from shared.errors import AppError, Conflict, Forbidden, Invalid
from shared.follow_up import policy_data
from shared.follow_up.default_policy import default_follow_up
from shared.follow_up.surveys import AnswerSurvey, answer_survey
from shared.follow_up.vocabulary import AnswerWay, SurveyState
from shared.permissions import Role
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.policies import PolicyName
from tests.integration.cases.walking import NOON, SPOKEN, TOLD, new_case, walk
from tests.integration.follow_up.conftest import BAD, GOOD, LATER, World, answers

BY_PHONE = AnswerSurvey(via=AnswerWay.PHONE, answers=answers(GOOD))


async def refused(error: type[AppError], code: str, work: Any) -> AppError:
    with pytest.raises(error) as caught:
        await work
    assert caught.value.code == code
    return caught.value


async def by_advisor(world: World, case: CaseView, command: AnswerSurvey = BY_PHONE) -> CaseView:
    actor = world.tenant.actor(Role.ADVISOR)
    return await answer_survey(actor, case.id, command, version=None, as_of=LATER)


async def test_the_survey_goes_out_when_the_result_was_told(world: World) -> None:
    """R5.1 in the customer's language, R4.1: within 24 h of completion."""
    case = await world.told()
    survey = await world.survey(case.id)
    assert (survey.state, survey.cycle, survey.created_at) == (SurveyState.OPEN, 1, NOON)
    assert 5 <= len(survey.questions) <= 8
    [sms] = await world.messages(case.id, "survey")
    assert (sms["channel"], sms["locale"]) == ("sms", "zh-CN")
    assert case.number in sms["body"]
    clock = await world.clock(case.id, "survey")
    assert clock.started_at == NOON
    assert clock.due_at == NOON + timedelta(hours=24)
    assert clock.met_at == LATER


async def test_a_customer_without_an_address_is_asked_by_telephone_or_the_survey_falls_due(
    world: World,
) -> None:
    """R4.4: nothing late is silent."""
    case = await world.told(intake=Intake(channel=Channel.IN_STORE, words="空调异味"))
    assert await world.messages(case.id, "survey") == []
    clock = await world.clock(case.id, "survey")
    assert clock.met_at is None
    await by_advisor(world, case)
    assert (await world.clock(case.id, "survey")).met_at == LATER


async def test_answers_say_whether_the_customer_is_satisfied(world: World) -> None:
    """R5.1, R3.9."""
    case = await world.told()
    after = await by_advisor(world, case, AnswerSurvey(via=AnswerWay.PHONE, answers=answers(BAD)))
    assert after.state is CaseState.SURVEYED
    assert (after.satisfied_with_process, after.satisfied_with_result) == (True, False)
    survey = await world.survey(case.id)
    assert survey.score == pytest.approx((5 + 4 + 2) / 3)
    assert (survey.comment, survey.answered_via) == ("异响还在", AnswerWay.PHONE)


async def test_after_an_outage_only_the_present_result_is_asked_about(world: World) -> None:
    """R5.1: told, opened again and told again before any worker was there; one survey, from the second."""
    case = await new_case(world.tenant)
    manager, again = world.tenant.actor(Role.SERVICE_MANAGER), LATER + timedelta(minutes=10)
    await walk(manager, case.id, SPOKEN, TOLD, at=NOON)
    await service.reopen(manager, case.id, Reopen(reason="异响又出现"), version=None, as_of=LATER)
    await walk(manager, case.id, SPOKEN, TOLD, at=again)
    for _ in range(2):
        await world.settle(case.id, again + timedelta(minutes=5))
    survey = await world.survey(case.id)
    assert (survey.cycle, survey.turn, survey.created_at) == (2, 1, again)
    assert len(await world.messages(case.id, "survey")) == 1
    assert (await world.clock(case.id, "survey", cycle=2)).started_at == again


async def test_a_survey_is_answered_once_also_by_many_at_the_same_moment(world: World) -> None:
    """R5.1: single use."""
    case = await world.told()
    tries = await asyncio.gather(*(by_advisor(world, case) for _ in range(5)), return_exceptions=True)
    codes = [each.code for each in tries if isinstance(each, Conflict)]
    assert codes == ["survey_answered"] * 4
    assert sum(isinstance(each, CaseView) for each in tries) == 1


async def test_nothing_is_asked_before_the_result_was_told(world: World) -> None:
    case = await new_case(world.tenant)
    await refused(Conflict, "result_not_told", by_advisor(world, case))


async def test_a_closed_case_can_still_be_answered(world: World) -> None:
    case = await world.closed()
    after = await by_advisor(world, case)
    assert (after.state, after.satisfied_with_result) == (CaseState.CLOSED, True)


async def test_each_question_that_is_not_answered_as_it_asks_is_named(world: World) -> None:
    case = await world.told()
    wrong = AnswerSurvey(via=AnswerWay.PHONE, answers=answers({"attitude": "6", "solved": "maybe", "x": "1"}))
    error = await refused(Invalid, "invalid_input", by_advisor(world, case, wrong))
    assert {(each.field, each.code) for each in error.fields} == {
        ("x", "unknown_field"),
        ("attitude", "unknown_value"),
        ("speed", "required"),
        ("solution", "required"),
        ("solved", "unknown_value"),
        ("informed", "required"),
    }


async def test_the_oem_sets_its_own_questions_for_the_surveys_to_come(world: World) -> None:
    """R5.1: 5 to 8 questions, per OEM."""
    admin = world.tenant.actor(Role.ADMINISTRATOR)
    before = await world.told()
    own = default_follow_up()
    short = msgspec.structs.replace(own.survey, questions=own.survey.questions[:4])
    few = msgspec.structs.replace(own, survey=short)
    await refused(Invalid, "invalid_input", policy_data.publish(admin, few, version=0))
    head_office = world.tenant.actor(Role.HEAD_OFFICE)
    await refused(Forbidden, "not_permitted", policy_data.publish(head_office, own, version=0))
    less = msgspec.structs.replace(own.survey, questions=own.survey.questions[:5])
    five = msgspec.structs.replace(own, survey=less)
    async with transaction(admin.scope, as_of=NOON) as tx:
        await policies.publish(tx, admin, PolicyName.FOLLOW_UP, msgspec.json.encode(five))
    assert len((await world.survey(before.id)).questions) == 6
    after = await world.told()
    assert len((await world.survey(after.id)).questions) == 5


async def end_survey(world: World, case: CaseView, at: datetime, state: str) -> None:
    """What became of the survey's SMS, and what follows from it; in the tests' time, not in today's."""
    await world.connection.execute("ALTER TABLE app.events NO FORCE ROW LEVEL SECURITY")
    await world.connection.execute(
        "UPDATE app.messages SET state = $2, sent_at = now(), last_error = 'http 422'"
        " WHERE case_id = $1 AND template = 'survey'",
        case.id,
        state,
    )
    await world.connection.execute("UPDATE app.events SET occurred_at = $2 WHERE case_id = $1", case.id, at)
    await world.settle(case.id, at)


async def test_a_survey_that_reached_nobody_is_promised_still_until_he_was_asked(world: World) -> None:
    """R4.1, R4.4: written is not sent; a promise is met only by the fact itself."""
    case = await world.told()
    await end_survey(world, case, LATER, "dead")
    clock = await world.clock(case.id, "survey")
    assert (clock.state, clock.met_at, clock.due_at) == ("running", None, NOON + timedelta(hours=24))
    assert clock.next_at == clock.schedule[0]
    await by_advisor(world, case)
    assert (await world.clock(case.id, "survey")).met_at == LATER


async def test_a_survey_that_reached_nobody_in_time_is_late_when_it_was_due(world: World) -> None:
    """R4.4: nothing late is silent, however late it is noticed."""
    case = await world.told()
    two_days_on = NOON + timedelta(days=2)
    await end_survey(world, case, two_days_on, "expired")
    await world.settle(case.id, two_days_on)
    async with handling(Actor.system(world.tenant.oem_id), case.id, version=None, as_of=two_days_on):
        pass
    clock = await world.clock(case.id, "survey")
    assert (clock.state, clock.breached_at) == ("breached", NOON + timedelta(hours=24))


async def test_a_survey_that_was_sent_again_keeps_its_promise(world: World) -> None:
    """R4.1: it has left after all."""
    case = await world.told()
    await end_survey(world, case, LATER, "dead")
    await end_survey(world, case, LATER, "sent")
    assert (await world.clock(case.id, "survey")).met_at == LATER


async def test_an_answered_survey_was_received_whatever_the_provider_tells(world: World) -> None:
    case = await world.told()
    await by_advisor(world, case)
    await end_survey(world, case, LATER, "dead")
    assert (await world.clock(case.id, "survey")).met_at == LATER
