"""Calls on the real tables: planned by policy, made, tried again, and what follows from them."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.cases import queries, service
from shared.cases.commands import Survey, Transfer
from shared.cases.vocabulary import CaseState
from shared.db.engine import transaction
from shared.errors import AppError, Conflict, Forbidden, Invalid
from shared.follow_up.call_lists import CallDay, CallFilter, CallRow, calls_to_make
from shared.follow_up.call_rows import CallView, attempts_of
from shared.follow_up.calls import HandOverCall, LogCall, hand_over_call, log_call
from shared.follow_up.surveys import AnswerSurvey, answer_survey
from shared.follow_up.vocabulary import AnswerWay, CallKind, CallResult, CallState
from shared.permissions import Role
from shared.web.formatting import masked_name
from tests.integration.cases.walking import CAUSE, NOON, SPOKEN, TOLD, history, walk
from tests.integration.follow_up.conftest import BAD, LATER, World, answers
from tests.support.tenant import MONDAY

TUESDAY = MONDAY + timedelta(days=1, hours=2)
CONTENT = LogCall(result=CallResult.CONTENT, note="一切正常")
NOBODY = LogCall(result=CallResult.NO_ANSWER)
STILL = LogCall(result=CallResult.COMPLAINT, note="异响仍在", apology="已致歉")


async def refused(error: type[AppError], code: str, work: Any) -> AppError:
    with pytest.raises(error) as caught:
        await work
    assert caught.value.code == code
    return caught.value


async def logged(
    world: World, call: CallView, command: LogCall, role: Role = Role.CUSTOMER_RELATIONS, at: Any = TUESDAY
) -> CallView:
    return await log_call(world.tenant.actor(role), call.id, command, version=None, as_of=at)


async def dissatisfied(world: World) -> CallView:
    case = await world.told()
    wrong = AnswerSurvey(via=AnswerWay.PHONE, answers=answers(BAD))
    await answer_survey(world.tenant.actor(Role.ADVISOR), case.id, wrong, version=None, as_of=LATER)
    await world.settle(case.id, LATER)
    return (await world.calls(case.id))[CallKind.CALLBACK]


async def test_closing_plans_a_call_for_the_next_working_day_and_another_two_weeks_on(world: World) -> None:
    """R5.2, R4.1: within 3 working days; a second one two weeks after a service."""
    case = await world.closed()
    calls = await world.calls(case.id)
    first, second = calls[CallKind.FOLLOW_UP], calls[CallKind.SECOND_FOLLOW_UP]
    assert (first.call_on, first.state) == (date(2026, 3, 3), CallState.PLANNED)
    assert first.caller_id == world.tenant.people[world.tenant.here, Role.CUSTOMER_RELATIONS]
    assert first.due_at is not None
    assert first.due_at.date() == date(2026, 3, 5)
    assert second.call_on == date(2026, 3, 16)
    clock = await world.clock(case.id, "follow_up")
    assert (clock.started_at, clock.due_at, clock.met_at) == (NOON, first.due_at, None)


async def test_an_effective_call_keeps_the_promise(world: World) -> None:
    """R5.2."""
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    after = await logged(world, call, CONTENT)
    assert (after.state, after.outcome, after.attempts) == (CallState.DONE, CallResult.CONTENT, 1)
    assert (await world.clock(case.id, "follow_up")).met_at == TUESDAY
    await refused(Conflict, "call_ended", logged(world, call, CONTENT))
    assert (await history(world.tenant, case.id))[-1].kind == "follow_up_call"


async def test_nobody_answering_is_tried_again_on_the_next_working_day_three_times_in_all(
    world: World,
) -> None:
    """R5.2: attempts, effective or not."""
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    friday = MONDAY + timedelta(days=4)
    once = await logged(world, call, NOBODY, at=friday)
    assert (once.state, once.call_on) == (CallState.PLANNED, date(2026, 3, 9))
    await logged(world, call, LogCall(result=CallResult.BUSY), at=friday)
    last = await logged(world, call, NOBODY, at=friday)
    assert (last.state, last.attempts) == (CallState.NOT_REACHED, 3)
    async with transaction(world.tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        tries = await attempts_of(tx, world.tenant.oem_id, call.id)
    assert [each.effective for each in tries] == [False, False, False]


async def test_a_customer_may_ask_for_another_time_within_a_week(world: World) -> None:
    """R4.1: when the customer asked, never later than 7 days."""
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    friday = MONDAY + timedelta(days=4, hours=5)
    wish = LogCall(result=CallResult.CALL_LATER, asked_at=friday)
    moved = await logged(world, call, wish)
    assert (moved.state, moved.call_on, moved.asked_at) == (CallState.PLANNED, date(2026, 3, 6), friday)
    assert moved.due_at == friday + timedelta(hours=1)
    assert (await world.clock(case.id, "follow_up")).due_at == moved.due_at
    far = LogCall(result=CallResult.CALL_LATER, call_on=date(2026, 3, 10))
    error = await refused(Invalid, "invalid_input", logged(world, call, far))
    assert error.fields[0].code == "too_late"


async def test_an_answer_is_promised_to_who_asks_or_suggests_something(world: World) -> None:
    """R5.2: inquiries and suggestions get a feedback call."""
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    await logged(world, call, LogCall(result=CallResult.INQUIRY, note="何时首保？"))
    feedback = (await world.calls(case.id))[CallKind.FEEDBACK]
    assert (feedback.reason, feedback.call_on) == ("何时首保？", date(2026, 3, 4))
    clock = await world.clock(case.id, "feedback_after_handling")
    # R4.1: feedback on a handled complaint within 3 days: Friday at closing time.
    assert (clock.started_at, clock.due_at) == (TUESDAY, datetime(2026, 3, 6, 10, tzinfo=UTC))
    error = await refused(
        Invalid, "invalid_input", logged(world, feedback, LogCall(result=CallResult.INQUIRY, note="再问"))
    )
    assert error.fields[0].code == "not_for_this_call"


async def test_better_contact_data_is_kept(world: World) -> None:
    """R5.2: contact data updated."""
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    better = LogCall(result=CallResult.NO_ANSWER, phone="138 0000 8765", email="new@example.com")
    await logged(world, call, better)
    async with transaction(world.tenant.actor(Role.ADVISOR).scope) as tx:
        found = await queries.case_view(tx, world.tenant.oem_id, case.id)
    assert (found.customer_phone, found.customer_email) == ("+8613800008765", "new@example.com")
    wrong = LogCall(result=CallResult.NO_ANSWER, phone="12")
    error = await refused(Invalid, "invalid_input", logged(world, call, wrong))
    assert error.fields[0].field == "phone"


async def test_a_complaint_about_another_matter_becomes_a_case_with_a_person_named(world: World) -> None:
    """R5.2: complaint found, apology logged, a person named."""
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    manager = world.tenant.people[world.tenant.here, Role.SERVICE_MANAGER]
    other = LogCall(
        result=CallResult.COMPLAINT, note="空调不制冷", apology="已致歉", same_matter=False, owner_id=manager
    )
    bare = LogCall(result=CallResult.COMPLAINT, note="空调不制冷", same_matter=False)
    error = await refused(Invalid, "invalid_input", logged(world, call, bare))
    assert error.fields[0].field == "apology"
    after = await logged(world, call, other)
    assert after.linked_case_id is not None
    async with transaction(world.tenant.actor(Role.ADVISOR).scope) as tx:
        made = await queries.case_view(tx, world.tenant.oem_id, after.linked_case_id)
    assert (made.words, made.owner_id, made.vehicle_plate) == ("空调不制冷", manager, case.vehicle_plate)
    kinds = [each.kind for each in await history(world.tenant, case.id)]
    assert kinds[-2:] == ["follow_up_call", "apology"]
    again = await walk(world.tenant.actor(Role.SERVICE_MANAGER), made.id, SPOKEN, at=TUESDAY)
    assert again.state is CaseState.CONTACTED


async def cases_about(world: World, words: str) -> int:
    async with transaction(world.tenant.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        return int(await tx.value("SELECT count(*) FROM cases WHERE words = $1", words))


async def test_another_matter_makes_a_case_with_the_end_of_the_call_or_none(world: World) -> None:
    """R5.2: what is refused leaves nothing behind, and is tried again in other words and by a colleague."""
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    wrong = LogCall(
        result=CallResult.COMPLAINT, note="后备箱异响", apology="已致歉", same_matter=False, phone="12"
    )
    error = await refused(Invalid, "invalid_input", logged(world, call, wrong))
    assert [each.field for each in error.fields] == ["phone"]
    stranger = world.tenant.people[world.tenant.far, Role.SERVICE_MANAGER]
    misnamed = msgspec.structs.replace(wrong, phone="", owner_id=stranger)
    await refused(Invalid, "invalid_input", logged(world, call, misnamed))
    assert await cases_about(world, "后备箱异响") == 0
    right = msgspec.structs.replace(wrong, phone="13800003458", note="后备箱异响，很重")
    after = await logged(world, call, right, Role.SERVICE_MANAGER)
    assert (after.state, await cases_about(world, "后备箱异响，很重")) == (CallState.DONE, 1)


async def test_of_two_colleagues_who_log_another_matter_one_makes_a_case(world: World) -> None:
    """R5.2: one call, one case."""
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    other = LogCall(result=CallResult.COMPLAINT, note="天窗漏水", apology="已致歉", same_matter=False)
    roles = (Role.CUSTOMER_RELATIONS, Role.SERVICE_MANAGER, Role.STATION_HEAD)
    answers = await asyncio.gather(
        *(logged(world, call, other, role) for role in roles), return_exceptions=True
    )
    assert [each.code for each in answers if isinstance(each, Conflict)] == ["call_ended"] * 2
    assert await cases_about(world, "天窗漏水") == 1


async def test_who_is_not_satisfied_is_called_back_within_two_days_by_a_named_person(world: World) -> None:
    """R5.3, R4.1: a dissatisfied customer is called back within 48 h."""
    call = await dissatisfied(world)
    assert call.caller_id == world.tenant.people[world.tenant.here, Role.SERVICE_MANAGER]
    assert (call.due_at, call.reason) == (LATER + timedelta(hours=48), "异响还在")
    [mail] = await world.messages(call.case_id, "callback_wanted")
    assert mail["recipient_id"] == call.caller_id
    assert mail["link"].endswith(f"/calls/{call.id}")
    async with transaction(world.tenant.actor(Role.SERVICE_MANAGER).scope) as tx:
        found = await queries.case_view(tx, world.tenant.oem_id, call.case_id)
    assert (found.due_metric, found.due_at) == ("dissatisfied_callback", call.due_at)


async def test_a_called_back_customer_who_is_content_keeps_the_promise(world: World) -> None:
    """R5.3: outcome recorded, the clock met."""
    call = await dissatisfied(world)
    after = await logged(world, call, CONTENT, Role.SERVICE_MANAGER)
    assert after.state is CallState.DONE
    assert (await world.clock(call.case_id, "dissatisfied_callback")).met_at == TUESDAY


async def test_a_customer_still_not_satisfied_gets_the_case_opened_again(world: World) -> None:
    """R5.3: the case is reopened; it goes to its end once more, with a survey and calls of its own."""
    call = await dissatisfied(world)
    await logged(world, call, STILL, Role.SERVICE_MANAGER)
    await world.settle(call.case_id, TUESDAY)
    async with transaction(world.tenant.actor(Role.ADVISOR).scope) as tx:
        found = await queries.case_view(tx, world.tenant.oem_id, call.case_id)
    assert (found.state, found.cycle) == (CaseState.REGISTERED, 2)
    assert (await world.clock(call.case_id, "dissatisfied_callback")).met_at == TUESDAY
    manager = world.tenant.actor(Role.SERVICE_MANAGER)
    after = TUESDAY + timedelta(hours=1)
    await walk(manager, call.case_id, SPOKEN, TOLD, CAUSE, at=after)
    await world.settle(call.case_id, after)
    assert (await world.survey(call.case_id)).cycle == 2
    assert CallKind.FOLLOW_UP in await world.calls(call.case_id)


async def test_only_who_may_reopen_can_do_it_by_a_call(world: World) -> None:
    call = await dissatisfied(world)
    await refused(Forbidden, "not_permitted", logged(world, call, STILL, Role.TECHNICIAN))


async def test_calls_and_surveys_of_a_round_that_is_over_are_dropped(world: World) -> None:
    case = await world.told()
    manager = world.tenant.actor(Role.SERVICE_MANAGER)
    unhappy = Survey(satisfied_with_process=False, satisfied_with_result=True)
    await service.survey(manager, case.id, unhappy, version=None, as_of=LATER)
    await world.settle(case.id, LATER)
    call = (await world.calls(case.id))[CallKind.CALLBACK]
    await logged(world, call, STILL, Role.SERVICE_MANAGER)
    await world.settle(case.id, TUESDAY)
    assert {each.state for each in (await world.calls(case.id)).values()} == {CallState.DONE}
    assert (await world.survey(case.id)).state == "cancelled"


async def test_the_list_of_a_day_is_by_dealer_and_person(world: World) -> None:
    """R5.2: follow-up call lists for the next working day."""
    case = await world.closed()
    relations = world.tenant.actor(Role.CUSTOMER_RELATIONS)
    mine = CallFilter(caller_id=relations.membership_id)
    async with transaction(relations.scope, as_of=NOON) as tx:
        today = await calls_to_make(tx, relations, mine)
        coming = await calls_to_make(
            tx, relations, CallFilter(day=CallDay.NEXT, caller_id=relations.membership_id), limit=200
        )
    assert case.id not in {each.case_id for each in today.items}
    assert case.id in {each.case_id for each in coming.items}
    sibling = world.tenant.actor(Role.ADVISOR, world.tenant.sibling)
    async with transaction(sibling.scope, as_of=NOON) as tx:
        assert (await calls_to_make(tx, sibling, CallFilter(day=CallDay.ALL))).items == []


async def test_oem_people_read_the_lists_of_dealers_masked(world: World) -> None:
    """R9.2: who makes the call has the number, at the OEM nobody else."""
    case = await world.closed()
    manager, advisor = world.tenant.actor(Role.REGIONAL_MANAGER), world.tenant.actor(Role.ADVISOR)
    found: dict[Role, CallRow] = {}
    for actor in (manager, advisor):
        async with transaction(actor.scope, as_of=NOON) as tx:
            page = await calls_to_make(tx, actor, CallFilter(day=CallDay.ALL), limit=200)
        found[actor.role] = next(each for each in page.items if each.case_id == case.id)
    assert found[Role.ADVISOR].customer_phone
    assert found[Role.REGIONAL_MANAGER].customer_phone == ""
    assert found[Role.REGIONAL_MANAGER].customer_name == masked_name(found[Role.ADVISOR].customer_name)


async def test_calls_go_along_to_another_dealer_and_to_its_people(world: World) -> None:
    """R9.1: whoever sees the case makes its calls."""
    case = await world.told()
    unhappy = Survey(satisfied_with_process=False, satisfied_with_result=True)
    manager = world.tenant.actor(Role.SERVICE_MANAGER)
    await service.survey(manager, case.id, unhappy, version=None, as_of=LATER)
    await world.settle(case.id, LATER)
    agent = world.tenant.actor(Role.CAC_AGENT)
    moved = Transfer(dealer_id=world.tenant.sibling, reason="客户搬家")
    await service.transfer(agent, case.id, moved, version=None, as_of=TUESDAY)
    await world.settle(case.id, TUESDAY)
    call = (await world.calls(case.id))[CallKind.CALLBACK]
    assert call.caller_id == world.tenant.people[world.tenant.sibling, Role.SERVICE_MANAGER]
    there = world.tenant.actor(Role.SERVICE_MANAGER, world.tenant.sibling)
    after = await log_call(there, call.id, CONTENT, version=None, as_of=TUESDAY)
    assert after.state is CallState.DONE


@pytest.mark.parametrize(
    ("asked_at", "code"),
    [
        (datetime(2026, 3, 3, 12), "time_zone_missing"),  # noqa: DTZ001  # what is refused
        (datetime.max.replace(tzinfo=UTC), "promised_too_far"),
        (datetime.min.replace(tzinfo=UTC), "due_in_past"),
    ],
)
async def test_another_time_is_one_that_will_come(world: World, asked_at: datetime, code: str) -> None:
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    wish = LogCall(result=CallResult.CALL_LATER, asked_at=asked_at)
    error = await refused(Invalid, "invalid_input", logged(world, call, wish))
    assert error.fields[0].code == code


async def test_a_call_can_be_handed_over_within_the_dealer(world: World) -> None:
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    relations = world.tenant.actor(Role.CUSTOMER_RELATIONS)
    advisor = world.tenant.people[world.tenant.here, Role.ADVISOR]
    after = await hand_over_call(
        relations, call.id, HandOverCall(caller_id=advisor), version=call.version, as_of=TUESDAY
    )
    assert after.caller_id == advisor
    stranger = HandOverCall(caller_id=world.tenant.people[world.tenant.far, Role.ADVISOR])
    error = await refused(
        Invalid, "invalid_input", hand_over_call(relations, call.id, stranger, version=None, as_of=TUESDAY)
    )
    assert error.fields[0].field == "caller_id"
    stale = hand_over_call(
        relations, call.id, HandOverCall(caller_id=advisor), version=call.version, as_of=TUESDAY
    )
    await refused(Conflict, "stale_version", stale)
