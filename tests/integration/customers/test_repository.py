from datetime import date
from itertools import count

import msgspec

from shared.customers.repository import (
    Customer,
    CustomerFacts,
    Vehicle,
    VehicleFacts,
    find_or_create_customer,
    find_or_create_vehicle,
)
from shared.db.engine import transaction
from shared.tenancy import Scope
from tests.support.tenant import MONDAY, Tenant

_phones = count(13800005000)
LI = CustomerFacts(name="李测试", phone="", phone_kind="mobile", email="", locale="zh-CN")
CAR = VehicleFacts(vin="1M8GDM9AXKP042788", plate="测C00001", model="示例")


async def customer(tenant: Tenant, facts: CustomerFacts, dealer_id: int | None = None) -> Customer:
    dealer = dealer_id or tenant.here
    async with transaction(Scope.dealer(tenant.oem_id, dealer), as_of=MONDAY) as tx:
        return await find_or_create_customer(tx, tenant.oem_id, dealer, MONDAY, facts, may_change=True)


async def vehicle(
    tenant: Tenant, facts: VehicleFacts, dealer_id: int | None = None, *, may_change: bool = True
) -> Vehicle | None:
    dealer = dealer_id or tenant.here
    async with transaction(Scope.dealer(tenant.oem_id, dealer), as_of=MONDAY) as tx:
        return await find_or_create_vehicle(tx, tenant.oem_id, dealer, MONDAY, facts, may_change=may_change)


def new_phone() -> str:
    return f"+86{next(_phones)}"


async def test_a_customer_is_known_by_phone_at_the_same_dealer(tenant: Tenant):
    """R1.5."""
    facts = msgspec.structs.replace(LI, phone=new_phone())
    first = await customer(tenant, facts)
    assert (await customer(tenant, facts)).id == first.id
    assert (await customer(tenant, facts, tenant.sibling)).id != first.id


async def test_what_was_unknown_is_filled_in(tenant: Tenant):
    nameless = msgspec.structs.replace(LI, phone=new_phone(), name="")
    first = await customer(tenant, nameless)
    told = msgspec.structs.replace(nameless, name="李测试", email="li@example.com")
    second = await customer(tenant, told)
    assert (second.id, second.name, second.email) == (first.id, "李测试", "li@example.com")
    third = await customer(tenant, nameless)
    assert (second.changed, third) == (True, msgspec.structs.replace(second, changed=False))


async def test_people_who_share_a_phone_are_told_apart_by_name(tenant: Tenant):
    phone = new_phone()
    first = await customer(tenant, msgspec.structs.replace(LI, phone=phone))
    wife = await customer(tenant, msgspec.structs.replace(LI, phone=phone, name="王测试"))
    assert wife.id != first.id
    assert (await customer(tenant, msgspec.structs.replace(LI, phone=phone, name="王测试"))).id == wife.id


async def test_without_a_phone_nobody_is_recognised(tenant: Tenant):
    assert (await customer(tenant, LI)).id != (await customer(tenant, LI)).id


async def test_a_vehicle_is_known_by_its_vin_and_then_gets_its_new_plate(tenant: Tenant):
    """R1.5."""
    first = await vehicle(tenant, CAR)
    again = await vehicle(tenant, VehicleFacts(vin=CAR.vin, plate="测C99999", brand="示例牌"))
    assert first is not None
    assert again is not None
    assert (again.id, again.plate, again.brand, again.model) == (first.id, "测C99999", "示例牌", "示例")


async def test_a_vehicle_is_known_by_its_plate_until_a_vin_tells_it_apart(tenant: Tenant):
    by_plate = await vehicle(tenant, VehicleFacts(plate="测D00001"))
    with_vin = await vehicle(
        tenant,
        VehicleFacts(plate="测D00001", vin="11111111111111111", purchased_on=date(2025, 5, 1)),
    )
    other_vin = await vehicle(tenant, VehicleFacts(plate="测D00001", vin="22222222222222222"))
    assert by_plate is not None
    assert with_vin is not None
    assert other_vin is not None
    assert (with_vin.id, with_vin.vin) == (by_plate.id, "11111111111111111")
    assert with_vin.purchased_on == date(2025, 5, 1)
    assert other_vin.id != by_plate.id


async def test_what_anybody_could_have_told_changes_no_car(tenant: Tenant):
    """R1.5: another plate for a known VIN makes another car, for staff to look at."""
    known = await vehicle(tenant, msgspec.structs.replace(CAR, vin="1M8GDM9AXKP042700", plate="测C00070"))
    assert known is not None
    told = VehicleFacts(vin=known.vin, plate="测C99999")
    other = await vehicle(tenant, told, may_change=False)
    assert other is not None
    assert (other.id != known.id, other.plate) == (True, "测C99999")
    same = await vehicle(tenant, VehicleFacts(plate=known.plate), may_change=False)
    assert same == msgspec.structs.replace(known, changed=False)


async def test_a_vehicle_of_another_dealer_is_not_touched(tenant: Tenant):
    """R9.1."""
    plate = VehicleFacts(plate="测E00001")
    here, there = await vehicle(tenant, plate), await vehicle(tenant, plate, tenant.sibling)
    assert here is not None
    assert there is not None
    assert here.id != there.id


async def test_nothing_told_makes_no_vehicle(tenant: Tenant):
    assert await vehicle(tenant, VehicleFacts()) is None
