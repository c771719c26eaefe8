"""Commands of the work on a case, as the tests of this folder give them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.cases import queries, service
from shared.cases.commands import Close, ContactChannel, LogContact, Resolve
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView, ClockView, TimelineEntry
from shared.cases.vocabulary import Channel
from shared.cases.work_commands import Agree, Compensate, ExecuteStep, Plan, Verify
from shared.cases.work_views import CaseWork
from shared.cases.work_vocabulary import AgreementWay, CompensationKind
from shared.db.engine import transaction
from shared.permissions import Role
from shared.tenancy import Actor
from tests.support.tenant import MONDAY, Tenant

NOON = MONDAY + timedelta(hours=3)
NOISE = Intake(
    channel=Channel.IN_STORE,
    customer_name="张测试",
    customer_phone="13800003456",
    vehicle_vin="LSVAA49J532047371",
    vehicle_plate="测A·34567",
    words="低速转向时前轮异响，仪表故障灯点亮。",
    points=("低速转向异响", "仪表故障灯点亮"),
)
SPOKEN = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系")
PLANNED = Plan(plan="更换转向节球头")
AGREED = Agree(agreed_by="张测试", via=AgreementWay.PHONE)
STEP = ExecuteStep(step="更换左前球头", measured="间隙 0.1 mm", parts="球头 1 件")
TOLD = Resolve(result="已更换球头，路试正常", told_via=ContactChannel.PHONE)
CAUSE = Close(root_cause="球头批次缺陷", preventive_measure="退回供应商分析")
VOUCHER = Compensate(kind=CompensationKind.VOUCHER, amount_minor=40_000, currency="CNY", reason="多次往返")
BY: dict[type, Any] = {
    LogContact: service.log_contact,
    Plan: service.plan,
    Agree: service.agree,
    ExecuteStep: service.execute_step,
    Verify: service.verify,
    Resolve: service.resolve,
    Close: service.close,
}


async def new_case(tenant: Tenant, intake: Intake = NOISE, at: datetime = MONDAY) -> CaseView:
    return await service.register(tenant.actor(Role.ADVISOR), intake, source=Source.STAFF, as_of=at)


async def walk(actor: Actor, case_id: UUID, *steps: Any, at: datetime = NOON) -> CaseView:
    """Give the commands one after the other; the case after the last."""
    found: CaseView | None = None
    for step in steps:
        found = await BY[type(step)](actor, case_id, step, version=None, as_of=at)
    assert found is not None
    return found


async def work_of(tenant: Tenant, case_id: UUID) -> CaseWork:
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        return await queries.work_of(tx, tenant.oem_id, case_id)


async def clocks_of(tenant: Tenant, case_id: UUID, cycle: int) -> dict[str, ClockView]:
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        found = await queries.clocks_of(tx, tenant.oem_id, case_id)
    return {each.metric: each for each in found if each.cycle == cycle}


async def history(tenant: Tenant, case_id: UUID) -> list[TimelineEntry]:
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        return (await queries.timeline(tx, tenant.oem_id, case_id)).items


async def events(tenant: Tenant, case_id: UUID) -> list[str]:
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        return await tx.values("SELECT kind FROM events WHERE case_id = $1 ORDER BY occurred_at, id", case_id)
