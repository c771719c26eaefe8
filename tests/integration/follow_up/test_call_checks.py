"""Calls that were made, checked by somebody above, and each caller's score of the week (R5.2)."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from shared.db.engine import transaction
from shared.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from shared.follow_up.call_checks import CallRecords, CheckCall, check_call, records_of_day
from shared.follow_up.calls import LogCall, log_call
from shared.follow_up.vocabulary import CallKind, CallResult
from shared.permissions import Role
from shared.tenancy import Actor
from tests.integration.follow_up.conftest import World
from tests.support.tenant import MONDAY

TUESDAY = MONDAY + timedelta(days=1, hours=2)
WEDNESDAY = TUESDAY + timedelta(days=1)
NOBODY = LogCall(result=CallResult.NO_ANSWER, note="无人接听")
CONTENT = LogCall(result=CallResult.CONTENT, note="客户满意")


async def called(world: World, *tries: LogCall, role: Role = Role.CUSTOMER_RELATIONS) -> UUID:
    """A call that was tried on the Tuesday."""
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    for number, command in enumerate(tries):
        at = TUESDAY + timedelta(minutes=number)
        await log_call(world.tenant.actor(role), call.id, command, version=None, as_of=at)
    return call.id


async def records(actor: Actor, day: date | None = None, dealer_id: int | None = None) -> CallRecords:
    async with transaction(actor.scope, as_of=WEDNESDAY, read_only=True) as tx:
        return await records_of_day(tx, actor, day, dealer_id)


async def check(actor: Actor, call_id: UUID, score: int, note: str = "", *, improper: bool = False) -> None:
    command = CheckCall(score=score, improper=improper, note=note)
    await check_call(actor, call_id, command, as_of=WEDNESDAY)


async def test_yesterdays_calls_are_listed_once_each_the_unchecked_first(world: World):
    """R5.2: the last try of the day, with a masked name; nothing of other days."""
    manager = world.tenant.actor(Role.SERVICE_MANAGER)
    first, second = await called(world, NOBODY, CONTENT), await called(world, NOBODY)
    untouched = await called(world)
    await check(manager, first, 5)
    found = await records(manager)
    assert found.day == date(2026, 3, 3)
    ids = [each.id for each in found.items]
    assert ids.index(second) < ids.index(first)
    assert untouched not in ids
    (one,) = [each for each in found.items if each.id == first]
    assert (one.result, one.effective, one.note) == (CallResult.CONTENT, True, "客户满意")
    assert (one.customer_name, one.score, one.improper, one.checked_by) == ("张*", 5, False, manager.name)
    assert (await records(manager, date(2026, 3, 2))).items == []
    for no_day in (date.min, date.max):
        with pytest.raises(Invalid):
            await records(manager, no_day)


async def test_the_weeks_score_of_a_caller_is_the_mean_of_what_was_checked(world: World):
    """R5.2: service manager scores; the last check of a call counts."""
    manager = world.tenant.actor(Role.STATION_HEAD)
    before = {each.caller_id: each for each in (await records(manager)).scores}
    one, two = await called(world, CONTENT, role=Role.ADVISOR), await called(world, NOBODY, role=Role.ADVISOR)
    await check(manager, one, 1, "打断客户", improper=True)
    await check(manager, one, 4)
    await check(manager, two, 2, "只打了一次")
    found = await records(manager)
    advisor = world.tenant.people[world.tenant.here, Role.ADVISOR]
    assert advisor not in before
    (score,) = [each for each in found.scores if each.caller_id == advisor]
    assert (score.calls, score.effective, score.checked, score.improper, score.score) == (2, 1, 2, 0, 3.0)
    assert found.week_from == date(2026, 3, 2)


async def test_a_check_is_of_the_try_that_was_looked_at(world: World):
    """R5.2: Anna's poor call is hers; Ben's later one is to be checked and leaves his score free."""
    manager = world.tenant.actor(Role.SERVICE_MANAGER)
    anna, ben = (
        world.tenant.people[world.tenant.here, role] for role in (Role.TECHNICIAN, Role.STATION_HEAD)
    )
    call_id = await called(world, NOBODY, role=Role.TECHNICIAN)
    (hers,) = [each for each in (await records(manager)).items if each.id == call_id]
    at = TUESDAY + timedelta(hours=1)
    await log_call(world.tenant.actor(Role.STATION_HEAD), call_id, CONTENT, version=None, as_of=at)
    await check_call(
        manager, call_id, CheckCall(score=2, note="没有留言", attempt_id=hers.attempt_id), as_of=WEDNESDAY
    )
    found = await records(manager)
    (shown,) = [each for each in found.items if each.id == call_id]
    assert (shown.made_by_id, shown.score, shown.checked_at) == (ben, None, None)
    by = {each.caller_id: (each.calls, each.checked, each.score) for each in found.scores}
    assert (by[anna], by[ben]) == ((1, 1, 2.0), (1, 0, None))
    with pytest.raises(Conflict, match="own_call"):
        await check(world.tenant.actor(Role.STATION_HEAD), call_id, 5)
    with pytest.raises(Conflict, match="call_not_made"):
        await check_call(manager, call_id, CheckCall(score=5, attempt_id=call_id), as_of=WEDNESDAY)


async def test_who_may_check_and_what_is_refused(world: World):
    """R9.1: one's own calls, calls nobody made, low scores without a word."""
    call_id, untouched = await called(world, CONTENT), await called(world)
    manager = world.tenant.actor(Role.SERVICE_MANAGER)
    refusals: list[tuple[Actor, UUID, int, str, type[AppError]]] = [
        (world.tenant.actor(Role.CUSTOMER_RELATIONS), call_id, 5, "", Forbidden),
        (world.tenant.actor(Role.ADVISOR), call_id, 5, "", Forbidden),
        (world.tenant.actor(Role.SERVICE_MANAGER, world.tenant.sibling), call_id, 5, "", NotFound),
        (manager, untouched, 5, "", Conflict),
        (manager, call_id, 2, " ", Invalid),
    ]
    for actor, about, score, note, error in refusals:
        with pytest.raises(error):
            await check(actor, about, score, note)
    with pytest.raises(Invalid):
        await check(manager, call_id, 5, improper=True)
    own = await called(world, CONTENT, role=Role.SERVICE_MANAGER)
    with pytest.raises(Conflict, match="own_call"):
        await check(manager, own, 5)
    regional = world.tenant.actor(Role.REGIONAL_MANAGER)
    await check(regional, own, 3)
    assert own in {each.id for each in (await records(regional, dealer_id=world.tenant.here)).items}
    assert (await records(regional, dealer_id=world.tenant.sibling)).items == []
