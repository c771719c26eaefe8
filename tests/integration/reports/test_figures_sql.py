"""The figures in the database against months told and counted by hand (R6.1, R6.2)."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import msgspec
import pytest

from shared.cases import service as cases
from shared.cases.commands import ContactChannel, EndWait, RequestFromCustomer, Wait, WaitedFor
from shared.cases.vocabulary import Category, Channel, ReportCode
from shared.db.engine import transaction
from shared.errors import NotFound
from shared.onboarding.service import add_dealer
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import Role
from shared.reports import service
from shared.reports.figures import (
    Attainment,
    CategoryCounts,
    ClockOutcome,
    DealerMonth,
    EscalationLevel,
    Kpi,
    Name,
    PeerRate,
    PhoneKind,
)
from shared.reports.month import Month
from shared.reports.summary import summarise
from shared.sla.firing import fire_due_of_oem
from shared.tenancy import Actor
from shared.tenants.dealers import NewDealer, dealer
from tests.integration.reports.months import (
    DAY,
    HOUR,
    MARCH,
    close,
    complaint,
    contact,
    local,
    plan,
    resolve,
)
from tests.support.background import open_engine
from tests.support.servers import Database
from tests.support.tenant import FOUNDED, Tenant, found_tenant

BRAKES = "高速行驶踩刹车时方向盘严重抖动，维修后问题未解决。"
LAST_DAY = local(31, 10)
IN_MAY = local(4, 9, month=5)


@pytest.fixture(scope="module")
async def app_engine(database: Database) -> AsyncIterator[None]:
    async with open_engine(database.app_url):
        yield


@pytest.fixture
async def tenant(app_engine: None) -> Tenant:
    return await found_tenant()


@pytest.fixture(scope="module")
async def told(app_engine: None) -> Tenant:
    """Four cases received in March, two carried over, one of February alone; another dealer's are noise."""
    tenant = await found_tenant()
    early = await complaint(tenant, local(10, month=2), vehicle_plate="测B·00001", words=BRAKES)
    done_in_february = await complaint(tenant, local(11, month=2), vehicle_plate="测B·00001")
    await resolve(tenant, done_in_february, local(12, month=2))
    last_minute = await complaint(tenant, local(28, 23, 59, month=2))
    at_midnight = await complaint(tenant, local(1, 0, 0), channel=Channel.OEM_FORWARDED)
    await contact(tenant, at_midnight, local(1, 1))
    await plan(tenant, at_midnight, local(2))
    await resolve(tenant, at_midnight, local(3))
    await close(tenant, at_midnight, local(4))
    tried_in_time = await complaint(tenant, local(2))
    await contact(tenant, tried_in_time, local(2, 9, 30), effective=False)
    await contact(tenant, tried_in_time, local(4))
    await resolve(tenant, last_minute, local(5))
    await complaint(tenant, local(10), words=BRAKES, channel=Channel.IN_STORE, vehicle_plate="测C·00002")
    await complaint(tenant, local(31), customer_name="John Smith", customer_phone="", vehicle_plate="")
    for day in (2, 3):
        await complaint(tenant, local(day), dealer_id=tenant.sibling)
    assert early.dealer_id == tenant.here
    return tenant


async def figures_of(tenant: Tenant, as_of: datetime = LAST_DAY) -> DealerMonth:
    return await service.gather(tenant.oem_id, tenant.here, MARCH, as_of=as_of)


async def test_a_month_is_one_of_local_dates(told: Tenant) -> None:
    """R6.1: 23:59 on the last of February is February, midnight is March."""
    figures = await figures_of(told)
    summary = summarise(figures)
    assert [row.received_at for row in summary.received] == [local(1, 0), local(2), local(10), local(31)]
    assert [row.received_at for row in summary.carried_over] == [
        local(10, month=2),
        local(28, 23, 59, month=2),
    ]
    assert len(summary.open_cases) == 4
    assert summary.resolved_in_month == 2


async def test_indicators_count_what_is_met_missed_and_still_running(told: Tenant) -> None:
    """R6.2, on the morning of the last day: the newest case has time left for everything."""
    march = (await figures_of(told)).current
    # Met at midnight and by the try in time; the brakes waited too long.
    assert march.timeliness == Attainment(met=2, missed=1, running=1)
    # The try was no answer, and the answer came after two days.
    assert march.response == Attainment(met=1, missed=2, running=1)
    assert march.handling == Attainment(met=1, missed=2, running=1)
    assert march.closed_loop == Attainment(met=1, missed=2, running=1)


async def test_nothing_runs_for_ever(told: Tenant) -> None:
    """R6.2: made in May, what was running is missed; later facts of the cases count."""
    march = (await figures_of(told, as_of=IN_MAY)).current
    assert march.timeliness == Attainment(met=2, missed=2)
    assert march.response == Attainment(met=1, missed=3)
    assert march.closed_loop == Attainment(met=1, missed=3)


async def test_a_case_solved_after_the_month_was_carried_over_in_it_all_the_same(tenant: Tenant) -> None:
    """R6.1: the list shows what was open in the month, whenever it is printed."""
    case = await complaint(tenant, local(10, month=2))
    before = await figures_of(tenant)
    await resolve(tenant, case, local(3, 10, month=4))
    after = await figures_of(tenant, as_of=IN_MAY)
    assert [row.number for row in before.cases] == [row.number for row in after.cases] == [case.number]


async def test_categories_and_channels_are_counted_by_month(told: Tenant) -> None:
    """R6.1: totals per category with the month before, and channel codes."""
    figures = await figures_of(told)
    assert figures.current.categories == CategoryCounts(service=3, product_quality=1)
    assert figures.previous.categories == CategoryCounts(service=2, product_quality=1)
    assert [month.categories.total for month in figures.months] == [0] * 10 + [3, 4]
    channels = summarise(figures).channels
    assert {code: count for code, count in channels.items() if count} == {
        ReportCode.IN_STORE: 1,
        ReportCode.PHONE: 2,
        ReportCode.OEM_FORWARDED: 1,
    }


async def test_handling_times_fall_into_their_buckets(told: Tenant) -> None:
    """R6.1: midnight of the 1st to the 3rd: 2 days; 28 February to 5 March: 5 days. Open: 0, 21, 29, 49."""
    summary = summarise(await figures_of(told))
    assert summary.resolved_buckets == (1, 1, 0, 0, 0, 0)
    assert summary.open_buckets == (1, 0, 0, 2, 1, 0)
    assert summary.handling is not None
    assert summary.handling.longest_seconds == int((local(5) - local(28, 23, 59, month=2)).total_seconds())


async def test_rows_say_what_was_done_and_hide_who_it_was(told: Tenant) -> None:
    """R6.1, R3.7, R9.2."""
    figures = await figures_of(told)
    midnight, tried, brakes, unknown = summarise(figures).received
    assert (midnight.customer, midnight.plate, midnight.phone) == ("张*", "测A·1***5", "138****1234")
    assert midnight.phone_kind is PhoneKind.MOBILE
    assert (midnight.cause, midnight.measure) == ("工位不足", "预约分时")
    assert (midnight.found, midnight.result, midnight.advice) == ("卡扣松动", "已更换部件", "下次保养时复查")
    assert midnight.result_at == local(3)
    assert midnight.first_contact is ClockOutcome.MET
    assert midnight.first_contact_seconds == 3600
    assert tried.first_contact_seconds == 1800
    assert (brakes.category, brakes.content) == (Category.PRODUCT_QUALITY, BRAKES)
    assert brakes.first_contact is ClockOutcome.MISSED
    assert brakes.first_contact_seconds is None
    assert (unknown.customer, unknown.plate, unknown.phone) == ("J***", "", "")
    assert unknown.phone_kind is PhoneKind.UNKNOWN
    assert unknown.handler


async def test_a_vehicle_repeats_when_it_comes_back_in_the_month(told: Tenant) -> None:
    """R6.4: A12345 came three times; B00001 twice, but not in March; C00002 once."""
    assert (await figures_of(told)).repeat_vehicles == 1


async def test_the_dealer_is_named_with_its_regions_of_the_day(told: Tenant) -> None:
    figures = await figures_of(told)
    assert figures.dealer == Name("测试near0店", "Test near 0")
    assert figures.oem == Name("测试汽车", "Test Motors")
    assert figures.region_path == (Name("东区", "East"), Name("near小区", "near"))
    assert figures.time_zone == "Asia/Shanghai"
    assert not figures.is_complete


async def test_frozen_figures_come_back_the_same(told: Tenant) -> None:
    """R6.6: reproducible."""
    figures = await figures_of(told)
    assert msgspec.json.decode(msgspec.json.encode(figures), type=DealerMonth) == figures


async def test_a_month_without_cases_has_figures(tenant: Tenant) -> None:
    figures = await figures_of(tenant)
    assert figures.cases == ()
    assert figures.current.timeliness.accepted == 0
    assert figures.peers is None


async def test_a_dealer_that_is_not_there_has_none(tenant: Tenant) -> None:
    with pytest.raises(NotFound):
        await service.gather(tenant.oem_id, 999, MARCH)


async def test_escalations_are_counted_by_level_and_only_those_told(tenant: Tenant) -> None:
    """R4.2, R6.2: two first contacts missed, one of them taken after 25 minutes; the other was history."""
    for minute in (0, 1, 2):
        await complaint(tenant, local(2, 9, minute))
    async with transaction(Actor.system(tenant.oem_id).scope, as_of=local(2, 11, 30)) as tx:
        await fire_due_of_oem(tx, tenant.oem_id, local(2, 11, 30))
        rows = await tx.values(
            "SELECT id FROM escalations WHERE oem_id = $1 AND step = 'level_1' ORDER BY due_at", tenant.oem_id
        )
        assert len(rows) == 3
        await tx.execute(
            "UPDATE escalations SET acknowledged_at = fired_at + $3::interval WHERE oem_id = $1 AND id = $2",
            tenant.oem_id,
            rows[0],
            timedelta(minutes=25),
        )
        await tx.execute(
            "UPDATE escalations SET suppressed = 'historical' WHERE oem_id = $1 AND id = $2",
            tenant.oem_id,
            rows[2],
        )
    figures = await figures_of(tenant)
    assert figures.escalations == (
        EscalationLevel(level=1, raised=2, acknowledged=1, median_acknowledge_seconds=1500),
    )
    april = await service.gather(tenant.oem_id, tenant.here, Month(2026, 4), as_of=IN_MAY)
    assert april.escalations == ()


async def test_peers_are_shown_from_five_dealers_on(tenant: Tenant) -> None:
    """No single dealer can be made out: with four that had cases nothing is shown, with five the average."""
    admin = Actor.system(tenant.oem_id)
    async with transaction(admin.scope, read_only=True) as tx:
        district = (await dealer(tx, tenant.oem_id, tenant.here)).region_id
    ids = [tenant.here, tenant.sibling, tenant.far]
    people = tenant.people
    for number in range(2):
        new = NewDealer(region_id=district, code=f"more{number}", name=f"测试{number}店", name_en="Test")
        made = await add_dealer(admin, new, as_of=FOUNDED)
        for role in (Role.ADVISOR, Role.SERVICE_MANAGER):
            staff = NewStaff(
                email=f"{role}{made.id}.{tenant.oem_id}@example.com",
                name="员工",
                role=role,
                dealer_id=made.id,
            )
            people[made.id, role] = await add_staff(admin, staff, as_of=FOUNDED)
        ids.append(made.id)
    # Rates of a first contact in time: 100 %, 50 %, 0 %, 0 % …
    in_time = [await complaint(tenant, local(3), dealer_id=each) for each in ids[:2]]
    for case in in_time:
        await contact(tenant, case, local(3) + HOUR)
    for each in ids[1:4]:
        await complaint(tenant, local(4), dealer_id=each)
    assert (await figures_of(tenant)).peers is None
    await complaint(tenant, local(4) + DAY, dealer_id=ids[4])
    peers = (await figures_of(tenant)).peers
    assert peers is not None
    assert (peers.group, peers.dealers) == (Name("东区", "East"), 5)
    assert peers.rates[Kpi.TIMELINESS] == PeerRate(average=333, upper_quartile=500)


async def test_gross_and_net_times_tell_how_long_others_were_waited_for(tenant: Tenant) -> None:
    """R4, R6.2: a wait of the customer's from the 3rd to the 7th, of parts from the 5th to the 9th."""
    case = await complaint(tenant, local(2))
    await contact(tenant, case, local(2, 10))
    manager = tenant.actor(Role.SERVICE_MANAGER)
    asked = RequestFromCustomer(request="请提供录像", via=ContactChannel.PHONE)
    await cases.request_from_customer(manager, case.id, asked, version=None, as_of=local(3))
    parts = Wait(party=WaitedFor.PARTS, reason="已订购")
    await cases.wait(manager, case.id, parts, version=None, as_of=local(5))
    await contact(tenant, case, local(7))
    [open_yet] = (await figures_of(tenant, as_of=local(8))).cases
    assert (open_yet.customer_seconds, open_yet.waited_seconds) == (4 * 86_400, 5 * 86_400)
    await cases.end_wait(manager, case.id, EndWait(reason="到货"), version=None, as_of=local(9))
    await resolve(tenant, case, local(12))
    figures = await figures_of(tenant)
    [row] = figures.cases
    assert (row.customer_seconds, row.waited_seconds) == (4 * 86_400, 6 * 86_400)
    summary = summarise(figures)
    times = (summary.handling, summary.net_handling, summary.own_handling)
    assert [each.median_seconds // 86_400 for each in times if each] == [10, 6, 4]


@pytest.mark.parametrize(("asked_on", "waited_days"), [((3,), 7), ((2, 10, 25), 14)])
async def test_net_time_leaves_out_the_customer_no_longer_than_the_pauses_lasted(
    tenant: Tenant, asked_on: tuple[int, ...], waited_days: int
) -> None:
    """R4, R6.2: beyond the expiry (seven days) and the cap (14) of a pause the time is the dealer's own."""
    case = await complaint(tenant, local(2))
    await contact(tenant, case, local(2, 9, 30))
    manager = tenant.actor(Role.SERVICE_MANAGER)
    asked = RequestFromCustomer(request="请提供录像", via=ContactChannel.PHONE)
    for day in asked_on:
        await cases.request_from_customer(manager, case.id, asked, version=None, as_of=local(day, 10))
    [open_yet] = (await figures_of(tenant, as_of=local(29))).cases
    await contact(tenant, case, local(30))
    await resolve(tenant, case, local(31))
    [row] = (await figures_of(tenant, as_of=local(31) + HOUR)).cases
    for each in (open_yet, row):
        assert (each.customer_seconds, each.waited_seconds) == (waited_days * 86_400, waited_days * 86_400)
