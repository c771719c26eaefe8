from datetime import timedelta

import pytest

from shared.cases import service
from shared.cases.commands import ContactChannel, Escalate, LogContact
from shared.cases.intake import Intake, Source
from shared.cases.queries import Overview, overview
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.permissions import Role
from shared.tenancy import Actor
from tests.support.tenant import MONDAY, Tenant

NOW = MONDAY + timedelta(hours=3)
COMPLAINT = Intake(channel=Channel.PHONE, words="空调异响", customer_phone="13800004567")
SPOKEN = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系")


async def look(tenant: Tenant, actor: Actor) -> Overview:
    async with transaction(actor.scope, as_of=NOW, read_only=True) as tx:
        return await overview(tx, tenant.oem_id, time_zone="Asia/Shanghai", membership_id=actor.membership_id)


@pytest.fixture(scope="module")
async def busy(tenant: Tenant) -> Tenant:
    """Here: one late, one in time three weeks ago. Sibling: one due tomorrow morning. Far: one open."""
    here, sibling = tenant.actor(Role.ADVISOR), tenant.actor(Role.ADVISOR, tenant.sibling)
    early = MONDAY - timedelta(weeks=3)
    old = await service.register(here, COMPLAINT, source=Source.STAFF, as_of=early)
    await service.log_contact(here, old.id, SPOKEN, version=None, as_of=early + timedelta(hours=1))
    late = await service.register(here, COMPLAINT, source=Source.STAFF, as_of=MONDAY)
    after_two_hours = MONDAY + timedelta(hours=2.5)
    await service.log_contact(here, late.id, SPOKEN, version=None, as_of=after_two_hours)
    await service.register(sibling, COMPLAINT, source=Source.STAFF, as_of=MONDAY + timedelta(hours=2.5))
    far = tenant.actor(Role.ADVISOR, tenant.far)
    await service.register(far, COMPLAINT, source=Source.STAFF, as_of=MONDAY)
    help_wanted = Escalate(reason="客户要求见区域经理")
    await service.escalate(here, late.id, help_wanted, version=None, as_of=after_two_hours)
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        await tx.execute(
            "UPDATE escalations SET recipient_ids = ARRAY[$2::uuid] WHERE case_id = $1",
            late.id,
            tenant.people[0, Role.REGIONAL_MANAGER],
        )
    return tenant


async def test_a_regional_manager_sees_the_dealers_of_the_region_worst_first(busy: Tenant):
    """R6.5, R9.1."""
    seen = await look(busy, busy.actor(Role.REGIONAL_MANAGER))
    assert [row.dealer_id for row in seen.league] == [busy.here, busy.sibling]
    assert seen.open == 3
    assert [row.open for row in seen.league] == [2, 1]
    assert seen.breached == seen.league[0].breached == 1, "three weeks ago nobody solved it"


async def test_the_share_in_time_counts_each_promise_when_it_is_decided(busy: Tenant):
    """R6.2: this month one met at registration and one broken here, one met at the sibling."""
    seen = await look(busy, busy.actor(Role.REGIONAL_MANAGER))
    here, sibling = seen.league
    assert here.on_time == pytest.approx(2 / 3)
    assert sibling.on_time == 1.0
    assert seen.on_time == pytest.approx(3 / 4)
    assert len(here.weeks) == 12
    assert here.weeks[-1].on_time == pytest.approx(2 / 3)
    assert here.weeks[-4].on_time == 1.0
    assert here.weeks[-2].on_time is None
    assert here.weeks[-1].week == MONDAY - timedelta(hours=9)


async def test_what_is_due_next_and_what_waits_is_shown(busy: Tenant):
    """R4.4."""
    seen = await look(busy, busy.actor(Role.REGIONAL_MANAGER))
    assert [row.dealer_id for row in seen.next_to_breach] == [busy.sibling]
    assert "manual" in {each.metric for each in seen.waiting}
    assert not any(each.step.startswith("warn") for each in seen.waiting)
    assert not (await look(busy, busy.actor(Role.HEAD_OFFICE))).waiting


async def test_the_heat_counts_by_local_day(busy: Tenant):
    seen = await look(busy, busy.actor(Role.REGIONAL_MANAGER))
    assert sum(cell.due for cell in seen.heat if cell.dealer_id == busy.sibling) == 1
    assert all(0 <= cell.day < 7 for cell in seen.heat)


async def test_the_desk_counts_and_stands_in_no_league(busy: Tenant):
    agent = busy.actor(Role.CAC_AGENT)
    before = await look(busy, busy.actor(Role.HEAD_OFFICE))
    await service.register(agent, COMPLAINT, source=Source.STAFF, as_of=NOW)
    after = await look(busy, busy.actor(Role.HEAD_OFFICE))
    assert after.open == before.open + 1
    assert busy.desk not in {row.dealer_id for row in after.league}


async def test_a_dealer_sees_itself_alone(busy: Tenant):
    seen = await look(busy, busy.actor(Role.SERVICE_MANAGER))
    assert [row.dealer_id for row in seen.league] == [busy.here]
