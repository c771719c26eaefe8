"""Bringing OEMs, regions, dealers and people in (R9.1)."""

import asyncio
from datetime import date
from uuid import uuid4

import msgspec
import pytest

from shared.accounts import people, service
from shared.accounts.directory import ensure_account
from shared.accounts.service import NewAccount
from shared.calendars.definition import CalendarDefinition, build
from shared.cases.rule_checks import problems_of
from shared.cases.rule_set import RuleSet
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.onboarding.service import NewOem, add_dealer, add_region, onboard_oem
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import Role
from shared.sla.policy import ClockPolicy
from shared.tenancy import Actor, ActorKind, Scope
from shared.tenants import dealers, oems, policies
from shared.tenants.dealers import NewDealer, NewRegion
from shared.tenants.oems import OemProfile
from shared.tenants.policies import PolicyName
from tests.integration.accounts.people import PASSWORD, found_company, hire, new_client, new_email


def _oem(**changes: object) -> NewOem:
    new = NewOem(
        slug=f"oem-{uuid4().hex[:12]}",
        name="测试汽车",
        name_en="Test Motors",
        admin_email=new_email(),
        admin_name="管理员",
        admin_password=PASSWORD,
    )
    return msgspec.structs.replace(new, **changes)


async def test_a_new_oem_can_work_at_once() -> None:
    new = _oem()

    made = await onboard_oem(new)

    signed_in = await service.sign_in(new.admin_email, PASSWORD, new_client())
    assert (signed_in.actor.id, signed_in.actor.role) == (made.admin_membership_id, Role.ADMINISTRATOR)
    async with transaction(Scope.oem(made.oem_id)) as tx:
        desk = await dealers.desk(tx, made.oem_id)
        assert (desk.id, desk.is_desk, desk.active) == (made.desk_id, True, True)
        assert len(await dealers.regions(tx, made.oem_id)) == 2
        bodies = {name: (await policies.current(tx, made.oem_id, name)).body for name in PolicyName}
        assert [person.email for person in await people.administrators(tx, made.oem_id)] == [new.admin_email]
    assert problems_of(msgspec.json.decode(bodies[PolicyName.CLASSIFICATION], type=RuleSet)) == []
    assert msgspec.json.decode(bodies[PolicyName.CLOCKS], type=ClockPolicy).rules
    calendar = msgspec.json.decode(bodies[PolicyName.CALENDAR], type=CalendarDefinition)
    assert calendar.known_years
    build(calendar)


async def test_an_oem_elsewhere_begins_with_the_holidays_of_its_country() -> None:
    """R4.3."""
    made = await onboard_oem(_oem(country="US", time_zone="America/Chicago", locale="en"))

    async with transaction(Scope.oem(made.oem_id)) as tx:
        body = (await policies.current(tx, made.oem_id, PolicyName.CALENDAR)).body
    calendar = msgspec.json.decode(body, type=CalendarDefinition)
    year = utc_now().year
    assert (calendar.time_zone, calendar.extra) == ("America/Chicago", {})
    assert {date(year, 7, 4), date(year + 1, 12, 25)} <= set(calendar.holidays)
    assert date(year, 10, 1) not in calendar.holidays
    assert calendar.known_years is not None
    assert {year - 1, year, year + 1} <= set(calendar.known_years)


async def test_an_oem_comes_in_once() -> None:
    new = _oem()
    await onboard_oem(new)

    with pytest.raises(Conflict, match="slug_taken"):
        await onboard_oem(msgspec.structs.replace(new, admin_email=new_email()))


async def test_two_tries_at_the_same_time_make_one_oem() -> None:
    new = _oem()
    tries = [msgspec.structs.replace(new, admin_email=new_email()) for _ in range(3)]

    results = await asyncio.gather(*(onboard_oem(each) for each in tries), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Conflict", "OnboardedOem"]


async def test_a_half_made_oem_is_completed() -> None:
    new = _oem()
    async with transaction(Scope.platform()) as tx:
        oem_id = await oems.create(tx, OemProfile(slug=new.slug, name=new.name, name_en=new.name_en))

    made = await onboard_oem(new)

    assert made.oem_id == oem_id
    assert (await oems.by_slug(new.slug)).id == oem_id


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"slug": "Bad Slug"}, "slug", "slug_not_understood"),
        ({"name": " "}, "name", "required"),
        ({"country": "China"}, "country", "unknown_value"),
        ({"locale": "fr"}, "locale", "unknown_value"),
        ({"time_zone": "Mars/Base"}, "time_zone", "unknown_time_zone"),
        ({"admin_email": "nobody"}, "admin_email", "email_not_understood"),
        ({"admin_password": "short"}, "admin_password", "too_short"),
    ],
)
async def test_an_oem_that_cannot_be_is_refused(changes: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        await onboard_oem(_oem(**changes))

    assert [(problem.field, problem.code) for problem in caught.value.fields] == [(field, code)]


async def test_codes_are_unique_within_the_oem() -> None:
    one, other = await found_company(), await found_company()

    with pytest.raises(Conflict, match="region_code_taken"):
        await add_region(one.admin, NewRegion(code="A", name="x", name_en="x"))
    with pytest.raises(Conflict, match="dealer_code_taken"):
        await add_dealer(
            one.admin, NewDealer(region_id=one.districts[0], code="dealer-a", name="x", name_en="x")
        )
    await add_region(other.admin, NewRegion(code="B", name="x", name_en="x"))


async def test_a_dealer_belongs_to_a_district_and_a_district_to_an_area() -> None:
    company = await found_company()

    for region_id in (company.area, 999):
        with pytest.raises(Invalid):
            await add_dealer(company.admin, NewDealer(region_id=region_id, code="new", name="x", name_en="x"))
    with pytest.raises(Invalid):
        await add_region(
            company.admin, NewRegion(code="deep", name="x", name_en="x", parent_id=company.districts[0])
        )


async def test_dealers_added_at_the_same_time_get_numbers_of_their_own() -> None:
    company = await found_company()
    new = [
        NewDealer(region_id=company.districts[0], code=f"n{number}", name="x", name_en="x")
        for number in range(5)
    ]

    made = await asyncio.gather(*(add_dealer(company.admin, each) for each in new))

    assert len({dealer.id for dealer in made}) == 5


async def test_the_same_person_works_in_two_places_with_one_password() -> None:
    one, other = await found_company(), await found_company()
    email, _ = await hire(one)
    staff = NewStaff(
        email=email, name="李娜", role=Role.ADVISOR, dealer_id=other.dealers[0], password="not this one"
    )

    await add_staff(other.admin, staff)

    signed_in = await service.sign_in(email, PASSWORD, new_client())
    assert {place.oem_id for place in signed_in.memberships} == {one.oem_id, other.oem_id}
    with pytest.raises(Conflict, match="already_member"):
        await add_staff(other.admin, staff)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"role": Role.INTEGRATION}, "role", "unknown_value"),
        ({"role": Role.PLATFORM_OPERATOR}, "role", "unknown_value"),
        ({"role": Role.ADVISOR}, "dealer_id", "required"),
        ({"dealer_id": 1}, "dealer_id", "not_wanted"),
        ({"role": Role.REGIONAL_MANAGER}, "region_ids", "required"),
        ({"region_ids": (1,)}, "region_ids", "not_wanted"),
        ({"role": Role.REGIONAL_MANAGER, "region_ids": (999,)}, "region_ids", "unknown_value"),
        ({"name": ""}, "name", "required"),
        ({"email": "x"}, "email", "email_not_understood"),
        ({"phone": "12"}, "phone", "phone_not_possible"),
        ({"password": "short"}, "password", "too_short"),
    ],
)
async def test_a_place_that_cannot_be_is_refused(changes: dict[str, object], field: str, code: str) -> None:
    company = await found_company()
    staff = NewStaff(email=new_email(), name="李娜", role=Role.READER)

    with pytest.raises(Invalid) as caught:
        await add_staff(company.admin, msgspec.structs.replace(staff, **changes))

    assert [(problem.field, problem.code) for problem in caught.value.fields] == [(field, code)]


async def test_staff_of_a_foreign_dealer_is_refused() -> None:
    company = await found_company()

    with pytest.raises(Invalid):
        await hire(company, dealer_id=9_999)


async def test_only_an_administrator_brings_in_staff_and_dealers() -> None:
    company = await found_company()
    head = Actor(
        ActorKind.PERSON, Role.STATION_HEAD, Scope.dealer(company.oem_id, company.dealers[0]), "站长"
    )

    with pytest.raises(Forbidden):
        await add_staff(head, NewStaff(email=new_email(), name="x", role=Role.READER))
    with pytest.raises(Forbidden):
        await add_dealer(head, NewDealer(region_id=1, code="x", name="x", name_en="x"))


async def test_people_are_found_by_what_they_answer_for() -> None:
    company = await found_company()
    of_area, area_manager = await hire(company, Role.REGIONAL_MANAGER, region_ids=(company.area,))
    _, district_manager = await hire(company, Role.REGIONAL_MANAGER, region_ids=(company.districts[0],))
    await hire(company, Role.REGIONAL_MANAGER, region_ids=(company.districts[1],))
    _, advisor = await hire(company)
    await hire(company, dealer_id=company.dealers[1])

    async with transaction(Scope.oem(company.oem_id)) as tx:
        managers = await people.regional_managers_of(tx, company.oem_id, company.dealers[0])
        staff = await people.staff_of_dealer(tx, company.oem_id, company.dealers[0])
        found = await people.person(tx, company.oem_id, area_manager)
        everybody = await people.members(tx, company.oem_id)

    assert [each.membership_id for each in managers] == [district_manager, area_manager]
    assert [each.membership_id for each in staff] == [advisor]
    assert found is not None
    assert (found.email, found.role) == (of_area, Role.REGIONAL_MANAGER)
    assert len(everybody) == 6


async def test_a_dealer_sees_its_own_people_and_itself_only() -> None:
    """R9.1"""
    company = await found_company()
    _, advisor = await hire(company)
    _, colleague = await hire(company, dealer_id=company.dealers[1])

    async with transaction(Scope.dealer(company.oem_id, company.dealers[0])) as tx:
        assert await people.person(tx, company.oem_id, advisor)
        assert await people.person(tx, company.oem_id, colleague) is None
        assert [each.id for each in await dealers.dealers(tx, company.oem_id)] == [company.dealers[0]]
        with pytest.raises(NotFound):
            await dealers.dealer(tx, company.oem_id, company.dealers[1])
        with pytest.raises(NotFound):
            await oems.oem(tx, company.oem_id + 1)


async def test_one_account_per_address_even_at_the_same_time() -> None:
    email = new_email()

    made = await asyncio.gather(*(ensure_account(NewAccount(email, "李娜")) for _ in range(4)))

    assert len(set(made)) == 1
    with pytest.raises(Conflict, match="email_taken"):
        await service.create_account(NewAccount(email, "李娜"))


async def test_an_unknown_slug_is_not_found() -> None:
    company = await found_company()

    with pytest.raises(NotFound, match="oem_not_found"):
        await oems.by_slug("no-such-oem")
    assert company.slug in {oem.slug for oem in await oems.all_oems()}
