"""Waiting for the OEM, for parts or in a stalemate: no pause, but a clock on whoever owns it (R3.3, R4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from shared.cases import service
from shared.cases.commands import (
    AskTransfer,
    EndWait,
    Hold,
    Merge,
    RefuseTransfer,
    Reopen,
    RequestFromCustomer,
    Resume,
    Unmerge,
    Wait,
    WaitedFor,
)
from shared.cases.filters import QueueFilter, Tab
from shared.cases.listing import queue
from shared.cases.vocabulary import Department
from shared.cases.waits import CaseWaits, Party, waits_of
from shared.cases.work_commands import AddTask, Compensate, Decline, Diagnose, FinishTask
from shared.cases.work_vocabulary import CompensationKind
from shared.db.engine import transaction
from shared.errors import Conflict
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from tests.integration.cases.walking import NOON, SPOKEN, TOLD, new_case, work_of
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
    """proofs.md, Pause: waiting for parts is no pause; a second wait has a clock of its own."""
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
    """proofs.md, Pause: Hold is no pause, it starts a clock on whoever owns the wait; gross and net time."""
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


DAY = timedelta(days=1)


async def ask(tenant: Tenant, case_id: UUID, at: datetime, answer_by: datetime | None = None) -> None:
    asked = RequestFromCustomer(request="请提供行驶证", via=SPOKEN.channel, answer_by=answer_by)
    head = tenant.actor(Role.STATION_HEAD)
    await service.request_from_customer(head, case_id, asked, version=None, as_of=at)


async def waits_at(tenant: Tenant, case_id: UUID, at: datetime) -> CaseWaits:
    async with transaction(Scope.oem(tenant.oem_id), as_of=at) as tx:
        return await waits_of(tx, tenant.oem_id, case_id)


async def test_the_customer_is_waited_for_no_longer_than_the_pause_lasts(tenant: Tenant):
    """proofs.md, Pause: an expiry; gross and net: asked once, answered after 60 days, paused for seven."""
    head, manager = tenant.actor(Role.STATION_HEAD), tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    await service.log_contact(head, case.id, SPOKEN, version=None, as_of=NOON)
    await ask(tenant, case.id, NOON)
    during = await waits_at(tenant, case.id, NOON + 3 * DAY)
    assert (during.waits_for, during.answer_overdue) == (Party.CUSTOMER, False)
    assert during.waits[0].until is None
    over = await waits_at(tenant, case.id, NOON + 7 * DAY)
    assert (over.waits_for, over.answer_overdue) == (None, True)
    assert over.waits[0].until == NOON + 7 * DAY
    await service.log_contact(head, case.id, SPOKEN, version=None, as_of=NOON + 60 * DAY)
    await service.resolve(head, case.id, TOLD, version=None, as_of=NOON + 61 * DAY)
    told = await waits_at(tenant, case.id, NOON + 62 * DAY)
    assert (told.waits_for, told.answer_overdue) == (None, False)
    assert told.times.by_party[Party.CUSTOMER] == 7 * 86_400
    assert told.times.gross_seconds - told.times.net_seconds == 7 * 86_400
    again = Reopen(reason="仍有异响")
    await service.reopen(manager, case.id, again, version=None, as_of=NOON + 63 * DAY)
    kept = await waits_at(tenant, case.id, NOON + 64 * DAY)
    assert [(each.since, each.until) for each in kept.waits] == [(NOON, NOON + 7 * DAY)]


async def test_beyond_the_cap_the_customer_is_waited_for_no_more(tenant: Tenant):
    """proofs.md, Pause: a cap, 14 days of a cycle; asked again in a pause, after it, and beyond the cap."""
    head = tenant.actor(Role.STATION_HEAD)
    case = await new_case(tenant)
    await service.log_contact(head, case.id, SPOKEN, version=None, as_of=NOON)
    for day in (0, 2, 12, 30):
        await ask(tenant, case.id, NOON + day * DAY)
    found = await waits_at(tenant, case.id, NOON + 31 * DAY)
    # Nine days of the first two, five that the cap leaves, none for the last.
    spans = [((each.since - NOON).days, each.until and (each.until - NOON).days) for each in found.waits]
    assert spans == [(0, 2), (2, 9), (12, 17), (30, 30)]
    assert (found.waits_for, found.answer_overdue) == (None, True)
    await service.log_contact(head, case.id, SPOKEN, version=None, as_of=NOON + 40 * DAY)
    answered = await waits_at(tenant, case.id, NOON + 41 * DAY)
    assert not answered.answer_overdue
    assert answered.times.by_party[Party.CUSTOMER] == 14 * 86_400
    assert answered.times.gross_seconds - answered.times.net_seconds == 14 * 86_400


async def test_an_answer_within_the_pause_ends_the_wait(tenant: Tenant):
    head = tenant.actor(Role.STATION_HEAD)
    case = await new_case(tenant)
    await service.log_contact(head, case.id, SPOKEN, version=None, as_of=NOON)
    await ask(tenant, case.id, NOON, NOON + 2 * DAY)
    await ask(tenant, case.id, NOON + HOUR, NOON + 3 * DAY)
    await service.log_contact(head, case.id, SPOKEN, version=None, as_of=NOON + DAY)
    found = await waits_at(tenant, case.id, NOON + 2 * DAY)
    assert [each.until for each in found.waits] == [NOON + HOUR, NOON + DAY]
    assert (found.waits_for, found.answer_overdue) == (None, False)


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


GOODWILL = Compensate(
    kind=CompensationKind.CASH, amount_minor=3_000_000, currency="CNY", reason="客户多次往返"
)


async def open_waits(tenant: Tenant, case_id: UUID) -> list[tuple[str, str]]:
    found = await waits(tenant, case_id)
    return [(each.party.value, each.reason) for each in found.waits if each.until is None]


async def test_an_approval_that_the_oem_has_to_give_makes_the_case_wait_for_it(tenant: Tenant):
    """proofs.md, Pause: waiting for the OEM starts a clock on it; R3.2: above the dealer's limits."""
    head, office = tenant.actor(Role.STATION_HEAD), tenant.actor(Role.HEAD_OFFICE)
    case = await new_case(tenant)
    await service.log_contact(head, case.id, SPOKEN, version=None, as_of=NOON)
    await service.compensate(head, case.id, GOODWILL, version=None, as_of=NOON + HOUR)
    assert await open_waits(tenant, case.id) == [("oem", "客户多次往返")]
    assert await owner_clocks(tenant, case.id) == [("wait_oem", 1, "running")]
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        [asked] = await tx.values(
            "SELECT id FROM case_compensations WHERE oem_id = $1 AND case_id = $2", tenant.oem_id, case.id
        )
    declined = Decline(reason="依据不足")
    await service.decline(office, case.id, asked, declined, version=None, as_of=NOON + 3 * HOUR)
    assert await owner_clocks(tenant, case.id) == [("wait_oem", 1, "met")]
    found = await waits(tenant, case.id)
    assert (found.waits_for, found.times.by_party[Party.OEM]) == (None, 2 * 3_600)


async def test_an_approval_within_the_dealer_waits_for_nobody(tenant: Tenant):
    """R3.2: what the station head may approve is the dealer's own matter."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    await service.log_contact(advisor, case.id, SPOKEN, version=None, as_of=NOON)
    small = msgspec.structs.replace(GOODWILL, amount_minor=150_000)
    await service.compensate(advisor, case.id, small, version=None, as_of=NOON + HOUR)
    assert await open_waits(tenant, case.id) == []


async def test_a_transfer_that_is_asked_for_makes_the_case_wait_for_the_oem(tenant: Tenant):
    """R9.1: the dealer asks, the OEM does it or refuses it; the wait ends with the answer."""
    head, office = tenant.actor(Role.STATION_HEAD), tenant.actor(Role.HEAD_OFFICE)
    case = await new_case(tenant)
    ask = AskTransfer(reason="车辆在另一城市")
    await service.ask_transfer(head, case.id, ask, version=None, as_of=NOON)
    assert await open_waits(tenant, case.id) == [("oem", "车辆在另一城市")]
    refuse = RefuseTransfer(reason="由贵店处理")
    await service.refuse_transfer(office, case.id, refuse, version=None, as_of=NOON + HOUR)
    assert await open_waits(tenant, case.id) == []
    assert await owner_clocks(tenant, case.id) == [("wait_oem", 1, "met")]


async def test_a_task_of_the_oem_is_waited_for_until_the_last_one_is_done(tenant: Tenant):
    """R3.4: new or hard faults go to OEM technical support; R3.1: other tasks of the OEM count as well."""
    advisor, office = tenant.actor(Role.ADVISOR), tenant.actor(Role.HEAD_OFFICE)
    case = await new_case(tenant)
    await service.log_contact(advisor, case.id, SPOKEN, version=None, as_of=NOON)
    here = AddTask(department=Department.SERVICE, title="复查底盘")
    await service.add_task(advisor, case.id, here, version=None, as_of=NOON)
    assert await open_waits(tenant, case.id) == []
    found = Diagnose(findings="异响原因不明", needs_technical_support=True)
    await service.diagnose(advisor, case.id, found, version=None, as_of=NOON)
    mine = AddTask(department=Department.SERVICE, title="核对通告", assignee_id=office.id)
    await service.add_task(office, case.id, mine, version=None, as_of=NOON + HOUR)
    assert [party for party, _ in await open_waits(tenant, case.id)] == ["oem"]
    tasks = {each.title: each.id for each in (await work_of(tenant, case.id)).tasks}
    done = FinishTask(outcome="已答复")
    for number, title in enumerate(("异响原因不明", "核对通告"), 2):
        assert await open_waits(tenant, case.id)
        await service.finish_task(
            office, case.id, tasks[title], done, version=None, as_of=NOON + number * HOUR
        )
    assert await open_waits(tenant, case.id) == []
    assert (await waits(tenant, case.id)).times.by_party[Party.OEM] == 3 * 3_600


async def test_the_list_says_whom_each_case_waits_for(tenant: Tenant):
    """R4: waiting on whom is always known; only the customer pauses, and only while the pause lasts."""
    head, office = tenant.actor(Role.STATION_HEAD), tenant.actor(Role.HEAD_OFFICE)
    case = await new_case(tenant)
    await service.log_contact(head, case.id, SPOKEN, version=None, as_of=NOON)
    assert await listed(head, case.id) == ([], None)
    asked = RequestFromCustomer(
        request="请提供行车记录仪录像", via=SPOKEN.channel, answer_by=NOON + 48 * HOUR
    )
    await service.request_from_customer(head, case.id, asked, version=None, as_of=NOON)
    await service.ask_transfer(
        head, case.id, AskTransfer(reason="车辆在另一城市"), version=None, as_of=NOON + HOUR
    )
    for reader in (head, office):
        assert await listed(reader, case.id) == ([Party.CUSTOMER, Party.OEM], NOON + 48 * HOUR)
    assert await listed(head, case.id, NOON + 48 * HOUR) == ([Party.CUSTOMER, Party.OEM], None)
    await service.resolve(head, case.id, TOLD, version=None, as_of=NOON + 3 * HOUR)
    assert await listed(head, case.id) == ([], None)


async def listed(
    reader: Actor, case_id: UUID, at: datetime = NOON + 2 * HOUR
) -> tuple[list[Party], datetime | None]:
    async with transaction(reader.scope, as_of=at) as tx:
        page = await queue(tx, reader.oem_id, QueueFilter(tab=Tab.ALL))
    [row] = [each for each in page.items if each.id == case_id]
    return row.waits, row.paused_until(at)


async def test_what_the_oem_still_owes_is_waited_for_again_when_the_case_is_reopened(tenant: Tenant):
    """R3.3, proofs.md, Changes: reopen: a new cycle; the wait of the old one ended with the result."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    await service.log_contact(manager, case.id, SPOKEN, version=None, as_of=NOON)
    ask = AddTask(department=Department.TECHNICAL_SUPPORT, title="分析异响")
    await service.add_task(manager, case.id, ask, version=None, as_of=NOON)
    await service.resolve(manager, case.id, TOLD, version=None, as_of=NOON + HOUR)
    assert await open_waits(tenant, case.id) == []
    again = await service.reopen(
        manager, case.id, Reopen(reason="仍有异响"), version=None, as_of=NOON + 2 * HOUR
    )
    assert [party for party, _ in await open_waits(tenant, case.id)] == ["oem"]
    assert await owner_clocks(tenant, case.id) == [("wait_oem", 1, "met"), ("wait_oem", 1, "running")]
    assert again.due_at is not None
    assert again.due_at > NOON + 2 * HOUR
    assert again.due_metric == "first_contact"
