"""Waiting for the OEM, for parts or in a stalemate: no pause, but a clock on whoever owns it (R3.3, R4)."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from shared.cases import service
from shared.cases.commands import (
    EndWait,
    Hold,
    Merge,
    RequestFromCustomer,
    Resume,
    Unmerge,
    Wait,
    WaitedFor,
)
from shared.cases.waits import CaseWaits, Party, waits_of
from shared.db.engine import transaction
from shared.errors import Conflict
from shared.permissions import Role
from shared.tenancy import Scope
from tests.integration.cases.walking import NOON, SPOKEN, TOLD, new_case
from tests.support.tenant import Tenant

PARTS = Wait(party=WaitedFor.PARTS, reason="已订购阀体")
HERE = EndWait(reason="配件已到货")
HOUR = timedelta(hours=1)


async def waits(tenant: Tenant, case_id: UUID) -> CaseWaits:
    async with transaction(Scope.oem(tenant.oem_id), as_of=NOON + 9 * HOUR) as tx:
        return await waits_of(tx, tenant.oem_id, case_id)


async def owner_clocks(tenant: Tenant, case_id: UUID) -> Sequence[tuple[str, int, str]]:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        rows = await tx.connection.fetch(
            "SELECT metric, turn, state FROM clocks WHERE oem_id = $1 AND case_id = $2"
            " AND metric IN ('wait_oem', 'wait_parts', 'stalemate') ORDER BY metric, turn",
            tenant.oem_id,
            case_id,
        )
    return [(row["metric"], row["turn"], row["state"]) for row in rows]


async def test_waiting_for_parts_starts_the_clock_of_whoever_owns_the_wait(tenant: Tenant):
    """sla.md, Pause: waiting for parts is no pause; a second wait has a clock of its own."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    before = case.due_at
    await service.log_contact(advisor, case.id, SPOKEN, version=None, as_of=NOON)
    with pytest.raises(Conflict) as nothing:
        await service.end_wait(advisor, case.id, HERE, version=None, as_of=NOON)
    assert nothing.value.code == "not_waiting"
    waiting = await service.wait(advisor, case.id, PARTS, version=None, as_of=NOON)
    assert waiting.waits_for == "parts"
    assert before is not None
    assert (await waits(tenant, case.id)).waits_for is Party.PARTS
    assert await owner_clocks(tenant, case.id) == [("wait_parts", 1, "running")]
    await service.end_wait(advisor, case.id, HERE, version=None, as_of=NOON + HOUR)
    assert (await waits(tenant, case.id)).waits_for is None
    await service.wait(advisor, case.id, PARTS, version=None, as_of=NOON + 2 * HOUR)
    oem = Wait(party=WaitedFor.OEM, reason="等待技术支持答复")
    await service.wait(advisor, case.id, oem, version=None, as_of=NOON + 3 * HOUR)
    assert await owner_clocks(tenant, case.id) == [
        ("wait_oem", 1, "running"),
        ("wait_parts", 1, "met"),
        ("wait_parts", 2, "met"),
    ]
    found = await waits(tenant, case.id)
    assert found.waits_for is Party.OEM
    assert found.times.by_party[Party.PARTS] == 2 * 3_600
    await service.resolve(advisor, case.id, TOLD, version=None, as_of=NOON + 4 * HOUR)
    ended = await waits(tenant, case.id)
    assert (ended.waits_for, ended.times.by_party[Party.OEM]) == (None, 3_600)
    assert ("wait_oem", 1, "met") in await owner_clocks(tenant, case.id)


async def test_a_stalemate_has_a_clock_and_the_customers_part_is_net_time(tenant: Tenant):
    """sla.md, Pause: Hold is no pause, it starts a clock on whoever owns the wait; gross and net time."""
    head = tenant.actor(Role.STATION_HEAD)
    case = await new_case(tenant)
    await service.log_contact(head, case.id, SPOKEN, version=None, as_of=NOON)
    asked = RequestFromCustomer(request="请提供行车记录仪录像", via=SPOKEN.channel)
    await service.request_from_customer(head, case.id, asked, version=None, as_of=NOON)
    assert (await waits(tenant, case.id)).waits_for is Party.CUSTOMER
    await service.hold(head, case.id, Hold(reason="客户暂不接受方案"), version=None, as_of=NOON + HOUR)
    assert await owner_clocks(tenant, case.id) == [("stalemate", 1, "running")]
    await service.resume(head, case.id, Resume(reason="再次协商"), version=None, as_of=NOON + 2 * HOUR)
    assert await owner_clocks(tenant, case.id) == [("stalemate", 1, "met")]
    await service.log_contact(head, case.id, SPOKEN, version=None, as_of=NOON + 3 * HOUR)
    found = await waits(tenant, case.id)
    assert found.waits_for is None
    assert found.times.by_party[Party.CUSTOMER] == 3 * 3_600
    assert found.times.gross_seconds - found.times.net_seconds == 3 * 3_600
    assert found.times.net_seconds == found.times.own_seconds


async def test_a_wait_ends_with_the_merger_and_does_not_come_back(tenant: Tenant):
    """R1.7: whoever a case waits for is waited for no more once it is handled elsewhere."""
    advisor, manager = tenant.actor(Role.ADVISOR), tenant.actor(Role.SERVICE_MANAGER)
    case, other = await new_case(tenant), await new_case(tenant)
    await service.log_contact(advisor, case.id, SPOKEN, version=None, as_of=NOON)
    await service.wait(advisor, case.id, PARTS, version=None, as_of=NOON)
    merge = Merge(into_id=other.id, reason="同一问题")
    await service.merge(manager, case.id, merge, version=None, as_of=NOON + HOUR)
    apart = Unmerge(reason="另有问题")
    again = await service.unmerge(manager, case.id, apart, version=None, as_of=NOON + 50 * HOUR)
    assert not again.waits_for
    assert await owner_clocks(tenant, case.id) == [("wait_parts", 1, "met")]
