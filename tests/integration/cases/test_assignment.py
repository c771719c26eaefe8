"""New cases go to whom a rule names (R3.1)."""

from dataclasses import replace
from datetime import time
from typing import Any

import msgspec
import pytest

from shared.accounts.duty import DutyHours
from shared.cases import assignment_service, queries, service
from shared.cases.assignment import AssignmentPolicy, AssignmentRule
from shared.cases.commands import Assign
from shared.cases.intake import Intake, Source
from shared.cases.rule_set import Bilingual
from shared.cases.views import CaseView
from shared.cases.vocabulary import Category, Channel, Department
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.onboarding.abilities import Abilities, set_abilities
from shared.permissions import Role
from shared.tenancy import Actor
from shared.tenants.dealers import regions
from tests.support.tenant import Tenant, found_tenant

pytestmark = pytest.mark.usefixtures("app_engine")

BRAKES = Intake(channel=Channel.APP, customer_phone="13800001234", words="高速行驶时刹车失灵，非常危险。")
RULE = AssignmentRule(
    id="brakes", name=Bilingual("刹车投诉", "Brakes"), categories=(Category.PRODUCT_QUALITY,), skill="刹车"
)


async def publish(tenant: Tenant, *rules: AssignmentRule) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    known = await assignment_service.assignment_rules(admin)
    await assignment_service.publish(admin, AssignmentPolicy(rules), version=known.version)


async def able(tenant: Tenant, role: Role, **what: Any) -> None:
    admin, person = tenant.actor(Role.ADMINISTRATOR), tenant.actor(role)
    assert person.membership_id
    await set_abilities(admin, person.membership_id, Abilities(**what), version=None)


async def sent(tenant: Tenant, **changes: Any) -> CaseView:
    intake = msgspec.structs.replace(BRAKES, **{"dealer_id": tenant.here, **changes})
    return await service.register(tenant.api_key(), intake, source=Source.API)


async def test_a_complaint_nobody_has_heard_goes_to_who_has_the_skill() -> None:
    """R3.1: by rule, with the reason on the timeline; R1.6: the first hearer keeps what he registers."""
    tenant = await found_tenant()
    await able(tenant, Role.TECHNICIAN, skills=("喷漆",), department=Department.TECHNICAL_SUPPORT)
    await able(tenant, Role.ADVISOR, skills=("刹车 ",))
    await publish(tenant, RULE)
    case = await sent(tenant)
    advisor = tenant.actor(Role.ADVISOR)
    assert case.owner_id == advisor.membership_id
    async with transaction(advisor.scope, read_only=True) as tx:
        entries = (await queries.timeline(tx, tenant.oem_id, case.id)).items
    [named] = [each for each in entries if each.kind == "assigned_by_rule"]
    assert (named.internal, named.data["rule"], named.data["zh"]) == (True, "brakes", "刹车投诉")
    manager = tenant.actor(Role.SERVICE_MANAGER)
    spoken = msgspec.structs.replace(BRAKES, channel=Channel.PHONE)
    heard = await service.register(manager, spoken, source=Source.STAFF)
    assert heard.owner_id == manager.membership_id
    await publish(tenant, msgspec.structs.replace(RULE, even_if_heard=True))
    taken = await service.register(manager, spoken, source=Source.STAFF)
    assert taken.owner_id == advisor.membership_id


async def test_the_first_rule_that_finds_somebody_decides() -> None:
    """R3.1: region, duty roster, department; nobody on duty means the next rule."""
    tenant = await found_tenant()
    on_sunday = (DutyHours(6, time(9), time(18)),)
    await able(tenant, Role.ADVISOR, duty=on_sunday)
    await able(tenant, Role.SERVICE_MANAGER, department=Department.TECHNICAL_SUPPORT)
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        known = {each.code: each.id for each in await regions(tx, tenant.oem_id)}
    name = Bilingual("规则", "Rule")
    elsewhere = AssignmentRule(
        id="elsewhere", name=name, region_ids=(known["away"],), roles=(Role.STATION_HEAD,)
    )
    duty = AssignmentRule(id="duty", name=name, region_ids=(known["A"],), on_duty=True)
    head = AssignmentRule(id="head", name=name, roles=(Role.STATION_HEAD,))
    await publish(tenant, elsewhere, duty, head)
    assert (await sent(tenant)).owner_id == tenant.actor(Role.STATION_HEAD).membership_id
    every_day = tuple(DutyHours(day, time(0), time(0)) for day in range(7))
    await able(tenant, Role.ADVISOR, duty=every_day)
    assert (await sent(tenant)).owner_id == tenant.actor(Role.ADVISOR).membership_id
    agents = AssignmentRule(id="agents", name=name, at_oem=True, roles=(Role.CAC_AGENT,))
    await publish(tenant, agents)
    assert (await sent(tenant)).owner_id == tenant.actor(Role.CAC_AGENT).membership_id


async def test_no_regional_manager_gets_a_case_of_another_region() -> None:
    """R9.1: he could not even open it; by rule, by hand."""
    tenant = await found_tenant()
    managers = AssignmentRule(
        id="managers", name=Bilingual("大区经理", "Managers"), at_oem=True, roles=(Role.REGIONAL_MANAGER,)
    )
    await publish(tenant, managers)
    manager = tenant.actor(Role.REGIONAL_MANAGER)
    near = await sent(tenant)
    assert near.owner_id == manager.membership_id
    far = await sent(tenant, dealer_id=tenant.far)
    assert far.owner_id != manager.membership_id
    agent = tenant.actor(Role.CAC_AGENT)
    assert manager.membership_id
    with pytest.raises(Invalid) as refused:
        await service.assign(
            agent, far.id, Assign(owner_id=manager.membership_id, reason="区域"), version=None
        )
    assert [each.code for each in refused.value.fields] == ["person_of_other_region"]


async def test_many_at_once_are_spread_over_those_who_fit() -> None:
    """R3.1: workload, in bulk."""
    tenant = await found_tenant()
    await publish(tenant, msgspec.structs.replace(RULE, skill="", roles=(Role.ADVISOR, Role.SERVICE_MANAGER)))
    intake = msgspec.structs.replace(BRAKES, dealer_id=tenant.here)
    outcomes = await service.register_many(tenant.api_key(), [intake] * 6, source=Source.IMPORT)
    owners = [each.owner_id for each in outcomes if not isinstance(each, Exception)]
    assert sorted(owners.count(each) for each in set(owners)) == [3, 3]


async def test_rules_and_abilities_are_for_those_who_may(tenant: Tenant) -> None:
    """R9.1."""
    head, admin = tenant.actor(Role.STATION_HEAD), tenant.actor(Role.ADMINISTRATOR)
    with pytest.raises(Forbidden):
        await assignment_service.publish(head, AssignmentPolicy(), version=0)
    far = tenant.actor(Role.ADVISOR, tenant.far)
    assert far.membership_id
    with pytest.raises(NotFound):
        await set_abilities(head, far.membership_id, Abilities(), version=None)
    advisor: Actor = tenant.actor(Role.ADVISOR)
    assert advisor.membership_id
    with pytest.raises(Forbidden):
        await set_abilities(replace(advisor), advisor.membership_id, Abilities(), version=None)
    twice = Abilities(skills=("高压电", "高压电"))
    changed = await set_abilities(head, advisor.membership_id, twice, version=None)
    assert changed.skills == ["高压电"]
    with pytest.raises(Conflict):
        await set_abilities(admin, advisor.membership_id, Abilities(), version=changed.version - 1)
    with pytest.raises(Invalid):
        await set_abilities(admin, advisor.membership_id, Abilities(skills=("x" * 41,)), version=None)
