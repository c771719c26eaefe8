"""Two customers of one matter: each is told, asked and called for himself (R1.7, R3.7, R5.1, R5.3)."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from shared.cases import policy_editing, queries, service
from shared.cases.commands import ContactChannel, Merge, Reopen, Take, Unmerge
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.errors import Conflict
from shared.follow_up import call_rows
from shared.follow_up.call_rows import CallView
from shared.follow_up.calls import LogCall, log_call
from shared.follow_up.surveys import AnswerSurvey, answer_survey
from shared.follow_up.vocabulary import AnswerWay, CallKind, CallResult, SurveyState
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope
from tests.integration.cases.test_clock_policies import work
from tests.integration.cases.walking import CAUSE, NOISE, NOON, PLANNED, SPOKEN, TOLD, history, new_case, walk
from tests.integration.follow_up.conftest import BAD, GOOD, LATER, World, answers
from tests.support.background import LINKS
from tests.support.tenant import found_tenant

HUSBAND = msgspec.structs.replace(NOISE, customer_email="husband@example.com")
WIFE = msgspec.structs.replace(
    NOISE, customer_name="李测试", customer_phone="13800003457", customer_email="wife@example.com"
)
PROPOSED = msgspec.structs.replace(PLANNED, told_via=ContactChannel.PHONE)


@pytest.fixture
async def pair(world: World) -> tuple[CaseView, CaseView]:
    """The case that goes on, and the one merged into it; all that was told before is handled."""
    case, merged = await new_case(world.tenant, HUSBAND), await new_case(world.tenant, WIFE)
    for each in (case, merged):
        await world.settle(each.id, NOON)
    await merge(world, merged.id, case.id)
    return case, merged


async def merge(world: World, merged_id: UUID, into_id: UUID) -> None:
    command = Merge(into_id=into_id, reason="INTERNAL 同一车辆")
    await service.merge(manager(world), merged_id, command, version=None, as_of=NOON)
    await world.settle(merged_id)


async def view(world: World, case_id: UUID) -> CaseView:
    async with transaction(manager(world).scope, read_only=True) as tx:
        return await queries.case_view(tx, world.tenant.oem_id, case_id)


def manager(world: World) -> Actor:
    return world.tenant.actor(Role.SERVICE_MANAGER)


async def all_calls(world: World, case_id: UUID) -> list[CallView]:
    async with transaction(manager(world).scope, read_only=True) as tx:
        return await call_rows.calls_of(tx, world.tenant.oem_id, case_id)


def customer(world: World) -> Actor:
    scope = Scope.dealer(world.tenant.oem_id, world.tenant.here)
    return Actor(ActorKind.CUSTOMER, Role.CUSTOMER, scope, "李测试")


async def test_the_merged_customer_learns_of_the_merger(world: World, pair: tuple[CaseView, CaseView]):
    """R1.7: the own number and link stay; the reason is staff's."""
    _, merged = pair
    mail, sms = await world.messages(merged.id, "merged")
    assert (mail["address"], sms["address"]) == ("wife@example.com", "+8613800003457")
    assert merged.number in sms["body"]
    assert "INTERNAL" not in mail["body"] + sms["body"]
    assert "目前的处理方案" not in mail["body"]
    assert mail["link"] == LINKS.customer.tracking(world.tenant.oem_id, merged.id, 1)
    assert (await history(world.tenant, merged.id))[-1].data["template"] == "merged"


async def test_who_owns_the_case_that_goes_on_learns_of_the_merger_unless_he_made_it(world: World):
    """R1.7, R1.6: he answers for another complainant from now on."""
    case, merged, third = [await new_case(world.tenant, each) for each in (HUSBAND, WIFE, WIFE)]
    await merge(world, merged.id, case.id)
    (mail,) = await world.messages(case.id, "taken_in")
    assert (mail["channel"], mail["recipient_id"]) == ("email", case.owner_id)
    assert merged.number in mail["body"]
    assert "INTERNAL" not in mail["body"]
    assert mail["link"] == LINKS.case(case.id)
    await service.take(manager(world), case.id, Take(), version=None, as_of=NOON)
    await merge(world, third.id, case.id)
    assert len(await world.messages(case.id, "taken_in")) == 1


async def test_a_plan_told_before_the_merger_reaches_the_merged_customer_with_it(world: World):
    """R1.7, R3.4: he is not left without what the other one knows; a plan in the making is told nobody."""
    case, merged = await new_case(world.tenant, HUSBAND), await new_case(world.tenant, WIFE)
    await walk(manager(world), case.id, SPOKEN, PROPOSED)
    await merge(world, merged.id, case.id)
    mail, _ = await world.messages(merged.id, "merged")
    assert PROPOSED.plan in mail["body"]
    third = await new_case(world.tenant, WIFE)
    await walk(manager(world), case.id, msgspec.structs.replace(PLANNED, plan="INTERNAL draft"))
    await merge(world, third.id, case.id)
    mail, _ = await world.messages(third.id, "merged")
    assert "INTERNAL" not in mail["body"]


async def test_plan_and_result_are_told_to_both_each_about_his_own_complaint(
    world: World, pair: tuple[CaseView, CaseView]
):
    """R1.7, R3.7: number, link and timeline are each one's own."""
    case, merged = pair
    await walk(manager(world), case.id, SPOKEN, PROPOSED, TOLD)
    await world.settle(case.id)
    for told, words in (("plan", PROPOSED.plan), ("result", TOLD.result)):
        for each, address in ((case, "husband@example.com"), (merged, "wife@example.com")):
            mail, sms = await world.messages(each.id, told)
            assert mail["address"] == address
            assert words in mail["body"]
            assert each.number in sms["body"]
            assert mail["link"] == LINKS.customer.tracking(world.tenant.oem_id, each.id, 1)
            entries = [one.data.get("template") for one in await history(world.tenant, each.id)]
            assert told in entries


async def test_each_is_asked_for_himself_and_who_is_not_satisfied_is_called_and_gets_a_new_cycle(
    world: World, pair: tuple[CaseView, CaseView]
):
    """R5.1, R5.3: the satisfied one's case stays closed."""
    case, merged = pair
    await walk(manager(world), case.id, SPOKEN, TOLD)
    await world.settle(case.id)
    for each in (case, merged):
        assert len(await world.messages(each.id, "survey")) == 2
        assert (await world.survey(each.id)).state is SurveyState.OPEN
    said = AnswerSurvey(via=AnswerWay.PHONE, answers=answers(GOOD))
    await answer_survey(manager(world), case.id, said, version=None, as_of=NOON)
    angry = AnswerSurvey(via=AnswerWay.LINK, answers=answers(BAD))
    await answer_survey(customer(world), merged.id, angry, version=None, as_of=NOON)
    for each in (case, merged):
        await world.settle(each.id)
    assert CallKind.CALLBACK not in await world.calls(case.id)
    call = (await world.calls(merged.id))[CallKind.CALLBACK]
    assert call.due_at is not None
    assert len(await world.messages(merged.id, "callback_wanted")) == 1
    await walk(manager(world), case.id, CAUSE)
    heard = LogCall(result=CallResult.COMPLAINT, note="异响还在", apology="很抱歉，再次检查")
    await log_call(manager(world), call.id, heard, version=None, as_of=LATER)
    again = await view(world, merged.id)
    assert (again.state, again.merged_into, again.cycle) == (CaseState.REGISTERED, None, 2)
    assert (await view(world, case.id)).state is CaseState.CLOSED


async def test_a_new_result_is_asked_and_called_about_again_whoever_is_merged(
    world: World, pair: tuple[CaseView, CaseView]
):
    """R1.7, R5.1, R5.2: the first answer was about the result that did not hold; its link holds no more."""
    case, merged = pair
    await walk(manager(world), case.id, SPOKEN, TOLD, CAUSE)
    await world.settle(case.id)
    first = await world.survey(merged.id)
    angry = AnswerSurvey(via=AnswerWay.LINK, answers=answers(BAD))
    asked = (first.cycle, first.turn)
    await answer_survey(customer(world), merged.id, angry, version=None, asked=asked, as_of=NOON)
    await world.settle(merged.id)
    after_closing = {CallKind.FOLLOW_UP, CallKind.SECOND_FOLLOW_UP}
    assert {each.kind for each in await all_calls(world, merged.id)} == after_closing | {CallKind.CALLBACK}
    await service.reopen(manager(world), case.id, Reopen(reason="异响又出现"), version=None, as_of=LATER)
    await world.settle(case.id, LATER)
    assert {each.state.value for each in await all_calls(world, merged.id)} == {"cancelled"}
    assert (await world.clock(merged.id, "follow_up")).state == "cancelled"
    again = LATER + timedelta(minutes=10)
    await walk(manager(world), case.id, TOLD, CAUSE, at=again)
    for _ in range(2):  # what is handled again does nothing again
        await world.settle(case.id, again + timedelta(minutes=5))
    second = await world.survey(merged.id)
    assert (second.cycle, second.turn, second.state) == (1, 2, SurveyState.OPEN)
    links = {each["link"] for each in await world.messages(merged.id, "survey")}
    assert len(links) == 2
    planned = {each.kind: each for each in await all_calls(world, merged.id) if each.state.value == "planned"}
    assert set(planned) == after_closing
    assert planned[CallKind.FOLLOW_UP].due_at == (await world.clock(merged.id, "follow_up")).due_at
    with pytest.raises(Conflict, match="survey_over"):
        await answer_survey(customer(world), merged.id, angry, version=None, asked=asked, as_of=again)
    asked = (second.cycle, second.turn)
    await answer_survey(customer(world), merged.id, angry, version=None, asked=asked, as_of=again)
    await world.settle(merged.id, again + timedelta(minutes=5))
    callbacks = [each for each in await all_calls(world, merged.id) if each.kind is CallKind.CALLBACK]
    assert sorted(each.state.value for each in callbacks) == ["cancelled", "planned"]


async def test_a_case_taken_apart_is_asked_about_its_own_result(
    world: World, pair: tuple[CaseView, CaseView]
):
    """R1.7, R5.1: what was asked about the other result was dropped."""
    case, merged = pair
    await walk(manager(world), case.id, SPOKEN, TOLD)
    await world.settle(case.id)
    await service.unmerge(manager(world), merged.id, Unmerge(reason="两个故障"), version=None, as_of=LATER)
    await world.settle(merged.id)
    assert (await world.survey(merged.id)).state is SurveyState.CANCELLED
    again = LATER + timedelta(minutes=10)
    await walk(manager(world), merged.id, SPOKEN, TOLD, at=again)
    await world.settle(merged.id, again + timedelta(minutes=5))
    own = await world.survey(merged.id)
    assert (own.turn, own.state) == (2, SurveyState.OPEN)
    assert len({each["link"] for each in await world.messages(merged.id, "survey")}) == 2


async def test_calls_after_closing_are_planned_for_both_and_dropped_when_taken_apart(
    world: World, pair: tuple[CaseView, CaseView]
):
    """R5.2."""
    case, merged = pair
    await walk(manager(world), case.id, SPOKEN, TOLD, CAUSE)
    await world.settle(case.id)
    assert CallKind.FOLLOW_UP in await world.calls(case.id)
    assert (await world.calls(merged.id))[CallKind.FOLLOW_UP].state.value == "planned"
    await service.unmerge(manager(world), merged.id, Unmerge(reason="两个故障"), version=None, as_of=LATER)
    await world.settle(merged.id)
    assert (await world.calls(merged.id))[CallKind.FOLLOW_UP].state.value == "cancelled"
    assert (await world.survey(merged.id)).state is SurveyState.CANCELLED


async def test_a_migration_looks_at_the_calls_of_a_merged_customer_too(world: World):
    """R4.1, R1.7: counted anew or kept, so that what is behind ends at zero."""
    own = World(await found_tenant(), world.connection)
    at = utc_now()
    case, merged = [await new_case(own.tenant, each, at=at) for each in (HUSBAND, WIFE)]
    command = Merge(into_id=case.id, reason="同一车辆")
    await service.merge(manager(own), merged.id, command, version=None, as_of=at)
    await walk(manager(own), case.id, SPOKEN, TOLD, CAUSE, at=at)
    await own.settle(case.id, at)
    assert (await own.clock(merged.id, "follow_up")).state == "running"
    admin = own.tenant.actor(Role.ADMINISTRATOR)
    policy = (await policy_editing.clock_policy(admin)).policy
    other = msgspec.structs.replace(policy, grace_minutes=policy.grace_minutes + 1)
    foreseen = await policy_editing.try_policy(admin, other)
    await policy_editing.publish(admin, other, version=1, migrate=True)
    assert (await policy_editing.migration_status(admin)).behind > 0
    assert await work(own.tenant, at + timedelta(minutes=5)) > 0
    after = await policy_editing.migration_status(admin)
    assert after.behind == 0
    assert (after.migrations[0].cases, after.migrations[0].cases_done, foreseen.cases) == (2, 2, 2)
    assert (await own.clock(merged.id, "follow_up")).state == "running"
    assert (await view(own, merged.id)).state is CaseState.MERGED
