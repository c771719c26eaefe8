"""Views that people keep under a name."""

from uuid import uuid4

import pytest

from shared.cases import saved_views
from shared.cases.queries import CaseFilter, ClockState, QueueFilter, Tab
from shared.cases.saved_views import SavedView
from shared.cases.vocabulary import Urgency
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.permissions import Role
from shared.tenancy import Actor
from tests.support.tenant import Tenant

WANTED = CaseFilter(tab=Tab.ALL, urgencies=(Urgency.URGENT,), clocks=(ClockState.LATE,), text="刹车")


async def save(actor: Actor, *, shared: bool = False) -> SavedView:
    return await saved_views.save(actor, f"视图 {uuid4().hex[:8]}", WANTED, shared=shared)


async def seen(actor: Actor) -> set[object]:
    return {view.id for view in await saved_views.views(actor)}


async def test_a_view_comes_back_as_it_was_saved(tenant: Tenant) -> None:
    advisor = tenant.actor(Role.ADVISOR)
    made = await save(advisor)
    [kept] = [view for view in await saved_views.views(advisor) if view.id == made.id]
    assert kept == made
    assert QueueFilter.of(kept.filter, advisor.membership_id).choice == WANTED


async def test_own_views_are_ones_own_and_shared_ones_stay_at_the_dealer(tenant: Tenant) -> None:
    """R9.1: with colleagues of the same dealer, never with another one or the OEM."""
    advisor = tenant.actor(Role.ADVISOR)
    own, shared = await save(advisor), await save(advisor, shared=True)
    colleague = tenant.actor(Role.STATION_HEAD)
    assert {own.id, shared.id} <= await seen(advisor)
    assert {own.id, shared.id} & await seen(colleague) == {shared.id}
    others = [
        tenant.actor(Role.ADVISOR, tenant.sibling),
        tenant.actor(Role.REGIONAL_MANAGER),
        tenant.actor(Role.HEAD_OFFICE),
    ]
    for other in others:
        assert not {own.id, shared.id} & await seen(other)


async def test_the_people_of_the_oem_share_theirs_the_regional_manager_too(tenant: Tenant) -> None:
    manager, head = tenant.actor(Role.REGIONAL_MANAGER), tenant.actor(Role.HEAD_OFFICE)
    own, shared = await save(manager), await save(manager, shared=True)
    assert {own.id, shared.id} & await seen(head) == {shared.id}
    assert {own.id, shared.id} <= await seen(manager)
    assert not {own.id, shared.id} & await seen(tenant.actor(Role.ADVISOR))


async def test_only_who_made_a_view_removes_it(tenant: Tenant) -> None:
    advisor = tenant.actor(Role.ADVISOR)
    view = await save(advisor, shared=True)
    strangers = [
        tenant.actor(Role.STATION_HEAD),
        tenant.actor(Role.ADVISOR, tenant.sibling),
        tenant.actor(Role.ADMINISTRATOR),
        tenant.api_key(tenant.here),
    ]
    for stranger in strangers:
        with pytest.raises(NotFound):
            await saved_views.remove(stranger, view.id)
    await saved_views.remove(advisor, view.id)
    assert view.id not in await seen(advisor)


async def test_a_name_is_used_once_per_person(tenant: Tenant) -> None:
    advisor = tenant.actor(Role.ADVISOR)
    view = await save(advisor)
    with pytest.raises(Conflict) as refused:
        await saved_views.save(advisor, f"  {view.name} ", CaseFilter(), shared=False)
    assert refused.value.code == "view_name_taken"
    await saved_views.save(tenant.actor(Role.STATION_HEAD), view.name, CaseFilter(), shared=False)


@pytest.mark.parametrize("name", ["", "  ", "\x00", "x" * 41])
async def test_a_view_needs_a_name(tenant: Tenant, name: str) -> None:
    with pytest.raises(Invalid):
        await saved_views.save(tenant.actor(Role.ADVISOR), name, WANTED, shared=False)


async def test_nobody_keeps_more_than_thirty(tenant: Tenant) -> None:
    technician = tenant.actor(Role.TECHNICIAN)
    for _ in range(saved_views.MOST_OF_ONE):
        await save(technician)
    with pytest.raises(Conflict):
        await save(technician)


async def test_an_integration_reads_those_of_its_place(tenant: Tenant) -> None:
    view = await save(tenant.actor(Role.ADVISOR), shared=True)
    [found] = [each for each in await saved_views.views(tenant.api_key(tenant.here)) if each.id == view.id]
    assert not found.is_own


async def test_an_integration_keeps_none(tenant: Tenant) -> None:
    with pytest.raises(Forbidden):
        await save(tenant.api_key(tenant.here))
