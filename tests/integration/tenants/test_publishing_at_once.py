"""Two administrators publish the same policy at the same time (R2.6, R3.1, R4.3)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from shared.calendars import service as calendars
from shared.cases import assignment_service, major_criteria, rule_editing
from shared.cases.assignment import AssignmentPolicy
from shared.cases.rule_edits import RuleEdits
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from shared.tenants.policies import PolicyName
from tests.support.console import found_maker

Change = Callable[[Actor], Awaitable[Callable[[], Awaitable[object]]]]


async def assignment(admin: Actor) -> Callable[[], Awaitable[object]]:
    """One administrator's change, made from what is in force now."""
    found = await assignment_service.assignment_rules(admin)
    return lambda: assignment_service.publish(admin, AssignmentPolicy(), version=found.version)


async def criteria(admin: Actor) -> Callable[[], Awaitable[object]]:
    """The same for what makes a case a candidate."""
    found = await major_criteria.criteria(admin)
    return lambda: major_criteria.publish(admin, found.policy, version=found.version)


async def rules(admin: Actor) -> Callable[[], Awaitable[object]]:
    """The same for the rules of classification; each time one rule goes."""
    found = await rule_editing.rules(admin)
    edits = RuleEdits(removed=(found.rule_set.rules[-1].id,))
    return lambda: rule_editing.publish(admin, edits, version=found.version)


def let_the_first_come_last(monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """The first transaction that asks for the lock has begun, but gets it after the second has published."""
    begun, published = asyncio.Event(), asyncio.Event()
    hold = policies.hold

    async def late(tx: Transaction, *given: Any) -> None:
        if not begun.is_set():
            await tx.now()
            begun.set()
            await published.wait()
        await hold(tx, *given)

    monkeypatch.setattr(policies, "hold", late)
    return begun, published


@pytest.mark.parametrize("change", [assignment, criteria, rules])
async def test_of_two_who_publish_at_once_one_is_told(
    change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever began first but comes second would undo the other's version, which is newer than its clock."""
    maker = await found_maker()
    admin = maker.actor(Role.ADMINISTRATOR)
    publish = await change(admin)
    begun, published = let_the_first_come_last(monkeypatch)
    slow = asyncio.ensure_future(publish())
    await asyncio.wait_for(begun.wait(), 20)
    await publish()
    published.set()
    with pytest.raises(Conflict, match="stale_version"):
        await slow


async def test_a_version_is_not_valid_before_the_one_it_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    maker = await found_maker()
    admin = maker.actor(Role.ADMINISTRATOR)
    begun, published = let_the_first_come_last(monkeypatch)

    async def publish() -> int:
        async with transaction(Scope.oem(maker.oem_id)) as tx:
            number = await policies.publish(tx, admin, PolicyName.CONSENT, b"{}")
            assert (await policies.current(tx, maker.oem_id, PolicyName.CONSENT)).version == number
            return number

    slow = asyncio.ensure_future(publish())
    await asyncio.wait_for(begun.wait(), 20)
    first = await publish()
    published.set()
    assert await slow == first + 1
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        after, before = await policies.versions(tx, maker.oem_id, PolicyName.CONSENT, most=2)
    assert after.valid_from >= before.valid_from


async def test_a_dealer_that_publishes_at_once_with_the_oem_follows_the_new_holidays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maker = await found_maker()
    admin = maker.actor(Role.ADMINISTRATOR)
    known = (await calendars.calendar(admin)).definition
    own = msgspec.structs.replace(known, follows_oem=True)
    begun, published = let_the_first_come_last(monkeypatch)
    slow = asyncio.ensure_future(calendars.publish(admin, own, version=0, dealer_id=maker.here))
    await asyncio.wait_for(begun.wait(), 20)
    await calendars.publish(admin, msgspec.structs.replace(known, holidays=known.holidays[:-1]), version=1)
    published.set()
    assert (await slow).definition.holidays == known.holidays[:-1]
