"""Searching: what is found in a case, when, and by whom."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from shared.cases import search, service
from shared.cases.commands import Close, ContactChannel, LogContact, Resolve
from shared.cases.intake import Intake, Source
from shared.cases.queries import QueueFilter, Tab, counts, queue
from shared.cases.search import find
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel
from shared.cases.work_commands import Plan
from shared.db.engine import transaction
from shared.errors import Invalid
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from tests.support.servers import Database
from tests.support.tenant import MONDAY, Tenant, found_tenant


async def new(actor: Actor, **told: str) -> CaseView:
    intake = Intake(channel=Channel.PHONE, **{"words": "空调异响", **told})
    return await service.register(actor, intake, source=Source.STAFF, as_of=MONDAY)


async def found(scope: Scope, text: str) -> set[UUID]:
    async with transaction(scope, read_only=True) as tx:
        return set(await find(tx, text))


@pytest.fixture(scope="module")
async def case(tenant: Tenant) -> CaseView:
    return await new(
        tenant.actor(Role.ADVISOR),
        words="低速转弯时前部有异响，ＡＢＳ灯亮",
        description="Front axle knocks at low speed",
        customer_name="欧阳测试",
        customer_phone="+86 138 0000 7788",
        vehicle_plate="测A·5K6T8",
        vehicle_vin="LSVAA49J132047371",
        vehicle_model="示例 2.0T",
        external_ref="CRM-2026/0042",
    )


@pytest.mark.parametrize(
    "text",
    [
        "异响",
        "转弯时前部",
        "异响 低速",
        "abs",
        "KNOCKS",
        "axle speed",
        "欧阳",
        "示例",
        "2.0t",
        "7788",
        "13800007788",
        "+86 138-0000-7788",
        "5K6T8",
        "k6t8",
        "测A·5K6T8",
        "047371",
        "lsvaa49j132047371",
        "0042",
    ],
)
async def test_a_case_is_found_by_its_words_and_codes(tenant: Tenant, case: CaseView, text: str) -> None:
    """R1.5: known customers and vehicles are found by phone, plate or VIN."""
    assert case.id in await found(tenant.actor(Role.ADVISOR).scope, text)


@pytest.mark.parametrize("text", ["响异", "异响 变速箱", "7789", "13900007788", "B5K6T8", "axel", "%%", "_"])
async def test_what_it_does_not_say_finds_nothing(tenant: Tenant, case: CaseView, text: str) -> None:
    scope = tenant.actor(Role.ADVISOR).scope
    if text == "_":
        with pytest.raises(Invalid):
            await found(scope, text)
        return
    assert case.id not in await found(scope, text)


async def test_the_number_is_found_whole_by_its_beginning_and_its_ending(
    tenant: Tenant, case: CaseView
) -> None:
    scope = tenant.actor(Role.ADVISOR).scope
    for text in (case.number, case.number.lower(), case.number[:10], case.number[2:], case.number[-5:]):
        assert case.id in await found(scope, text), text


async def test_what_a_command_writes_is_found_in_the_same_transaction(tenant: Tenant) -> None:
    head = tenant.actor(Role.STATION_HEAD)
    case = await new(head)
    later = MONDAY + timedelta(hours=1)
    spoken = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系")
    await service.log_contact(head, case.id, spoken, version=None, as_of=later)
    plan = Plan(plan="更换压缩机支架")
    await service.plan(head, case.id, plan, version=None, as_of=later)
    assert case.id in await found(head.scope, "压缩机")
    await service.plan(head, case.id, Plan(plan="紧固管路"), version=None, as_of=later)
    assert case.id not in await found(head.scope, "压缩机")
    told = Resolve(result="噪声消失", told_via=ContactChannel.PHONE)
    await service.resolve(head, case.id, told, version=None, as_of=later)
    done = Close(root_cause="卡箍老化", preventive_measure="保养时检查")
    await service.close(head, case.id, done, version=None, as_of=later)
    for text in ("噪声", "卡箍老化", "检查", "空调 紧固"):
        assert case.id in await found(head.scope, text), text


async def test_a_name_and_a_plate_given_later_find_the_earlier_cases_too(tenant: Tenant) -> None:
    advisor = tenant.actor(Role.ADVISOR)
    vin = "LSVAA49J132047999"
    first = await new(advisor, customer_phone="13800007001", vehicle_vin=vin, vehicle_plate="测C·00001")
    second = await new(
        advisor,
        customer_phone="13800007001",
        customer_name="上官测试",
        vehicle_vin=vin,
        vehicle_plate="测C·00002",
    )
    assert {first.id, second.id} <= await found(advisor.scope, "上官")
    assert {first.id, second.id} <= await found(advisor.scope, "测C00002")
    assert not {first.id, second.id} & await found(advisor.scope, "测C00001")


@pytest.fixture(scope="module")
async def everywhere(tenant: Tenant) -> dict[str, UUID]:
    """The same words at three dealers and at another OEM."""
    other = await found_tenant()
    told = {"words": "方向盘抖动", "customer_phone": "13800009191", "vehicle_plate": "测D·77777"}
    actors = {
        "here": tenant.actor(Role.ADVISOR),
        "sibling": tenant.actor(Role.ADVISOR, tenant.sibling),
        "far": tenant.actor(Role.ADVISOR, tenant.far),
        "other": other.actor(Role.ADVISOR),
    }
    return {name: (await new(actor, **told)).id for name, actor in actors.items()}


@pytest.mark.parametrize("text", ["抖动", "方向盘抖动", "9191", "测D77777", "AF20260302"])
@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.ADVISOR, {"here"}),
        (Role.REGIONAL_MANAGER, {"here", "sibling"}),
        (Role.HEAD_OFFICE, {"here", "sibling", "far"}),
    ],
)
async def test_nobody_finds_what_he_may_not_see(
    tenant: Tenant, everywhere: dict[str, UUID], role: Role, seen: set[str], text: str
) -> None:
    """R9.1: the scope is applied inside the function."""
    hits = await found(tenant.actor(role).scope, text)
    assert {name for name, case_id in everywhere.items() if case_id in hits} == seen


async def test_asking_for_other_dealers_reaches_no_further(
    tenant: Tenant, everywhere: dict[str, UUID]
) -> None:
    """R9.1."""
    beyond = [tenant.here, tenant.sibling, tenant.far]
    for role, seen in ((Role.ADVISOR, {"here"}), (Role.REGIONAL_MANAGER, {"here", "sibling"})):
        async with transaction(tenant.actor(role).scope, read_only=True) as tx:
            hits = set(await find(tx, "抖动", dealer_ids=beyond))
            assert {name for name, case_id in everywhere.items() if case_id in hits} == seen
            assert not await find(tx, "抖动", dealer_ids=[tenant.far])


async def test_a_row_that_pretends_to_be_anothers_is_found_by_nobody_else(
    tenant: Tenant, everywhere: dict[str, UUID]
) -> None:
    """R9.1: what a tenant writes into its own row opens no other tenant's list."""
    marks = [f" {tenant.oem_id}", f" {tenant.oem_id}.{tenant.far}"]
    async with transaction(tenant.actor(Role.ADVISOR).scope) as tx:
        await tx.execute(
            "UPDATE case_search SET grams = grams || $2::text[] WHERE case_id = $1", everywhere["here"], marks
        )
    far = await found(tenant.actor(Role.ADVISOR, tenant.far).scope, "抖动")
    assert everywhere["here"] not in far


@pytest.mark.parametrize("scope", [Scope.auth(), Scope.platform()])
async def test_roles_without_a_tenant_may_not_search(tenant: Tenant, scope: Scope) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await found(scope, "抖动")


async def test_an_empty_region_finds_nothing(tenant: Tenant, everywhere: dict[str, UUID]) -> None:
    async with transaction(Scope.region(tenant.oem_id, (0,)), read_only=True) as tx:
        assert await find(tx, "抖动") == []


async def test_the_list_holds_what_is_found_and_counts_agree(
    tenant: Tenant, everywhere: dict[str, UUID]
) -> None:
    region = tenant.actor(Role.REGIONAL_MANAGER)
    wanted = QueueFilter(text="抖动 方向", membership_id=region.membership_id)
    async with transaction(region.scope, as_of=MONDAY, read_only=True) as tx:
        page = await queue(tx, tenant.oem_id, wanted)
        counted = await counts(tx, tenant.oem_id, wanted)
    assert {row.id for row in page.items} == {everywhere["here"], everywhere["sibling"]}
    assert counted.open == 2


async def test_closed_cases_are_no_hits_where_open_ones_are_listed(tenant: Tenant) -> None:
    head = tenant.actor(Role.STATION_HEAD)
    case = await new(head, words="雨刮刮不干净")
    told = Resolve(result="x", told_via=ContactChannel.PHONE)
    await service.resolve(head, case.id, told, version=None, as_of=MONDAY)
    done = Close(root_cause="x", preventive_measure="y")
    await service.close(head, case.id, done, version=None, as_of=MONDAY)
    async with transaction(head.scope, read_only=True) as tx:
        assert case.id in await find(tx, "雨刮")
        assert await find(tx, "雨刮", only_open=True) == []
        everything = QueueFilter(tab=Tab.ALL, text="雨刮")
        assert [row.id for row in (await queue(tx, tenant.oem_id, everything)).items] == [case.id]


async def test_more_than_a_thousand_hits_ask_for_more(tenant: Tenant, database: Database) -> None:
    advisor = tenant.actor(Role.ADVISOR, tenant.far)
    case = await new(advisor, words="天窗漏水")
    async with transaction(advisor.scope) as tx:
        await tx.execute(
            "INSERT INTO case_search SELECT oem_id, gen_random_uuid(), dealer_id, received_at, text, codes,"
            " grams FROM case_search, generate_series(1, $2) WHERE oem_id = $3 AND case_id = $1",
            case.id,
            search.MOST_FOUND,
            tenant.oem_id,
        )
    with pytest.raises(Invalid) as refused:
        await found(advisor.scope, "天窗")
    assert refused.value.fields[0].code == "search_too_wide"


@pytest.mark.parametrize("text", ["张", "\0 \ud800张", "１"])
async def test_one_character_is_too_little(tenant: Tenant, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        await found(tenant.actor(Role.ADVISOR).scope, text)
    assert refused.value.fields[0].code == "too_short"
