"""Turns beside the straight way on the real tables: waiting, hold, withdrawal, reopening, owners, dealers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared.cases import queries, service
from shared.cases.commands import (
    AskTransfer,
    Classify,
    ContactChannel,
    HandBack,
    Hold,
    RefuseTransfer,
    Reopen,
    RequestFromCustomer,
    Resume,
    TakeOver,
    Transfer,
    Withdraw,
)
from shared.cases.transfer_rows import MOVED
from shared.cases.vocabulary import CaseState, Department, ReportStatus, Urgency
from shared.cases.work_commands import AddTask
from shared.cases.work_vocabulary import AgreementWay, CompensationState, TaskState
from shared.db.engine import transaction
from shared.db.manifest import TABLES, Tenancy
from shared.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind
from tests.integration.cases.walking import (
    AGREED,
    CAUSE,
    NOON,
    PLANNED,
    SPOKEN,
    STEP,
    TOLD,
    VOUCHER,
    clocks_of,
    events,
    history,
    new_case,
    walk,
    work_of,
)
from tests.support.tenant import MONDAY, Tenant

HELD = Hold(reason="客户暂不接受任何方案")
GONE = Withdraw(reason="客户表示不再追究", via=AgreementWay.PHONE)
AGAIN = Reopen(reason="回访时异响再次出现")
NEXT_WEEK = MONDAY + timedelta(days=7)


async def refused(error: type[AppError], code: str, work: Any) -> None:
    with pytest.raises(error) as caught:
        await work
    assert caught.value.code == code


async def test_a_stalemate_holds_the_case_and_pauses_nothing(tenant: Tenant):
    """R3.3: Hold is a status, not a rest for the clocks."""
    advisor, manager = tenant.actor(Role.ADVISOR), tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    await walk(advisor, case.id, SPOKEN, PLANNED, AGREED)
    before = await clocks_of(tenant, case.id, 1)
    case = await service.hold(manager, case.id, HELD, version=None, as_of=NOON)
    assert (case.state, case.held_in, case.report_status) == (
        CaseState.ON_HOLD,
        CaseState.AGREED,
        ReportStatus.HOLD,
    )
    after = await clocks_of(tenant, case.id, 1)
    assert (after["resolve"].state, after["resolve"].due_at) == ("running", before["resolve"].due_at)
    await refused(Conflict, "case_on_hold", walk(advisor, case.id, STEP))
    await walk(advisor, case.id, SPOKEN)
    going_on = Resume(reason="客户同意再谈")
    case = await service.resume(advisor, case.id, going_on, version=None, as_of=NOON)
    assert (case.state, case.held_in) == (CaseState.AGREED, None)
    await refused(
        Conflict, "not_on_hold", service.resume(advisor, case.id, going_on, version=None, as_of=NOON)
    )


async def test_a_held_case_can_be_withdrawn(tenant: Tenant):
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    await walk(manager, case.id, SPOKEN)
    await service.hold(manager, case.id, HELD, version=None, as_of=NOON)
    case = await service.withdraw(manager, case.id, GONE, version=None, as_of=NOON)
    assert (case.state, case.held_in) == (CaseState.WITHDRAWN, None)


async def test_a_withdrawn_case_has_ended_with_everything_that_was_to_be_done(tenant: Tenant):
    """R3.3: tasks, approvals and promises end with it."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    await walk(manager, case.id, SPOKEN)
    task = AddTask(department=Department.PARTS, title="查库存")
    await service.add_task(manager, case.id, task, version=None, as_of=NOON)
    dear = msgspec.structs.replace(VOUCHER, amount_minor=900_000)
    await service.compensate(manager, case.id, dear, version=None, as_of=NOON)
    case = await service.withdraw(manager, case.id, GONE, version=None, as_of=NOON)
    assert (case.closed_at, case.open_tasks, case.open_compensations, case.due_at) == (NOON, 0, 0, None)
    work = await work_of(tenant, case.id)
    assert [each.state for each in work.tasks] == [TaskState.CANCELLED]
    assert [each.state for each in work.compensations] == [CompensationState.DROPPED]
    clocks = await clocks_of(tenant, case.id, 1)
    assert {each.state for each in clocks.values()} <= {"met", "cancelled"}


async def test_the_customer_withdraws_by_the_link(tenant: Tenant):
    """R3.3."""
    case = await new_case(tenant)
    scope = tenant.actor(Role.ADMINISTRATOR).scope
    owner = Actor(ActorKind.CUSTOMER, Role.CUSTOMER, scope, "张测试", id=case.customer_id)
    await refused(Invalid, "invalid_input", service.withdraw(owner, case.id, GONE, version=None, as_of=NOON))
    by_link = Withdraw(reason="已自行解决", via=AgreementWay.LINK)
    case = await service.withdraw(owner, case.id, by_link, version=None, as_of=NOON)
    assert case.state is CaseState.WITHDRAWN


async def test_reopening_begins_a_cycle_with_promises_of_its_own(tenant: Tenant):
    """R3.3, R4.1: counted, first contact and resolution promised anew, the old promises left as they are."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    await walk(manager, case.id, SPOKEN, TOLD, CAUSE)
    old = await clocks_of(tenant, case.id, 1)
    case = await service.reopen(manager, case.id, AGAIN, version=None, as_of=NEXT_WEEK)
    assert (case.state, case.cycle, case.reopened_at) == (CaseState.REGISTERED, 2, NEXT_WEEK)
    assert (case.result_told_at, case.closed_at, case.root_cause) == (None, None, "")
    assert case.contacted_at == NOON, "the first contact stays a fact"
    assert (case.points, case.open_points) == (2, 2)
    assert await clocks_of(tenant, case.id, 1) == old
    new = await clocks_of(tenant, case.id, 2)
    assert "register" not in new
    assert {"first_contact", "resolve"} <= set(new)
    assert {(each.state, each.started_at) for each in new.values()} == {("running", NEXT_WEEK)}
    assert case.due_at == min(each.due_at for each in new.values())
    case = await walk(manager, case.id, SPOKEN, at=NEXT_WEEK + timedelta(minutes=5))
    assert case.state is CaseState.CONTACTED
    assert (await clocks_of(tenant, case.id, 2))["first_contact"].state == "met"
    assert "case.reopened" in await events(tenant, case.id)


async def test_raising_the_urgency_of_a_reopened_case_counts_from_its_reopening(tenant: Tenant):
    """R4.1: closed time does not count."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    await walk(manager, case.id, SPOKEN, TOLD, CAUSE)
    await service.reopen(manager, case.id, AGAIN, version=None, as_of=NEXT_WEEK)
    urgent = Classify(urgency=Urgency.URGENT, reason="再次出现")
    await service.classify(manager, case.id, urgent, version=None, as_of=NEXT_WEEK + timedelta(minutes=1))
    clocks = await clocks_of(tenant, case.id, 2)
    assert "register" not in clocks
    assert {each.started_at for each in clocks.values()} == {NEXT_WEEK}


async def test_a_case_waits_for_its_customer_until_he_is_spoken_with(tenant: Tenant):
    """R3.6."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    request = RequestFromCustomer(
        request="请提供购车发票", via=ContactChannel.SMS, answer_by=NOON + timedelta(days=2)
    )
    await refused(
        Conflict,
        "customer_not_contacted",
        service.request_from_customer(advisor, case.id, request, version=None, as_of=NOON),
    )
    await walk(advisor, case.id, SPOKEN)
    case = await service.request_from_customer(advisor, case.id, request, version=None, as_of=NOON)
    assert (case.state, case.waiting_since, case.answer_by) == (
        CaseState.CONTACTED,
        NOON,
        request.answer_by,
    )
    case = await walk(advisor, case.id, SPOKEN)
    assert (case.waiting_for, case.waiting_since, case.answer_by) == ("", None, None)


async def test_the_oem_takes_a_case_over_and_hands_it_back(tenant: Tenant):
    """R1.6, R3.2: there is always one named owner."""
    agent = tenant.actor(Role.CAC_AGENT)
    case = await new_case(tenant)
    advisor_id = case.owner_id
    case = await service.take_over(agent, case.id, TakeOver(reason="涉及媒体"), version=None, as_of=NOON)
    assert (case.owner_id, case.dealer_id) == (agent.id, tenant.here)
    back = HandBack(reason="媒体已答复")
    await refused(
        Conflict,
        "not_the_owner",
        service.hand_back(tenant.actor(Role.ADVISOR), case.id, back, version=None, as_of=NOON),
    )
    case = await service.hand_back(agent, case.id, back, version=None, as_of=NOON)
    assert case.owner_id == advisor_id
    await refused(
        Forbidden,
        "not_permitted",
        service.take_over(
            tenant.actor(Role.STATION_HEAD), case.id, TakeOver(reason="x"), version=None, as_of=NOON
        ),
    )


async def test_a_case_nobody_had_before_is_handed_back_to_nobody(tenant: Tenant):
    case = await new_case(tenant)
    await refused(
        Conflict,
        "nobody_to_hand_back_to",
        service.hand_back(
            tenant.actor(Role.ADVISOR), case.id, HandBack(reason="x"), version=None, as_of=NOON
        ),
    )


async def test_a_dealer_asks_and_the_oem_moves_the_case_with_all_that_belongs_to_it(tenant: Tenant):
    """R9.1: the old dealer sees nothing of it any more, the new one everything."""
    manager, agent = tenant.actor(Role.SERVICE_MANAGER), tenant.actor(Role.CAC_AGENT)
    case = await new_case(tenant)
    await walk(manager, case.id, SPOKEN, PLANNED)
    task = AddTask(department=Department.PARTS, title="查库存")
    await service.add_task(manager, case.id, task, version=None, as_of=NOON)
    await service.compensate(manager, case.id, VOUCHER, version=None, as_of=NOON)
    before = await clocks_of(tenant, case.id, 1)
    asked = await service.ask_transfer(
        manager, case.id, AskTransfer(reason="客户已迁至外地"), version=None, as_of=NOON
    )
    assert asked.transfer_asked_at == NOON
    move = Transfer(dealer_id=tenant.far, reason="客户已迁至外地")
    await refused(
        Forbidden, "not_permitted", service.transfer(manager, case.id, move, version=None, as_of=NOON)
    )
    moved = await service.transfer(agent, case.id, move, version=None, as_of=NOON)
    assert (moved.dealer_id, moved.transfer_asked_at) == (tenant.far, None)
    assert moved.owner_id in {
        tenant.people[tenant.far, Role.ADVISOR],
        tenant.people[tenant.far, Role.SERVICE_MANAGER],
    }
    async with transaction(agent.scope, read_only=True) as tx:
        whole = await queries.case_view(tx, tenant.oem_id, case.id)
    assert (whole.customer_phone, whole.vehicle_vin) == (case.customer_phone, case.vehicle_vin)
    assert moved.customer_id != case.customer_id
    after = await clocks_of(tenant, case.id, 1)
    # The question is answered, and with it the OEM's promise to answer is kept.
    assert after.pop("wait_oem").state == "met"
    assert {metric: clock.due_at for metric, clock in after.items()} == {
        metric: clock.due_at for metric, clock in before.items()
    }
    await refused(NotFound, "case_not_found", walk(manager, case.id, SPOKEN))
    there = tenant.actor(Role.SERVICE_MANAGER, tenant.far)
    assert (await walk(there, case.id, AGREED)).state is CaseState.AGREED
    assert await _dealers_of_rows(tenant, case.id) == {tenant.far}
    assert len(await history(tenant, case.id)) == moved.version + 1


async def test_a_transfer_can_be_refused_and_goes_to_no_unknown_dealer(tenant: Tenant):
    manager, agent = tenant.actor(Role.SERVICE_MANAGER), tenant.actor(Role.CAC_AGENT)
    case = await new_case(tenant)
    no = RefuseTransfer(reason="维修已在进行")
    await refused(
        Conflict, "transfer_not_asked", service.refuse_transfer(agent, case.id, no, version=None, as_of=NOON)
    )
    ask = AskTransfer(reason="客户已迁至外地")
    await service.ask_transfer(manager, case.id, ask, version=None, as_of=NOON)
    await refused(
        Conflict,
        "transfer_asked_already",
        service.ask_transfer(manager, case.id, ask, version=None, as_of=NOON),
    )
    case = await service.refuse_transfer(agent, case.id, no, version=None, as_of=NOON)
    assert case.transfer_asked_at is None
    for dealer_id, error, code in (
        (tenant.here, Conflict, "same_dealer"),
        (999_999_999, Invalid, "invalid_input"),
    ):
        wrong = Transfer(dealer_id=dealer_id, reason="x")
        await refused(error, code, service.transfer(agent, case.id, wrong, version=None, as_of=NOON))


async def test_every_table_of_a_case_goes_along_with_it(tenant: Tenant):
    """R9.1: a new table is named in transfer_rows or fails here."""
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        holding = await tx.values(
            "SELECT table_name::text FROM information_schema.columns"
            " WHERE table_schema = 'app' AND column_name = 'case_id'"
        )
    of_dealers = {name for name in holding if TABLES[name].tenancy is Tenancy.DEALER}
    assert of_dealers == set(MOVED)


async def _dealers_of_rows(tenant: Tenant, case_id: UUID) -> set[int]:
    found: set[int] = set()
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        for table in MOVED:
            found |= set(await tx.values(f"SELECT dealer_id FROM {table} WHERE case_id = $1", case_id))
    return found
