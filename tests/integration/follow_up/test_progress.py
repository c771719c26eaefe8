"""Regular word to the customer while his case is open, and at 80 % of the promised time (R3.7)."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from shared.cases import queries, service
from shared.cases.commands import AddNote, ChooseMessages, ContactChannel, LogContact, Merge
from shared.cases.views import ClockView
from shared.cases.work_commands import Plan
from shared.cases.work_vocabulary import ChoiceWay
from shared.db.engine import transaction
from shared.permissions import Role
from shared.sla.default_policy import default_clock_policy
from shared.sla.policy import Basis, ChainLevel, ClockPolicy, Metric, Target
from shared.tenants import policies
from shared.tenants.policies import PolicyName
from tests.integration.cases.walking import MONDAY, NOISE, SPOKEN, TOLD, new_case, walk
from tests.integration.follow_up.conftest import World
from tests.support.tenant import Tenant

DAY = timedelta(days=1)
REACHABLE = msgspec.structs.replace(NOISE, customer_email="owner@example.com")
ELSEWHERE = msgspec.structs.replace(NOISE, customer_phone="13800007711", customer_email="without@example.com")
EVERY_FIVE_DAYS = Target(
    duration_minutes=5 * 24 * 60,
    basis=Basis.ALWAYS,
    warn_percent=(80,),
    chain=(ChainLevel(1, Role.SERVICE_MANAGER.value),),
)


@pytest.fixture(scope="module", autouse=True)
async def promised(tenant: Tenant) -> None:
    """The OEM promises word every five days."""
    known = default_clock_policy()
    rules = [
        msgspec.structs.replace(each, targets={**each.targets, Metric.PROGRESS: EVERY_FIVE_DAYS})
        if Metric.PROGRESS in each.targets
        else each
        for each in known.rules
    ]
    wanted = ClockPolicy(tuple(rules))
    admin = tenant.actor(Role.ADMINISTRATOR)
    # From before the cases, which were registered in the past.
    async with transaction(admin.scope) as tx:
        await policies.publish(
            tx, admin, PolicyName.CLOCKS, msgspec.json.encode(wanted), valid_from=MONDAY - 30 * DAY
        )


async def latest(world: World, case_id: UUID) -> ClockView:
    """The clock of the latest turn."""
    return (await turns(world, case_id))[-1]


async def turns(world: World, case_id: UUID) -> list[ClockView]:
    """The clocks of all turns, the oldest first."""
    async with transaction(world.tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        found = await queries.clocks_of(tx, world.tenant.oem_id, case_id)
    kept = [each for each in found if each.metric == Metric.PROGRESS.value]
    return sorted(kept, key=lambda each: each.started_at)


async def passed(world: World, case_id: UUID, days: float) -> None:
    """So many days have passed, and its clocks have fired."""
    at = MONDAY + days * DAY
    note = AddNote(text="等待零件到货")
    await service.add_note(world.tenant.actor(Role.SERVICE_MANAGER), case_id, note, version=None, as_of=at)
    await world.settle(case_id, at)


async def test_the_customer_of_an_open_case_is_told_again_and_again(world: World) -> None:
    """R3.7: regularly while the case is open."""
    case = await new_case(world.tenant, REACHABLE)
    await walk(world.tenant.actor(Role.SERVICE_MANAGER), case.id, SPOKEN, at=MONDAY)
    await world.settle(case.id, MONDAY)
    clock = await latest(world, case.id)
    assert clock.due_at == MONDAY + 5 * DAY
    await passed(world, case.id, 3.9)
    assert await world.messages(case.id, "progress") == []
    await passed(world, case.id, 4.1)
    mail, sms = await world.messages(case.id, "progress")
    assert "您的投诉" in mail["body"]
    assert sms["body"].startswith(f"【回音】您的投诉{case.number}进展：已联系")
    clock = await latest(world, case.id)
    assert (clock.state, clock.due_at) == ("running", MONDAY + 9.1 * DAY)
    await passed(world, case.id, 8.2)
    assert len(await world.messages(case.id, "progress")) == 4


async def test_word_comes_at_80_percent_of_the_promised_time_and_tells_the_plan(world: World) -> None:
    """R3.7: at 80 % of the repair's progress, by default of the promised time."""
    case = await new_case(world.tenant, REACHABLE)
    await world.settle(case.id, MONDAY)
    at = MONDAY + DAY
    promised_at = at + timedelta(hours=62.5)
    plan = Plan(plan="更换转向节球头", promised_at=promised_at, told_via=ContactChannel.PHONE)
    manager = world.tenant.actor(Role.SERVICE_MANAGER)
    await service.plan(manager, case.id, plan, version=None, as_of=at)
    await world.settle(case.id, at)
    clock = await latest(world, case.id)
    assert (clock.started_at, clock.due_at) == (at, promised_at)
    await passed(world, case.id, 1 + 49.9 / 24)
    assert await world.messages(case.id, "progress") == []
    await passed(world, case.id, 1 + 50.1 / 24)
    mail, _ = await world.messages(case.id, "progress")
    assert "处理方案：更换转向节球头" in mail["body"]
    assert "预计完成时间" in mail["body"]


async def test_word_on_a_plan_told_at_an_odd_second_is_not_followed_by_a_breach(world: World) -> None:
    """R3.7, R4.2: due instants are in whole minutes, so the word leaves a little early."""
    case = await new_case(world.tenant, REACHABLE)
    await world.settle(case.id, MONDAY)
    at = MONDAY + timedelta(hours=1, seconds=20)
    promised_at = at + timedelta(hours=7, seconds=40)
    plan = Plan(plan="更换球头", promised_at=promised_at, told_via=ContactChannel.PHONE)
    await service.plan(world.tenant.actor(Role.SERVICE_MANAGER), case.id, plan, version=None, as_of=at)
    await world.settle(case.id, at)
    word_at = (await latest(world, case.id)).schedule[0]
    await passed(world, case.id, (word_at + timedelta(seconds=1) - MONDAY) / DAY)
    assert len(await world.messages(case.id, "progress")) == 2
    turn = await latest(world, case.id)
    assert turn.due_at == turn.started_at + 5 * DAY
    await passed(world, case.id, 2)
    assert await world.messages(case.id, "breach") == []


async def test_who_knows_the_result_is_told_of_no_progress(world: World) -> None:
    """R3.7: and at the end the result."""
    case = await new_case(world.tenant, REACHABLE)
    await world.settle(case.id, MONDAY)
    await walk(world.tenant.actor(Role.SERVICE_MANAGER), case.id, SPOKEN, TOLD, at=MONDAY + DAY)
    await world.settle(case.id, MONDAY + DAY)
    assert (await latest(world, case.id)).state == "cancelled"


async def test_a_customer_whom_no_message_reaches_is_left_to_the_owner(world: World) -> None:
    """R4.4: nothing late is silent: the owner is warned, and the chain after him."""
    nobody = msgspec.structs.replace(NOISE, customer_phone="", customer_email="")
    case = await new_case(world.tenant, nobody)
    await world.settle(case.id, MONDAY)
    await passed(world, case.id, 4.1)
    assert await world.messages(case.id, "progress") == []
    assert (await latest(world, case.id)).due_at == MONDAY + 5 * DAY
    assert [row["recipient_kind"] for row in await world.messages(case.id, "warning")] == ["staff"]


async def test_a_customer_who_does_without_is_told_of_no_progress_until_he_wants_it(world: World) -> None:
    """R3.7: opt-out; nobody is warned for it, and the timeline says why once."""
    case = await new_case(world.tenant, ELSEWHERE)
    await world.settle(case.id, MONDAY)
    advisor = world.tenant.actor(Role.ADVISOR)
    no = ChooseMessages(wanted=False, via=ChoiceWay.PHONE)
    await service.choose_messages(advisor, case.id, no, version=None, as_of=MONDAY + DAY)
    for days in (4.1, 8.3):
        await passed(world, case.id, days)
    assert await world.messages(case.id, "progress") == []
    assert await world.messages(case.id, "warning") == []
    async with transaction(advisor.scope) as tx:
        entries = (await queries.timeline(tx, world.tenant.oem_id, case.id)).items
        firings = (await queries.escalations_of(tx, world.tenant.oem_id, case.id)).items
    assert [each.data["template"] for each in entries if each.kind == "customer_not_told"] == ["progress"]
    assert [each.suppressed for each in firings if each.metric == "progress"] == ["not_wanted"] * 2
    yes = ChooseMessages(wanted=True, via=ChoiceWay.PHONE)
    await service.choose_messages(advisor, case.id, yes, version=None, as_of=MONDAY + 8.4 * DAY)
    await passed(world, case.id, 12.4)
    assert len(await world.messages(case.id, "progress")) == 2


async def test_who_was_spoken_with_today_gets_no_message_tonight(world: World) -> None:
    """R3.7: an effective contact is a word of the progress; an attempt is none."""
    case = await new_case(world.tenant, REACHABLE)
    await world.settle(case.id, MONDAY)
    manager = world.tenant.actor(Role.SERVICE_MANAGER)
    at = MONDAY + 3.9 * DAY
    await walk(manager, case.id, SPOKEN, at=at)
    await world.settle(case.id, at)
    kept, clock = await turns(world, case.id)
    assert (kept.state, kept.met_at) == ("met", at)
    assert (clock.state, clock.started_at, clock.due_at) == ("running", at, at + 5 * DAY)
    await passed(world, case.id, 4.1)
    assert await world.messages(case.id, "progress") == []
    tried = LogContact(effective=False, channel=ContactChannel.PHONE, summary="无人接听")
    at = MONDAY + 7 * DAY
    await service.log_contact(manager, case.id, tried, version=None, as_of=at)
    await world.settle(case.id, at)
    assert len(await turns(world, case.id)) == 2
    await passed(world, case.id, 8)
    assert len(await world.messages(case.id, "progress")) == 2


async def test_a_plan_for_next_month_keeps_nobody_waiting_for_word(world: World) -> None:
    """R3.7: regularly, and at 80 % of the promised time, whichever comes first."""
    case = await new_case(world.tenant, REACHABLE)
    await world.settle(case.id, MONDAY)
    plan = Plan(plan="等待零件", promised_at=MONDAY + 10 * DAY, told_via=ContactChannel.PHONE)
    manager = world.tenant.actor(Role.SERVICE_MANAGER)
    at = MONDAY + timedelta(minutes=1)
    await service.plan(manager, case.id, plan, version=None, as_of=at)
    await world.settle(case.id, at)
    assert (await latest(world, case.id)).due_at == at + 5 * DAY
    # Told at 4 days: 80 % of the ten days come before the next regular word.
    await passed(world, case.id, 4.01)
    assert len(await world.messages(case.id, "progress")) == 2
    await walk(manager, case.id, SPOKEN, at=MONDAY + 6 * DAY)
    await world.settle(case.id, MONDAY + 6 * DAY)
    await passed(world, case.id, 7.99)
    assert len(await world.messages(case.id, "progress")) == 2
    await passed(world, case.id, 8.01)
    assert len(await world.messages(case.id, "progress")) == 4


async def test_whose_case_is_handled_in_another_hears_of_it_by_the_own_number(world: World) -> None:
    """R1.7, R3.7: every complainant is told."""
    other = msgspec.structs.replace(NOISE, customer_phone="13800007712", customer_email="")
    here, merged = await new_case(world.tenant, REACHABLE), await new_case(world.tenant, other)
    manager = world.tenant.actor(Role.SERVICE_MANAGER)
    merge = Merge(into_id=here.id, reason="同一问题")
    await service.merge(manager, merged.id, merge, version=None, as_of=MONDAY + timedelta(minutes=1))
    for case in (here, merged):
        await world.settle(case.id, MONDAY + timedelta(minutes=1))
    await passed(world, here.id, 4.1)
    [sms] = await world.messages(merged.id, "progress")
    assert merged.number in sms["body"]
    assert await world.messages(here.id, "progress") != []


async def test_who_does_without_keeps_no_word_from_those_whose_cases_are_handled_in_his(world: World) -> None:
    """R1.7, R3.7: each complainant's choice is his own."""
    leading = msgspec.structs.replace(NOISE, customer_phone="13800007713", customer_email="")
    other = msgspec.structs.replace(NOISE, customer_phone="13800007714", customer_email="")
    here, merged = await new_case(world.tenant, leading), await new_case(world.tenant, other)
    manager, soon = world.tenant.actor(Role.SERVICE_MANAGER), MONDAY + timedelta(minutes=1)
    merge = Merge(into_id=here.id, reason="同一问题")
    await service.merge(manager, merged.id, merge, version=None, as_of=soon)
    no = ChooseMessages(wanted=False, via=ChoiceWay.PHONE)
    await service.choose_messages(manager, here.id, no, version=None, as_of=soon)
    for case in (here, merged):
        await world.settle(case.id, soon)
    await passed(world, here.id, 4.1)
    assert len(await world.messages(merged.id, "progress")) == 1
    assert await world.messages(here.id, "progress") == []


async def test_a_time_that_has_passed_is_promised_to_nobody(world: World) -> None:
    """R3.7: where it stands, and nothing that is not so any more."""
    case = await new_case(world.tenant, REACHABLE)
    await world.settle(case.id, MONDAY)
    at = MONDAY + timedelta(minutes=1)
    plan = Plan(plan="更换转向节球头", promised_at=at + DAY, told_via=ContactChannel.PHONE)
    await service.plan(world.tenant.actor(Role.SERVICE_MANAGER), case.id, plan, version=None, as_of=at)
    await world.settle(case.id, at)
    await passed(world, case.id, 0.9)
    await passed(world, case.id, 4.9)
    bodies = [row["body"] for row in await world.messages(case.id, "progress") if row["channel"] == "sms"]
    assert ["预计" in body for body in sorted(bodies, key=len, reverse=True)] == [True, False]


async def test_word_on_a_plan_comes_before_the_dealer_closes(world: World) -> None:
    """R3.7: 80 % of the promised time is at 23:25; at midnight nobody is told of a repair."""
    case = await new_case(world.tenant, REACHABLE)
    await world.settle(case.id, MONDAY)
    at = MONDAY + timedelta(minutes=1)
    plan = Plan(plan="更换转向节球头", promised_at=at + 2 * DAY, told_via=ContactChannel.PHONE)
    await service.plan(world.tenant.actor(Role.SERVICE_MANAGER), case.id, plan, version=None, as_of=at)
    await world.settle(case.id, at)
    word = (await latest(world, case.id)).schedule[0]
    assert at + DAY < word < at + 1.6 * DAY
    local = word.astimezone(ZoneInfo("Asia/Shanghai"))
    assert (local.date(), local.hour) == (date(2026, 3, 3), 17), "at closing"


async def end_word(world: World, case_id: UUID, at: datetime, state: str) -> None:
    """All ways of the word end like this by then."""
    await world.connection.execute(
        "UPDATE app.messages SET state = $2, sent_at = CASE WHEN $2 = 'sent' THEN now() END"
        " WHERE case_id = $1 AND template = 'progress'",
        case_id,
        state,
    )
    await world.connection.execute(
        "UPDATE app.events SET occurred_at = $2 WHERE case_id = $1 AND kind LIKE 'customer.%reached'",
        case_id,
        at,
    )
    await world.settle(case_id, at)


async def told_case(world: World, phone: str) -> UUID:
    """A case whose customer has been told of the progress on the fourth day."""
    reachable = msgspec.structs.replace(NOISE, customer_phone=phone, customer_email="")
    case = await new_case(world.tenant, reachable)
    await world.settle(case.id, MONDAY)
    await passed(world, case.id, 4.1)
    assert len(await world.messages(case.id, "progress")) == 1
    return case.id


async def test_a_word_that_reached_nobody_is_owed_still(world: World) -> None:
    """R3.7, R4.1: written is not told; the owner has what is left of the time."""
    case_id = await told_case(world, "13800007721")
    await end_word(world, case_id, MONDAY + 4.2 * DAY, "dead")
    owed, begun = await turns(world, case_id)
    assert (owed.state, owed.met_at, owed.due_at) == ("running", None, MONDAY + 5 * DAY)
    assert begun.state == "cancelled"
    await passed(world, case_id, 5.1)
    assert (await turns(world, case_id))[0].breached_at == MONDAY + 5 * DAY
    assert len(await world.messages(case_id, "progress")) == 1
    at = MONDAY + 5.2 * DAY
    await walk(world.tenant.actor(Role.SERVICE_MANAGER), case_id, SPOKEN, at=at)
    await world.settle(case_id, at)
    assert (await turns(world, case_id))[0].met_at == at
    assert (await latest(world, case_id)).due_at == at + 5 * DAY


async def test_a_word_that_arrived_after_all_keeps_its_turn(world: World) -> None:
    """R4.1: it was sent again."""
    case_id = await told_case(world, "13800007722")
    await end_word(world, case_id, MONDAY + 4.2 * DAY, "dead")
    at = MONDAY + 4.3 * DAY
    await end_word(world, case_id, at, "sent")
    kept, _, running = await turns(world, case_id)
    assert (kept.state, running.state, running.due_at) == ("met", "running", at + 5 * DAY)


async def test_a_word_in_vain_is_not_owed_where_somebody_has_spoken_since(world: World) -> None:
    """R3.7: he has heard of his case."""
    case_id = await told_case(world, "13800007723")
    at = MONDAY + 4.2 * DAY
    await walk(world.tenant.actor(Role.SERVICE_MANAGER), case_id, SPOKEN, at=at)
    await world.settle(case_id, at)
    await end_word(world, case_id, MONDAY + 4.3 * DAY, "dead")
    assert [each.state for each in await turns(world, case_id)] == ["met", "met", "running"]
