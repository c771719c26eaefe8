"""Substitutes: named for days, told and given cases meanwhile (R1.6, R4.2)."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from shared.accounts.answering import answering
from shared.accounts.people import person
from shared.cases import service
from shared.cases.intake import Intake, Source
from shared.cases.vocabulary import Channel
from shared.clock import utc_now
from shared.db.engine import Transaction, transaction
from shared.errors import AppError, Conflict, Invalid, NotFound
from shared.onboarding.absences import (
    NewAbsence,
    absences_of,
    add_absence,
    end_absence,
    known_absences,
    possible_substitutes,
)
from shared.onboarding.changes import deactivate_staff
from shared.onboarding.roster import StaffMember, member_in_reach, staff_member
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from tests.support.tenant import Tenant, found_tenant

TODAY = utc_now().date()


@pytest.fixture
async def tenant() -> Tenant:
    return await found_tenant()


def away(substitute: UUID, *, days: tuple[int, int] = (-1, 1), of: UUID | None = None) -> NewAbsence:
    first, last = (TODAY + timedelta(days=each) for each in days)
    return NewAbsence(substitute_id=substitute, first_day=first, last_day=last, membership_id=of)


async def owner_of_a_new_case(tenant: Tenant, actor: Actor | None = None) -> UUID:
    """A case that comes in by itself at the dealer, or by another door of its OEM."""
    intake = Intake(channel=Channel.WEB_FORM, words="异响", dealer_id=tenant.here)
    case = await service.register(actor or tenant.api_key(tenant.here), intake, source=Source.API)
    return case.owner_id


async def test_new_cases_go_to_the_substitute_while_the_owner_they_would_have_is_away(tenant: Tenant) -> None:
    """R1.6: first the two least busy, both away; then each in turn again."""
    usual = {tenant.people[tenant.here, each] for each in (Role.CUSTOMER_RELATIONS, Role.SERVICE_MANAGER)}
    advisor = tenant.people[tenant.here, Role.ADVISOR]
    made = [
        await add_absence(tenant.actor(role), away(advisor))
        for role in (Role.CUSTOMER_RELATIONS, Role.SERVICE_MANAGER)
    ]
    assert {await owner_of_a_new_case(tenant) for _ in range(4)} == {advisor}
    for each in made:
        await end_absence(tenant.actor(Role.STATION_HEAD), each.id)
    assert {await owner_of_a_new_case(tenant) for _ in range(4)} == usual


async def test_who_would_be_told_is_answered_for_by_the_substitute(tenant: Tenant) -> None:
    """R4.2: escalations reach somebody who is there; who asks for help is not told of it himself."""
    manager, head = (tenant.people[tenant.here, each] for each in (Role.SERVICE_MANAGER, Role.STATION_HEAD))
    advisor = tenant.people[tenant.here, Role.ADVISOR]
    await add_absence(tenant.actor(Role.SERVICE_MANAGER), away(head))
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        meant = [await person(tx, tenant.oem_id, each) for each in (manager, head, advisor)]
        people = [each for each in meant if each is not None]
        told = await answering(tx, tenant.oem_id, people)
        assert [each.membership_id for each in told] == [head, advisor]
        told = await answering(tx, tenant.oem_id, people[:1], but_not=head)
        assert not told, "who asks for help does not answer it as a substitute"


async def test_a_substitute_who_left_does_not_answer(tenant: Tenant) -> None:
    manager, advisor = (tenant.people[tenant.here, each] for each in (Role.SERVICE_MANAGER, Role.ADVISOR))
    await add_absence(tenant.actor(Role.SERVICE_MANAGER), away(advisor))
    await deactivate_staff(tenant.actor(Role.ADMINISTRATOR), advisor)
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        meant = await person(tx, tenant.oem_id, manager)
        assert meant is not None
        assert [each.membership_id for each in await answering(tx, tenant.oem_id, [meant])] == [manager]


async def test_new_cases_pass_over_those_who_stand_in_for_each_other(tenant: Tenant) -> None:
    """R1.6: a circle of substitutes is nobody; with nobody at all there a case has an owner all the same."""

    async def in_a_circle(*roles: Role) -> None:
        ids = [tenant.people[tenant.here, each] for each in roles]
        for role, substitute in zip(roles, (*ids[1:], ids[0]), strict=True):
            await add_absence(tenant.actor(role), away(substitute))

    await in_a_circle(Role.CUSTOMER_RELATIONS, Role.SERVICE_MANAGER)
    others = {tenant.people[tenant.here, each] for each in (Role.STATION_HEAD, Role.ADVISOR)}
    assert {await owner_of_a_new_case(tenant) for _ in range(4)} == others
    await in_a_circle(Role.STATION_HEAD, Role.ADVISOR)
    assert await owner_of_a_new_case(tenant, tenant.api_key()) == tenant.people[0, Role.CAC_AGENT]
    admin = tenant.actor(Role.ADMINISTRATOR)
    agent, head_office = tenant.people[0, Role.CAC_AGENT], tenant.people[0, Role.HEAD_OFFICE]
    keeper = tenant.people[0, Role.ADMINISTRATOR]
    for person_id, substitute in ((agent, head_office), (head_office, agent), (keeper, agent)):
        await add_absence(admin, away(substitute, of=person_id))
    first = {tenant.people[tenant.here, each] for each in (Role.CUSTOMER_RELATIONS, Role.SERVICE_MANAGER)}
    for door in (tenant.api_key(), tenant.api_key(tenant.here)):
        assert await owner_of_a_new_case(tenant, door) in first


@pytest.mark.parametrize(
    ("days", "code"),
    [((1, 0), "before_first_day"), ((-9, -3), "in_the_past"), ((0, 366), "absence_too_long")],
)
async def test_days_that_cannot_be_are_refused(tenant: Tenant, days: tuple[int, int], code: str) -> None:
    advisor = tenant.people[tenant.here, Role.ADVISOR]
    with pytest.raises(Invalid) as refused:
        await add_absence(tenant.actor(Role.SERVICE_MANAGER), away(advisor, days=days))
    assert [each.code for each in refused.value.fields] == [code]


async def test_the_end_of_time_is_no_day(tenant: Tenant) -> None:
    new = NewAbsence(
        substitute_id=tenant.people[tenant.here, Role.ADVISOR], first_day=TODAY, last_day=date.max
    )
    with pytest.raises(Invalid):
        await add_absence(tenant.actor(Role.SERVICE_MANAGER), new)


async def test_only_colleagues_of_the_same_place_who_may_handle_cases_stand_in(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = tenant.actor(Role.SERVICE_MANAGER)
    technician = tenant.people[tenant.here, Role.TECHNICIAN]
    own = tenant.people[tenant.here, Role.SERVICE_MANAGER]
    wrong = {
        tenant.people[tenant.sibling, Role.ADVISOR]: "unknown_person",
        tenant.people[0, Role.CAC_AGENT]: "unknown_person",
        own: "substitute_is_oneself",
        uuid4(): "unknown_person",
    }
    for substitute, code in wrong.items():
        with pytest.raises(Invalid) as refused:
            await add_absence(manager, away(substitute))
        assert [each.code for each in refused.value.fields] == [code]
    looked_up: list[UUID] = []

    async def counted(tx: Transaction, actor: Actor, membership_id: UUID) -> StaffMember:
        looked_up.append(membership_id)
        return await member_in_reach(tx, actor, membership_id)

    monkeypatch.setattr("shared.onboarding.absences.member_in_reach", counted)
    offered = {each.id for each in await possible_substitutes(manager, own)}
    assert own not in offered
    assert technician in offered
    assert looked_up == [own], "the others come in one answer, however many there are"
    admin = tenant.actor(Role.ADMINISTRATOR)
    agent = tenant.people[0, Role.CAC_AGENT]
    for substitute, code in (
        (tenant.people[0, Role.READER], "person_cannot_handle"),
        (tenant.people[tenant.here, Role.ADVISOR], "person_of_other_dealer"),
    ):
        with pytest.raises(Invalid) as refused:
            await add_absence(admin, away(substitute, of=agent))
        assert [each.code for each in refused.value.fields] == [code]


async def test_a_regional_manager_names_a_substitute_too(tenant: Tenant) -> None:
    manager = tenant.actor(Role.REGIONAL_MANAGER)
    made = await add_absence(manager, away(tenant.people[0, Role.HEAD_OFFICE]))
    assert [each.id for each in await known_absences(manager)] == [made.id]
    shown = await staff_member(tenant.actor(Role.ADMINISTRATOR), tenant.people[0, Role.REGIONAL_MANAGER])
    assert shown.substitute == made.substitute


async def test_nobody_sends_others_away_but_who_keeps_their_places(tenant: Tenant) -> None:
    advisor, manager = (tenant.people[tenant.here, each] for each in (Role.ADVISOR, Role.SERVICE_MANAGER))
    for role in (Role.CUSTOMER_RELATIONS, Role.SERVICE_MANAGER, Role.REGIONAL_MANAGER, Role.HEAD_OFFICE):
        with pytest.raises(AppError):
            await add_absence(tenant.actor(role), away(manager, of=advisor))
    made = await add_absence(tenant.actor(Role.STATION_HEAD), away(manager, of=advisor))
    for role in (Role.CUSTOMER_RELATIONS, Role.REGIONAL_MANAGER, Role.HEAD_OFFICE):
        with pytest.raises(NotFound):
            await end_absence(tenant.actor(role), made.id)
    with pytest.raises(NotFound):
        await end_absence(tenant.actor(Role.SERVICE_MANAGER, tenant.sibling), made.id)
    await end_absence(tenant.actor(Role.ADVISOR), made.id)
    assert not await absences_of(tenant.actor(Role.ADMINISTRATOR), advisor)


async def test_two_substitutes_for_one_day_are_one_too_many(tenant: Tenant) -> None:
    advisor = tenant.people[tenant.here, Role.ADVISOR]
    manager = tenant.actor(Role.SERVICE_MANAGER)
    await add_absence(manager, away(advisor, days=(0, 3)))
    with pytest.raises(Conflict, match="absence_overlaps"):
        await add_absence(manager, away(tenant.people[tenant.here, Role.STATION_HEAD], days=(3, 4)))
    await add_absence(manager, away(advisor, days=(4, 5)))
