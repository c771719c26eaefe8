"""Promises that pause while the customer is waited for, their instants written out (R4, proofs.md "Pause").

The case comes in on Monday 2026-06-15 at 09:00 in Shanghai, where it is worked from 09:00 to 18:00 from
Monday to Friday, but for 2026-06-19, the Dragon Boat Festival. It is to be solved within five working days,
by Tuesday 2026-06-23 at 18:00, for the day of receipt does not count. The customer is first spoken to at
09:30.
"""

from datetime import UTC, datetime, timedelta

import pytest

from shared.cases import commands, customer_messages, detail, service, turns
from shared.cases.commands import ContactChannel, Direction
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel, Urgency
from shared.cases.work_commands import Agree, Plan
from shared.cases.work_vocabulary import AgreementWay
from shared.db.engine import transaction
from shared.permissions import Role
from shared.sla.firing import fire_due_of_oem
from shared.tenancy import Actor, ActorKind, Scope
from tests.support.tenant import Tenant


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour - 8, minute, tzinfo=UTC)


RECEIVED = shanghai(15, 9)
DUE = shanghai(23, 18)
"""Tuesday to Thursday, Monday, Tuesday: five working days after the day of receipt."""


@pytest.fixture
async def case(tenant: Tenant) -> CaseView:
    intake = Intake(
        channel=Channel.PHONE,
        customer_name="张测试",
        customer_phone="13800001234",
        words="保养收费与报价不符，多收 680 元。",
    )
    made = await service.register(
        tenant.actor(Role.SERVICE_MANAGER), intake, source=Source.STAFF, as_of=RECEIVED
    )
    return await talk(tenant, made, shanghai(15, 9, 30))


async def instants(tenant: Tenant, case: CaseView, at: datetime) -> dict[str, tuple[datetime, str]]:
    async with transaction(Scope.oem(tenant.oem_id), as_of=at) as tx:
        clocks = await detail.clocks_of(tx, tenant.oem_id, case.id)
    return {each.metric: (each.due_at, each.state) for each in clocks if each.state != "cancelled"}


async def ask(tenant: Tenant, case: CaseView, at: datetime, until: datetime | None = None) -> CaseView:
    command = commands.RequestFromCustomer(request="请提供行驶证", via=ContactChannel.PHONE, answer_by=until)
    actor = tenant.actor(Role.SERVICE_MANAGER)
    return await service.request_from_customer(actor, case.id, command, version=None, as_of=at)


async def talk(tenant: Tenant, case: CaseView, at: datetime) -> CaseView:
    command = commands.LogContact(
        effective=True, channel=ContactChannel.PHONE, direction=Direction.INBOUND, summary="客户已发照片"
    )
    return await service.log_contact(
        tenant.actor(Role.SERVICE_MANAGER), case.id, command, version=None, as_of=at
    )


async def test_waiting_for_the_customer_pauses_the_resolution_and_nothing_else(
    tenant: Tenant, case: CaseView
) -> None:
    """proofs.md: only "waiting for the customer", after an outbound request; first contact never pauses."""
    before = await instants(tenant, case, shanghai(15, 10))
    assert before["resolve"] == (DUE, "running")
    asked = await ask(tenant, case, shanghai(15, 10), shanghai(16, 12))
    after = await instants(tenant, case, shanghai(15, 11))
    # Eight hours of Monday and three of Tuesday are lost: eleven hours after Tuesday 18:00.
    assert after["resolve"] == (shanghai(25, 11), "paused")
    assert after["first_contact"] == before["first_contact"]
    assert asked.due_at == shanghai(25, 11)
    assert (await instants(tenant, case, shanghai(16, 12)))["resolve"] == (shanghai(25, 11), "running")


async def test_the_customers_answer_ends_the_pause_before_its_expiry(tenant: Tenant, case: CaseView) -> None:
    """proofs.md: resumed by the customer's answer."""
    await ask(tenant, case, shanghai(15, 10), shanghai(17, 18))
    answered = await talk(tenant, case, shanghai(15, 14))
    assert answered.waiting_since is None
    assert (await instants(tenant, case, shanghai(15, 14)))["resolve"] == (shanghai(24, 13), "running")
    assert answered.pauses == [shanghai(15, 10), shanghai(15, 14)]


async def test_the_customers_message_by_link_is_an_answer(tenant: Tenant, case: CaseView) -> None:
    """proofs.md: resumed by the customer's answer."""
    await ask(tenant, case, shanghai(15, 10))
    customer = Actor(ActorKind.CUSTOMER, Role.CUSTOMER, Scope.oem(tenant.oem_id), "客户")
    view = await customer_messages.customer_message(
        customer, case.id, commands.CustomerMessage(text="照片已发"), as_of=shanghai(15, 14)
    )
    assert view is not None
    assert (view.waiting_for, view.waiting_since) == ("", None)
    assert (await instants(tenant, case, shanghai(15, 15)))["resolve"] == (shanghai(24, 13), "running")


async def test_a_pause_expires_and_all_of_a_cycle_are_capped(tenant: Tenant, case: CaseView) -> None:
    """proofs.md: with an expiry and a cap; by default seven days at once and fourteen in all."""
    asked = await ask(tenant, case, shanghai(15, 10), shanghai(15, 10) + timedelta(days=60))
    assert asked.pauses == [shanghai(15, 10), shanghai(22, 10)]
    again = await ask(tenant, case, shanghai(23, 10))
    assert again.pauses[2:] == [shanghai(23, 10), shanghai(30, 10)]
    third = await ask(tenant, case, shanghai(30, 18))
    assert third.pauses == again.pauses
    assert third.waiting_since == shanghai(30, 18)


async def test_a_pause_over_a_holiday_takes_only_the_hours_it_covers(tenant: Tenant, case: CaseView) -> None:
    """proofs.md: a pause outside hours changes nothing; what others got wrong: hold time added to the start.

    From Thursday the 18th at 17:00 to Monday the 22nd at 09:00 lie the Dragon Boat Festival and a weekend:
    one hour is lost, which is worked on Wednesday the 24th until 10:00.
    """
    await ask(tenant, case, shanghai(18, 17))
    await talk(tenant, case, shanghai(22, 9))
    assert (await instants(tenant, case, shanghai(22, 9)))["resolve"] == (shanghai(24, 10), "running")


async def test_hold_is_no_pause(tenant: Tenant, case: CaseView) -> None:
    """proofs.md: status Hold is no pause."""
    held = commands.Hold(reason="客户要求换车，谈判僵持")
    await turns.hold(tenant.actor(Role.SERVICE_MANAGER), case.id, held, version=None, as_of=shanghai(15, 11))
    assert (await instants(tenant, case, shanghai(15, 12)))["resolve"] == (DUE, "running")


async def test_no_change_of_urgency_loses_a_pause(tenant: Tenant, case: CaseView) -> None:
    """proofs.md: recompute from the original start minus pauses; a change of priority never loses a pause."""
    await ask(tenant, case, shanghai(15, 10), shanghai(16, 12))
    command = commands.Classify(urgency=Urgency.HIGH, reason="")
    raised = await service.classify(
        tenant.actor(Role.SERVICE_MANAGER), case.id, command, version=None, as_of=shanghai(15, 11)
    )
    assert raised.pauses == [shanghai(15, 10), shanghai(16, 12)]
    # Three working days end on Thursday 18:00; eleven hours are lost, Friday is a holiday.
    assert (await instants(tenant, case, shanghai(15, 11)))["resolve"] == (shanghai(23, 11), "paused")


async def test_nothing_is_told_while_the_clock_is_paused(tenant: Tenant, case: CaseView) -> None:
    """proofs.md, what others got wrong: a breach while pending."""
    await ask(tenant, case, shanghai(16, 9), shanghai(23, 9))
    async with transaction(Scope.oem(tenant.oem_id), as_of=shanghai(23, 8, 59)) as tx:
        await fire_due_of_oem(tx, tenant.oem_id, shanghai(23, 8, 59))
        fired = await tx.values(
            "SELECT step FROM escalations WHERE oem_id = $1 AND case_id = $2 AND metric = 'resolve'",
            tenant.oem_id,
            case.id,
        )
    assert fired == []


async def test_reopening_begins_without_pauses(tenant: Tenant, case: CaseView) -> None:
    """proofs.md: a new cycle with its own clocks; closed time does not count."""
    await ask(tenant, case, shanghai(15, 10), shanghai(16, 12))
    gone = await turns.withdraw(
        tenant.actor(Role.SERVICE_MANAGER),
        case.id,
        commands.Withdraw(reason="客户撤回", via=AgreementWay.PHONE),
        version=None,
        as_of=shanghai(17, 10),
    )
    assert gone.pauses == [shanghai(15, 10), shanghai(16, 12)]
    back = await service.reopen(
        tenant.actor(Role.STATION_HEAD),
        case.id,
        commands.Reopen(reason="客户再次投诉"),
        version=None,
        as_of=shanghai(22, 9),
    )
    assert back.pauses == []


async def test_a_transfer_leaves_the_clock_and_its_pause_alone(tenant: Tenant, case: CaseView) -> None:
    """proofs.md, Changes: a transfer leaves the customer's clock alone, and loses no pause."""
    await ask(tenant, case, shanghai(15, 10), shanghai(17, 18))
    before = await instants(tenant, case, shanghai(15, 11))
    moved = await service.transfer(
        tenant.actor(Role.CAC_AGENT),
        case.id,
        commands.Transfer(dealer_id=tenant.far, reason="客户已迁至外地"),
        version=None,
        as_of=shanghai(15, 11),
    )
    assert moved.pauses == [shanghai(15, 10), shanghai(17, 18)]
    assert await instants(tenant, case, shanghai(15, 11)) == before
    spoken = commands.LogContact(
        effective=True, channel=ContactChannel.PHONE, direction=Direction.OUTBOUND, summary="客户已发照片"
    )
    there = tenant.actor(Role.SERVICE_MANAGER, tenant.far)
    await service.log_contact(there, case.id, spoken, version=None, as_of=shanghai(15, 14))
    assert (await instants(tenant, case, shanghai(15, 14)))["resolve"] == (shanghai(24, 13), "running")


async def test_an_agreement_is_an_answer(tenant: Tenant, case: CaseView) -> None:
    """proofs.md: resumed by the customer's answer, here to a plan."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    plan = Plan(plan="退还多收费用", told_via=ContactChannel.PHONE)
    await service.plan(manager, case.id, plan, version=None, as_of=shanghai(15, 10))
    await ask(tenant, case, shanghai(15, 10))
    agreed = Agree(via=AgreementWay.PHONE, agreed_by="张测试")
    view = await service.agree(manager, case.id, agreed, version=None, as_of=shanghai(15, 14))
    assert (view.waiting_since, view.pauses) == (None, [shanghai(15, 10), shanghai(15, 14)])
    assert view.due_at == shanghai(24, 13)
