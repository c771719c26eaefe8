"""Customers and vehicles found while they are typed, what is said of a complaint before, and who owns it."""

import msgspec
import pytest

from shared.cases import service
from shared.cases.first_look import first_look
from shared.cases.intake import Intake, Source
from shared.cases.known import KnownCustomer, fill_in, known_customers
from shared.cases.vocabulary import Channel, Urgency
from shared.db.engine import transaction
from shared.errors import Forbidden, Invalid, NotFound
from shared.permissions import Role
from shared.tenancy import Actor
from tests.integration.cases.walking import NOISE, new_case
from tests.support.tenant import MONDAY, Tenant, found_tenant


@pytest.fixture(scope="module")
async def tenant(app_engine: None) -> Tenant:
    """One with a single known customer, and his car at another dealer, too."""
    tenant = await found_tenant()
    await new_case(tenant, msgspec.structs.replace(NOISE, mileage_km=41_000))
    far = tenant.actor(Role.ADVISOR, tenant.far)
    await service.register(far, NOISE, source=Source.STAFF, as_of=MONDAY)
    return tenant


async def known(actor: Actor, *codes: str) -> list[KnownCustomer]:
    async with transaction(actor.scope, read_only=True) as tx:
        return await known_customers(tx, actor, codes)


@pytest.mark.parametrize(
    "typed", ["138 0000 3456", "+86 138-0000-3456", "3456", "测A·34567", "4567", "lsvaa49j532047371", "7371"]
)
async def test_a_customer_is_known_by_phone_plate_or_vin_however_written(tenant: Tenant, typed: str):
    """R1.5."""
    [found] = await known(tenant.actor(Role.ADVISOR), typed)
    assert (found.name, found.phone, found.plate) == ("张测试", "+8613800003456", "测A34567")
    assert (found.dealer_id, found.mileage_km, found.cases) == (tenant.here, 41_000, 1)


async def test_nobody_is_known_by_three_characters_or_by_the_number_of_a_case(tenant: Tenant):
    case = await new_case(tenant, Intake(channel=Channel.PHONE, customer_phone="13800009876", words="异响"))
    assert await known(tenant.actor(Role.ADVISOR), "567", "", "1380000") == []
    assert await known(tenant.actor(Role.ADVISOR), case.number) == []


async def test_the_oem_finds_a_customer_at_every_dealer_and_a_dealer_its_own(tenant: Tenant):
    """R9.1."""
    everywhere = await known(tenant.actor(Role.CAC_AGENT), "13800003456")
    assert {each.dealer_id for each in everywhere} == {tenant.here, tenant.far}
    assert await known(tenant.actor(Role.ADVISOR, tenant.sibling), "13800003456") == []
    of_here = next(each for each in everywhere if each.dealer_id == tenant.here)
    stranger = tenant.actor(Role.ADVISOR, tenant.sibling)
    with pytest.raises(NotFound):
        await fill_in(stranger, of_here.customer_id, of_here.vehicle_id, "再次投诉")


async def test_what_the_rules_would_say_is_told_before_anything_is_registered(tenant: Tenant):
    """R1.2, R2.3, R2.4: the suggestion with its reasons, the question for the symptom, what looks odd."""
    odd = Intake(
        channel=Channel.PHONE,
        words="高速行驶时刹车失灵，非常危险。",
        vehicle_vin="LSVAA49J032047371",
        vehicle_plate="ABC",
    )
    vague = Intake(channel=Channel.PHONE, words="空调不好用", vehicle_vin="LSVAA49J132047371")
    async with transaction(tenant.actor(Role.ADVISOR).scope, read_only=True) as tx:
        found = await first_look(tx, tenant.oem_id, odd)
        asked = await first_look(tx, tenant.oem_id, vague)
        nothing = await first_look(tx, tenant.oem_id, Intake(channel=Channel.PHONE))
    assert found.classification is not None
    assert found.classification.urgency.value in {Urgency.URGENT, Urgency.HIGH}
    assert any("刹车" in word for reason in found.classification.urgency.reasons for word in reason.words)
    assert found.warnings == ["vin_check_digit", "plate_form"]
    assert not found.symptom_needed
    assert asked.symptom_needed
    assert asked.warnings == []
    assert (nothing.classification, nothing.symptom_needed) == (None, False)


async def test_everything_that_is_captured_is_kept(tenant: Tenant):
    """R1.2: conditions of use and the customer's background."""
    told = msgspec.structs.replace(NOISE, conditions="冷车、低速", background="老客户，之前投诉过一次")
    case = await new_case(tenant, told)
    assert (case.conditions, case.background) == ("冷车、低速", "老客户，之前投诉过一次")


async def test_another_owner_is_named_only_by_who_may_hand_cases_over(tenant: Tenant):
    """R1.6: the first to hear it owns it until it is handed over."""
    wanted = tenant.people[tenant.here, Role.SERVICE_MANAGER]
    named = msgspec.structs.replace(NOISE, owner_id=wanted)
    with pytest.raises(Forbidden):
        await new_case(tenant, named)
    agent = tenant.actor(Role.CAC_AGENT)
    for_dealer = msgspec.structs.replace(named, dealer_id=tenant.here)
    case = await service.register(agent, for_dealer, source=Source.STAFF, as_of=MONDAY)
    assert (case.dealer_id, case.owner_id) == (tenant.here, wanted)
    stranger = tenant.people[tenant.far, Role.SERVICE_MANAGER]
    with pytest.raises(Invalid) as refusal:
        await service.register(
            agent, msgspec.structs.replace(for_dealer, owner_id=stranger), source=Source.STAFF, as_of=MONDAY
        )
    assert [(each.field, each.code) for each in refusal.value.fields] == [
        ("owner_id", "person_of_other_dealer")
    ]
