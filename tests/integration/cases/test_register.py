import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.cases import detail, service
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView, ClockView
from shared.cases.vocabulary import CaseState, Category, Channel, Kind, ReportCode, ReportStatus, Urgency
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid
from shared.permissions import Role
from shared.tenancy import Actor
from tests.support.tenant import MONDAY, Tenant

BRAKES = Intake(
    channel=Channel.PHONE,
    customer_name="张测试",
    customer_phone="138 0000 1234",
    vehicle_vin="LSVAA49J532047371",
    vehicle_plate="测A·12345",
    words="高速行驶时刹车失灵，非常危险。",
)


async def register(actor: Actor, intake: Intake = BRAKES, **options: Any) -> CaseView:
    return await service.register(actor, intake, **{"source": Source.STAFF, "as_of": MONDAY, **options})


async def clocks(tenant: Tenant, case: CaseView) -> dict[str, ClockView]:
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        return {each.metric: each for each in await detail.clocks_of(tx, tenant.oem_id, case.id)}


async def test_a_complaint_is_numbered_classified_owned_and_promised(tenant: Tenant):
    """R1.1, R1.3, R1.6, R2.1, R2.3, R4.1."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await register(advisor)
    assert case.number.startswith("AF20260302")
    assert len(case.number) >= 13
    assert (case.state, case.report_status) == (CaseState.REGISTERED, ReportStatus.ON_GOING)
    assert case.report_code == ReportCode.PHONE
    assert case.category is Category.PRODUCT_QUALITY
    assert case.urgency is Urgency.URGENT
    assert case.classification.urgency.reasons
    assert case.owner_id == advisor.membership_id
    assert case.customer_phone == "+8613800001234"
    assert case.vehicle_plate == "测A12345"
    assert case.contactable
    assert case.title == "高速行驶时刹车失灵，非常危险"
    running = await clocks(tenant, case)
    assert set(running) == {"register", "first_contact", "first_response", "resolve"}
    assert running["register"].state == "met"
    assert running["first_contact"].due_at == MONDAY + timedelta(hours=2)
    assert (case.due_metric, case.due_at) == ("first_contact", MONDAY + timedelta(hours=2))
    assert case.due_started_at == MONDAY


async def test_registering_writes_timeline_audit_and_event(tenant: Tenant):
    """R9.3."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await register(advisor)
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        entries = (await detail.timeline(tx, tenant.oem_id, case.id)).items
        audit = await tx.values("SELECT action FROM audit_entries WHERE entity_id = $1", str(case.id))
        events = await tx.values("SELECT kind FROM events WHERE case_id = $1", case.id)
    assert [(each.kind, each.actor_name, each.internal) for each in entries] == [
        ("register", advisor.name, False)
    ]
    assert entries[0].data["warnings"] == ["vin_check_digit"]
    assert audit == ["case.register"]
    assert events == ["case.registered"]


async def test_numbers_are_unique_under_concurrent_registration(tenant: Tenant):
    """R1.3."""
    day = MONDAY + timedelta(days=7)
    actors = [tenant.actor(Role.ADVISOR, dealer) for dealer in (tenant.here, tenant.sibling, tenant.far)]
    cases = await asyncio.gather(*(register(actors[n % 3], as_of=day) for n in range(12)))
    assert sorted(case.number for case in cases) == [f"AF20260309{n:03d}" for n in range(1, 13)]


async def test_the_number_bears_the_local_date(tenant: Tenant):
    """R1.3: seventeen o'clock in London is the next day in Shanghai."""
    case = await register(tenant.actor(Role.ADVISOR), as_of=MONDAY + timedelta(hours=16))
    assert case.number.startswith("AF20260303")


async def test_a_known_customer_and_vehicle_are_found_again(tenant: Tenant):
    """R1.5."""
    advisor = tenant.actor(Role.ADVISOR)
    first = await register(advisor)
    again = msgspec.structs.replace(BRAKES, customer_phone="+86 13800001234", vehicle_plate="测a-12345")
    second = await register(advisor, again)
    assert (second.customer_id, second.vehicle_id) == (first.customer_id, first.vehicle_id)
    elsewhere = await register(tenant.actor(Role.ADVISOR, tenant.sibling))
    assert elsewhere.customer_id != first.customer_id


async def test_what_comes_in_otherwise_goes_to_the_least_busy(tenant: Tenant):
    """R1.6, R3.1."""
    agent = tenant.actor(Role.CAC_AGENT)
    for_dealer = msgspec.structs.replace(BRAKES, dealer_id=tenant.far)
    assert (await register(agent, for_dealer)).owner_id == tenant.people[tenant.far, Role.SERVICE_MANAGER]
    counted = msgspec.structs.replace(BRAKES, dealer_id=tenant.here)
    owners = [(await register(agent, counted)).owner_id for _ in range(4)]
    managers = {tenant.people[tenant.here, role] for role in (Role.CUSTOMER_RELATIONS, Role.SERVICE_MANAGER)}
    assert set(owners) == managers
    assert owners[0] != owners[1]


async def test_a_complaint_without_a_dealer_goes_to_the_desk_and_its_agent(tenant: Tenant):
    agent = tenant.actor(Role.CAC_AGENT)
    case = await register(agent)
    assert (case.dealer_id, case.owner_id) == (tenant.desk, agent.membership_id)
    by_admin = await register(tenant.actor(Role.ADMINISTRATOR))
    assert by_admin.owner_id == agent.membership_id


async def test_a_regional_manager_has_to_name_the_dealer(tenant: Tenant):
    with pytest.raises(Invalid) as caught:
        await register(tenant.actor(Role.REGIONAL_MANAGER))
    assert caught.value.fields[0].field == "dealer_id"


async def test_nobody_registers_for_a_dealer_out_of_scope(tenant: Tenant):
    """R9.1."""
    for actor, dealer in (
        (tenant.actor(Role.ADVISOR), tenant.sibling),
        (tenant.actor(Role.REGIONAL_MANAGER), tenant.far),
        (tenant.actor(Role.CAC_AGENT), 9_999),
        (tenant.api_key(tenant.here), tenant.sibling),
    ):
        with pytest.raises(Invalid) as caught:
            await register(actor, msgspec.structs.replace(BRAKES, dealer_id=dealer))
        assert caught.value.fields[0].code == "unknown_dealer"


async def test_readers_and_technicians_register_nothing(tenant: Tenant):
    for role in (Role.READER, Role.TECHNICIAN):
        with pytest.raises(Forbidden):
            await register(tenant.actor(role))


async def test_what_another_system_sends_waits_for_staff_to_confirm_it(tenant: Tenant):
    """R1.4, R1.8."""
    case = await register(tenant.api_key(tenant.here), source=Source.API)
    assert case.state is CaseState.RECEIVED
    assert (await clocks(tenant, case))["register"].state == "running"


async def test_a_repeated_key_returns_the_first_case(tenant: Tenant):
    advisor = tenant.actor(Role.ADVISOR)
    first = await register(advisor, idempotency_key="one")
    assert (await register(advisor, idempotency_key="one")).id == first.id
    other = msgspec.structs.replace(BRAKES, words="空调不制冷")
    with pytest.raises(Conflict) as caught:
        await register(advisor, other, idempotency_key="one")
    assert caught.value.code == "idempotency_key_reused"
    someone_else = await register(tenant.actor(Role.STATION_HEAD), idempotency_key="one")
    assert someone_else.id != first.id


async def test_a_key_used_twice_at_once_makes_one_case(tenant: Tenant):
    advisor = tenant.actor(Role.ADVISOR)
    cases = await asyncio.gather(*(register(advisor, idempotency_key="at once") for _ in range(5)))
    assert len({case.id for case in cases}) == 1


async def test_a_reference_of_another_system_counts_once_per_dealer(tenant: Tenant):
    """R1.8."""
    intake = msgspec.structs.replace(BRAKES, external_ref="T-1")
    first = await register(tenant.actor(Role.ADVISOR), intake, source=Source.IMPORT)
    with pytest.raises(Conflict) as caught:
        await register(tenant.actor(Role.ADVISOR), intake, source=Source.IMPORT)
    assert caught.value.code == "external_ref_exists"
    assert caught.value.params == {"case_id": str(first.id), "number": first.number}
    await register(tenant.actor(Role.ADVISOR, tenant.sibling), intake, source=Source.IMPORT)


async def test_a_reference_sent_twice_at_once_makes_one_case(tenant: Tenant):
    intake = msgspec.structs.replace(BRAKES, external_ref="T-2")
    results = await asyncio.gather(
        *(register(tenant.actor(Role.ADVISOR), intake, source=Source.IMPORT) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, CaseView) for each in results) == 1
    assert sum(isinstance(each, Conflict) for each in results) == 3


async def test_a_complaint_received_long_ago_is_registered_with_its_breaches(tenant: Tenant):
    """R1.2, R4.4."""
    intake = msgspec.structs.replace(
        BRAKES, received_at=MONDAY - timedelta(days=3), backdating_reason="周末收到信函"
    )
    case = await register(tenant.actor(Role.ADVISOR), intake)
    found = await clocks(tenant, case)
    register_clock = found["register"]
    assert register_clock.state == "met"
    assert register_clock.met_at == MONDAY
    assert register_clock.breached_at == register_clock.due_at == MONDAY - timedelta(days=2)
    assert found["first_response"].state == "breached"
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        entries = (await detail.timeline(tx, tenant.oem_id, case.id)).items
        escalations = (await detail.escalations_of(tx, tenant.oem_id, case.id)).items
    assert ("backdate", "周末收到信函", True) in {(e.kind, e.text, e.internal) for e in entries}
    assert ("register", "level_1") in {(e.metric, e.step) for e in escalations}
    assert case.due_at == min(each.due_at for each in found.values() if each.state == "breached")


async def test_what_registering_has_kept_late_is_not_due_any_more(tenant: Tenant):
    """R4.1: heard on Friday evening, registered on Monday; the customer is to be called by eleven."""
    suggestion = Intake(
        channel=Channel.IN_STORE,
        customer_phone="13800001234",
        words="提个建议：休息区增加充电插座。",
        received_at=MONDAY - timedelta(hours=62, minutes=30),
        backdating_reason="周末补录",
    )
    case = await register(tenant.actor(Role.ADVISOR), suggestion)
    assert case.kind is Kind.SUGGESTION
    found = await clocks(tenant, case)
    assert (found["register"].state, found["register"].breached_at is not None) == ("met", True)
    assert (case.due_metric, case.due_at) == ("first_contact", found["first_contact"].due_at)


async def test_a_refused_intake_leaves_nothing_behind(tenant: Tenant):
    advisor = tenant.actor(Role.ADVISOR)
    async with transaction(advisor.scope) as tx:
        before = await tx.value("SELECT count(*) FROM cases")
    for wrong in ({"customer_phone": "12"}, {"dealer_id": tenant.sibling}):
        with pytest.raises(Invalid):
            await register(advisor, msgspec.structs.replace(BRAKES, **wrong))
    async with transaction(advisor.scope) as tx:
        assert await tx.value("SELECT count(*) FROM cases") == before


async def test_nobody_to_reach_is_flagged(tenant: Tenant):
    intake = Intake(channel=Channel.LETTER, fault_label="制动系/刹车失灵")
    case = await register(tenant.actor(Role.ADVISOR), intake)
    assert not case.contactable
    assert case.title == "制动系/刹车失灵"
    assert case.vehicle_id is None


async def test_a_year_without_known_holidays_makes_provisional_clocks(tenant: Tenant):
    """R4.3."""
    case = await register(tenant.actor(Role.ADVISOR), as_of=MONDAY.replace(year=2036))
    assert (await clocks(tenant, case))["first_contact"].provisional


@pytest.mark.parametrize(
    "intake",
    [
        BRAKES,
        Intake(channel=Channel.LETTER, fault_label="制动系/刹车失灵"),
        msgspec.structs.replace(
            BRAKES, received_at=MONDAY - timedelta(days=9), backdating_reason="休假", external_ref="V-1"
        ),
    ],
)
async def test_what_registering_returns_is_what_is_read_afterwards(tenant: Tenant, intake: Intake):
    advisor = tenant.actor(Role.ADVISOR)
    case = await register(advisor, intake)
    async with transaction(advisor.scope) as tx:
        assert await detail.case_view(tx, tenant.oem_id, case.id) == case
