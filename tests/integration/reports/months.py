"""A dealer's month told through the services at past instants, counted by hand in the tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from shared.cases import service
from shared.cases.commands import Close, ContactChannel, LogContact, Resolve
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel
from shared.cases.work_commands import Plan
from shared.permissions import Role
from shared.reports.month import Month
from shared.tenancy import Actor
from tests.support.tenant import Tenant

MARCH = Month(2026, 3)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def local(day: int, hour: int = 9, minute: int = 0, month: int = 3) -> datetime:
    """An instant of 2026 by the clocks of Shanghai."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - 8 * HOUR


async def complaint(tenant: Tenant, at: datetime, *, dealer_id: int | None = None, **values: Any) -> CaseView:
    """A complaint registered as it came in; `values` are what differs from an ordinary one."""
    ordinary = Intake(
        channel=Channel.PHONE,
        customer_name="张测试",
        customer_phone="13800001234",
        words="服务顾问态度恶劣，爱理不理。",
        vehicle_plate="测A·12345",
    )
    intake = msgspec.structs.replace(ordinary, **values)
    actor = tenant.actor(Role.ADVISOR, dealer_id)
    return await service.register(actor, intake, source=Source.STAFF, as_of=at)


async def contact(tenant: Tenant, case: CaseView, at: datetime, *, effective: bool = True) -> None:
    """Staff called; `effective`: the customer answered."""
    command = LogContact(effective=effective, channel=ContactChannel.PHONE, summary="已致歉")
    await service.log_contact(_manager(tenant, case), case.id, command, version=None, as_of=at)


async def plan(tenant: Tenant, case: CaseView, at: datetime) -> None:
    """A solution was found."""
    await service.plan(_manager(tenant, case), case.id, Plan(plan="更换部件"), version=None, as_of=at)


async def resolve(tenant: Tenant, case: CaseView, at: datetime) -> None:
    """The customer was told the result."""
    command = Resolve(
        found="卡扣松动", result="已更换部件", advice="下次保养时复查", told_via=ContactChannel.PHONE
    )
    await service.resolve(_manager(tenant, case), case.id, command, version=None, as_of=at)


async def close(tenant: Tenant, case: CaseView, at: datetime) -> None:
    """Closed with its cause."""
    command = Close(root_cause="工位不足", preventive_measure="预约分时")
    await service.close(_manager(tenant, case), case.id, command, version=None, as_of=at)


def _manager(tenant: Tenant, case: CaseView) -> Actor:
    return tenant.actor(Role.SERVICE_MANAGER, case.dealer_id)
