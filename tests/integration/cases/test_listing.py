from datetime import date, timedelta

import msgspec
import pytest

from shared.cases import service
from shared.cases.commands import Classify, Close, ContactChannel, LogContact, Resolve
from shared.cases.intake import Intake, Source
from shared.cases.queries import ClockState, MajorState, QueueFilter, Sort, Tab, counts, matching, queue
from shared.cases.views import CaseView, QueuePage
from shared.cases.vocabulary import CaseState, Category, Channel, Department, Kind, Nature, Urgency
from shared.db.engine import transaction
from shared.errors import Invalid
from shared.permissions import Role
from shared.sla.firing import fire_due_of_case
from shared.tenancy import Actor, Scope
from shared.tenants.dealers import regions
from tests.support.tenant import MONDAY, Tenant

NOW = MONDAY + timedelta(hours=3)


@pytest.fixture(scope="module")
async def cases(tenant: Tenant) -> dict[str, CaseView]:
    """Cases whose names say what they are: read only."""
    here, sibling = tenant.actor(Role.ADVISOR), tenant.actor(Role.ADVISOR, tenant.sibling)
    head = tenant.actor(Role.STATION_HEAD)

    async def new(actor: Actor, hours: float, words: str = "空调异响", plate: str = "") -> CaseView:
        intake = Intake(channel=Channel.PHONE, words=words, vehicle_plate=plate, customer_phone="13800003456")
        return await service.register(
            actor, intake, source=Source.STAFF, as_of=MONDAY + timedelta(hours=hours)
        )

    made = {
        "overdue": await new(here, 0.5, plate="测B·88888"),
        "soon": await new(here, 2.5, words="刹车失灵", plate="测B·00001"),
        "sibling": await new(sibling, 2, plate="测B·88888"),
        "told": await new(head, 1),
        "closed": await new(here, 0),
        "far": await new(tenant.actor(Role.ADVISOR, tenant.far), 1),
    }
    for name in ("told", "closed"):
        told = Resolve(result="已处理", told_via=ContactChannel.PHONE)
        await service.resolve(head, made[name].id, told, version=None, as_of=MONDAY + timedelta(hours=1.5))
    done = Close(root_cause="x", preventive_measure="y")
    await service.close(head, made["closed"].id, done, version=None, as_of=MONDAY + timedelta(hours=2))
    major = Classify(major=True, reason="媒体关注")
    await service.classify(
        sibling, made["sibling"].id, major, version=None, as_of=MONDAY + timedelta(hours=2)
    )
    return made


EVERY_OPEN = ("overdue", "soon", "sibling", "told")


async def names(
    cases: dict[str, CaseView], scope: Scope, oem_id: int, wanted: QueueFilter, limit: int = 50
) -> list[str]:
    """Those of `cases` that are shown, all pages, in order."""
    shown: list[str] = []
    cursor = None
    by_id = {case.id: name for name, case in cases.items()}
    while True:
        async with transaction(scope, as_of=NOW, read_only=True) as tx:
            page: QueuePage = await queue(tx, oem_id, wanted, cursor=cursor, limit=limit)
        assert len(page.items) <= limit
        shown += [by_id[row.id] for row in page.items if row.id in by_id]
        cursor = page.next_cursor
        if cursor is None:
            return shown


@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_open_cases_come_by_what_is_due_and_last_without_a_promise(tenant, cases, limit):
    scope = tenant.actor(Role.ADVISOR).scope
    shown = await names(cases, scope, tenant.oem_id, QueueFilter(), limit)
    assert shown == ["overdue", "soon", "told"]


@pytest.mark.parametrize("limit", [1, 3])
async def test_all_cases_come_newest_first(tenant, cases, limit):
    scope = tenant.actor(Role.ADVISOR).scope
    shown = await names(cases, scope, tenant.oem_id, QueueFilter(tab=Tab.ALL), limit)
    assert shown == ["soon", "told", "overdue", "closed"]
    open_only = QueueFilter(sort=Sort.NEWEST)
    assert await names(cases, scope, tenant.oem_id, open_only, limit) == ["soon", "told", "overdue"]
    oldest = QueueFilter(tab=Tab.ALL, sort=Sort.OLDEST)
    assert await names(cases, scope, tenant.oem_id, oldest, limit) == ["closed", "overdue", "told", "soon"]


async def test_each_scope_sees_its_own(tenant, cases):
    """R9.1."""
    region = tenant.actor(Role.REGIONAL_MANAGER).scope
    oem = tenant.actor(Role.HEAD_OFFICE).scope
    assert set(await names(cases, region, tenant.oem_id, QueueFilter())) == {
        "overdue",
        "soon",
        "sibling",
        "told",
    }
    assert set(await names(cases, oem, tenant.oem_id, QueueFilter(tab=Tab.ALL))) == set(cases)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (QueueFilter(tab=Tab.BREACHED), {"overdue"}),
        (QueueFilter(tab=Tab.DUE_SOON), {"soon", "sibling"}),
        (QueueFilter(tab=Tab.MAJOR), {"sibling"}),
        (QueueFilter(states=(CaseState.RESULT_TOLD,)), {"told"}),
        (QueueFilter(states=(CaseState.CLOSED,)), set()),
        (QueueFilter(tab=Tab.ALL, states=(CaseState.CLOSED,)), {"closed"}),
        (QueueFilter(urgencies=(Urgency.URGENT, Urgency.LOW)), {"soon"}),
        (QueueFilter(categories=(Category.PARTS,)), set()),
        (QueueFilter(clocks=(ClockState.LATE,)), {"overdue"}),
        (QueueFilter(clocks=(ClockState.SOON, ClockState.NONE)), {"soon", "sibling", "told"}),
        (QueueFilter(clocks=(ClockState.ON_TRACK,)), set()),
        (QueueFilter(majors=(MajorState.CONFIRMED,)), {"sibling"}),
        (QueueFilter(majors=(MajorState.ORDINARY, MajorState.CANDIDATE)), {"overdue", "soon", "told"}),
        (QueueFilter(kinds=(Kind.INQUIRY,)), set()),
        (QueueFilter(channels=(Channel.PHONE, Channel.APP)), {"overdue", "soon", "sibling", "told"}),
        (QueueFilter(natures=(Nature.LEGAL,)), set()),
        (QueueFilter(departments=(Department.PRODUCT_PLANNING,)), set()),
        (QueueFilter(received_from=date(2026, 3, 2), received_to=date(2026, 3, 2)), set(EVERY_OPEN)),
        (QueueFilter(received_to=date(2026, 3, 1)), set()),
        (QueueFilter(received_from=date(2026, 3, 3)), set()),
        (QueueFilter(received_from=date.min, received_to=date.max), set(EVERY_OPEN)),
        (QueueFilter(tab=Tab.ALL, closed_from=date(2026, 3, 2)), {"closed"}),
        (QueueFilter(tab=Tab.ALL, closed_to=date(2026, 3, 1)), set()),
        (QueueFilter(text="测b 888"), {"overdue", "sibling"}),
        (QueueFilter(text="测B8888899"), set()),
        (QueueFilter(text="\0 \ud800"), {"overdue", "soon", "sibling", "told"}),
    ],
)
async def test_tabs_and_filters_narrow_the_list(tenant, cases, wanted, expected):
    region = tenant.actor(Role.REGIONAL_MANAGER).scope
    assert set(await names(cases, region, tenant.oem_id, wanted)) == expected


async def test_a_number_is_found_by_its_beginning_with_and_without_its_letters(tenant, cases):
    oem = tenant.actor(Role.HEAD_OFFICE).scope
    number = cases["soon"].number
    for text in (number, number.lower(), number.removeprefix("AF"), f" {number} "):
        assert await names(cases, oem, tenant.oem_id, QueueFilter(text=text)) == ["soon"]
    assert await names(cases, oem, tenant.oem_id, QueueFilter(text="20260302")) != []
    assert await names(cases, oem, tenant.oem_id, QueueFilter(text="20260")) == []
    assert set(await names(cases, oem, tenant.oem_id, QueueFilter(tab=Tab.ALL, text=number[:10]))) == set(
        cases
    )


async def test_dealers_narrow_the_list_of_a_region_and_not_that_of_a_dealer(tenant, cases):
    region = tenant.actor(Role.REGIONAL_MANAGER).scope
    only = QueueFilter(dealer_ids=(tenant.sibling,))
    assert await names(cases, region, tenant.oem_id, only) == ["sibling"]
    here = tenant.actor(Role.ADVISOR).scope
    assert await names(cases, here, tenant.oem_id, only) == []
    own = QueueFilter(dealer_ids=(tenant.here,))
    assert len(await names(cases, here, tenant.oem_id, own)) == 3


async def test_areas_and_districts_stand_for_their_dealers(tenant, cases):
    oem = tenant.actor(Role.HEAD_OFFICE).scope
    async with transaction(oem, read_only=True) as tx:
        area, near, away = [
            each.id
            for code in ("A", "near", "away")
            for each in await regions(tx, tenant.oem_id)
            if each.code == code
        ]
    everything = QueueFilter(tab=Tab.ALL, region_ids=(area,))
    assert set(await names(cases, oem, tenant.oem_id, everything)) == set(cases)
    district = QueueFilter(tab=Tab.ALL, region_ids=(away,))
    assert await names(cases, oem, tenant.oem_id, district) == ["far"]
    both = QueueFilter(tab=Tab.ALL, region_ids=(away,), dealer_ids=(tenant.here,))
    assert await names(cases, oem, tenant.oem_id, both) == []
    here = tenant.actor(Role.ADVISOR).scope
    assert await names(cases, here, tenant.oem_id, district) == []
    assert len(await names(cases, here, tenant.oem_id, QueueFilter(region_ids=(near,)))) == 3


async def test_mine_are_those_i_own(tenant, cases):
    head = tenant.actor(Role.STATION_HEAD)
    mine = QueueFilter(tab=Tab.MINE, membership_id=head.membership_id)
    assert await names(cases, head.scope, tenant.oem_id, mine) == ["told"]
    nobody = QueueFilter(tab=Tab.MINE)
    assert await names(cases, head.scope, tenant.oem_id, nobody) == []


async def test_counts_agree_with_the_list(tenant, cases):
    manager = tenant.actor(Role.SERVICE_MANAGER)
    async with transaction(manager.scope, as_of=NOW) as tx:
        await fire_due_of_case(tx, tenant.oem_id, cases["overdue"].id)
        await tx.execute(
            "UPDATE escalations SET recipient_ids = ARRAY[$2::uuid] WHERE case_id = $1",
            cases["overdue"].id,
            manager.membership_id,
        )
    for actor in (manager, tenant.actor(Role.REGIONAL_MANAGER), tenant.actor(Role.ADVISOR)):
        choice = QueueFilter(membership_id=actor.membership_id)
        async with transaction(actor.scope, as_of=NOW, read_only=True) as tx:
            counted = await counts(tx, tenant.oem_id, choice)
        for tab in set(Tab) - {Tab.ALL}:
            listed = await names(cases, actor.scope, tenant.oem_id, msgspec.structs.replace(choice, tab=tab))
            assert getattr(counted, tab.value) == len(listed), (actor.role, tab)
            in_tab = msgspec.structs.replace(choice, tab=tab)
            async with transaction(actor.scope, as_of=NOW, read_only=True) as tx:
                assert await matching(tx, tenant.oem_id, in_tab) == len(listed)
    assert await names(
        cases, manager.scope, tenant.oem_id, QueueFilter(tab=Tab.WAITING, membership_id=manager.membership_id)
    ) == ["overdue"]


async def test_a_promise_that_is_kept_late_waits_for_nobody(tenant):
    manager = tenant.actor(Role.SERVICE_MANAGER, tenant.far)
    intake = Intake(channel=Channel.PHONE, words="空调异响")
    case = await service.register(manager, intake, source=Source.STAFF, as_of=MONDAY)
    cases, case_id = {"late": case}, case.id
    late = MONDAY + timedelta(hours=5)
    async with transaction(manager.scope, as_of=late) as tx:
        await fire_due_of_case(tx, tenant.oem_id, case_id)
        await tx.execute(
            "UPDATE escalations SET recipient_ids = ARRAY[$2::uuid] WHERE case_id = $1 AND metric = $3",
            case_id,
            manager.membership_id,
            "first_contact",
        )
    waiting = QueueFilter(tab=Tab.WAITING, membership_id=manager.membership_id)
    assert await names(cases, manager.scope, tenant.oem_id, waiting) == ["late"]
    spoken = LogContact(effective=True, channel=ContactChannel.PHONE, summary="x")
    await service.log_contact(manager, case_id, spoken, version=None, as_of=late)
    assert await names(cases, manager.scope, tenant.oem_id, waiting) == []


async def test_a_row_holds_what_its_line_shows(tenant, cases):
    async with transaction(tenant.actor(Role.ADVISOR).scope, as_of=NOW, read_only=True) as tx:
        page = await queue(tx, tenant.oem_id, QueueFilter(), limit=1)
    row, case = page.items[0], cases["overdue"]
    for name in type(row).__struct_fields__:
        if name not in {"version", "waits", "pause_ends_at"}:
            assert getattr(row, name) == getattr(case, name), name
    assert (row.waits, row.pause_ends_at) == ([], None)
    assert msgspec.convert(msgspec.to_builtins(row), type(row)) == row


@pytest.mark.parametrize("cursor", ["", "x", "bm9uc2Vuc2U=", "WyJuZXdlc3QiLG51bGwsIjAiXQ==", "刹"])
async def test_a_cursor_that_is_not_ours_is_refused(tenant, cases, cursor):
    async with transaction(tenant.actor(Role.ADVISOR).scope, as_of=NOW, read_only=True) as tx:
        with pytest.raises(Invalid):
            await queue(tx, tenant.oem_id, QueueFilter(), cursor=cursor)


async def test_a_cursor_of_another_order_is_refused(tenant, cases):
    async with transaction(tenant.actor(Role.ADVISOR).scope, as_of=NOW, read_only=True) as tx:
        page = await queue(tx, tenant.oem_id, QueueFilter(), limit=1)
        with pytest.raises(Invalid):
            await queue(tx, tenant.oem_id, QueueFilter(sort=Sort.NEWEST), cursor=page.next_cursor)


async def test_contact_moves_a_case_down_the_list(tenant):
    advisor = tenant.actor(Role.ADVISOR, tenant.far)
    intake = Intake(channel=Channel.PHONE, words="空调异响")
    before = await service.register(advisor, intake, source=Source.STAFF, as_of=MONDAY)
    spoken = LogContact(effective=True, channel=ContactChannel.PHONE, summary="x")
    after = await service.log_contact(advisor, before.id, spoken, version=None, as_of=NOW)
    assert before.due_at is not None
    assert after.due_at is not None
    assert after.due_at > before.due_at
