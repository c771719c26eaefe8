"""What a policy would do to open cases, looked at beforehand, and what its migration then does (R4.1)."""

import random
from datetime import timedelta

import msgspec
import pytest

from shared.cases import policy_editing, policy_effect, service
from shared.cases.commands import ContactChannel, Hold, Reopen, RequestFromCustomer
from shared.cases.policy_effect import PolicyEffect
from shared.cases.policy_migration import Migration
from shared.cases.views import CaseView
from shared.cases.vocabulary import Urgency
from shared.permissions import Role
from shared.sla.policy import ClockPolicy, Metric, PauseRules
from shared.sla.policy_edits import Said, with_target
from tests.integration.cases.test_clock_policies import (
    FOUNDED,
    MONDAY,
    clocks,
    in_force,
    registered,
    resolved_in,
    work,
)
from tests.integration.cases.test_kept_terms import of_urgency
from tests.integration.cases.walking import CAUSE, SPOKEN, TOLD, walk
from tests.support.console import Maker, found_maker
from tests.support.pinned import always, let_now_be

pytestmark = pytest.mark.usefixtures("app_engine")

TUESDAY = MONDAY + timedelta(days=1, hours=2)

the_day_before = always(MONDAY - timedelta(days=1))


async def test_all_open_cases_are_looked_at_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures of all batches, and of all the examples those that move furthest."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    cases = [await registered(maker, MONDAY + timedelta(days=day)) for day in range(5)]
    wanted = resolved_in(await in_force(maker), 3)
    at_once = await policy_editing.try_policy(admin, wanted)
    assert (at_once.cases, at_once.open_cases, at_once.more, at_once.earlier) == (5, 5, False, 5)
    monkeypatch.setattr(policy_effect, "CASES_AT_ONCE", 2)
    in_batches = await policy_editing.try_policy(admin, wanted)
    assert {each.case_id for each in in_batches.examples} == {each.id for each in cases}
    by_number = {"examples": sorted(at_once.examples, key=lambda each: each.number)}
    assert (
        msgspec.structs.replace(
            in_batches, examples=sorted(in_batches.examples, key=lambda each: each.number)
        )
    ) == msgspec.structs.replace(at_once, **by_number)


@pytest.mark.parametrize(
    ("bound", "looked_at"), [({"MOST_CASES_LOOKED_AT": 4}, 4), ({"LONGEST_SECONDS": 0}, 0)]
)
async def test_where_not_all_are_looked_at_their_number_is_said(
    monkeypatch: pytest.MonkeyPatch, bound: dict[str, float], looked_at: int
) -> None:
    maker = await found_maker(FOUNDED)
    for _ in range(5):
        await registered(maker)
    monkeypatch.setattr(policy_effect, "CASES_AT_ONCE", 2)
    for name, value in bound.items():
        monkeypatch.setattr(policy_effect, name, value)
    wanted = resolved_in(await in_force(maker), 3)
    found = await policy_editing.try_policy(maker.actor(Role.ADMINISTRATOR), wanted)
    assert (found.cases, found.open_cases, found.more) == (looked_at, 5, True)


@pytest.mark.parametrize("seed", range(4))
async def test_a_migration_does_what_was_foreseen(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """R4.1: waiting, held, reclassified and reopened cases, some of them late and nobody has noticed."""
    chance = random.Random(seed)
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    cases = [await some_case(chance, maker) for _ in range(8)]
    wanted = some_policy(chance, await in_force(maker))
    at = TUESDAY + timedelta(hours=chance.choice([1, 30, 100]))
    let_now_be(monkeypatch, at)
    foreseen = await policy_editing.try_policy(admin, wanted)
    await policy_editing.publish(admin, wanted, version=1, migrate=True)
    await work(maker, at)
    done = (await policy_editing.migration_status(admin)).migrations[0]
    assert figures(foreseen) == figures(done)
    for each in foreseen.examples:
        case = next(case for case in cases if case.id == each.case_id)
        # Of a case that was reopened the latest cycle is read last.
        now = (await clocks(maker, case))[each.metric]
        assert (now.due_at, now.rebased) == (each.due_then, each.rebased)


def figures(counted: PolicyEffect | Migration) -> dict[str, int]:
    names = ("cases", "earlier", "later", "rebased", "started", "dropped", "kept")
    return {name: getattr(counted, name) for name in names}


def some_policy(chance: random.Random, policy: ClockPolicy) -> ClockPolicy:
    for rule in ("default", "high", "low"):
        policy = resolved_in(policy, chance.choice([1, 3, 6, 12]), rule)
    if chance.random() < 0.5:
        policy = msgspec.structs.replace(policy, pauses=PauseRules(metrics=()))
    for metric in (Metric.FIRST_RESPONSE, Metric.STALEMATE):
        if chance.random() < 0.3:
            policy = with_target(policy, "default", metric, Said(None))
    return policy


async def some_case(chance: random.Random, maker: Maker) -> CaseView:
    manager = maker.actor(Role.SERVICE_MANAGER)
    case = await registered(maker, MONDAY + timedelta(minutes=chance.randrange(300)))
    if chance.random() < 0.5:
        await of_urgency(maker, case, chance.choice([Urgency.HIGH, Urgency.LOW]), at=TUESDAY)
    way = chance.choice(["alone", "waiting", "held", "reopened"])
    if way != "alone":
        await walk(manager, case.id, SPOKEN, at=TUESDAY)
    if way == "waiting":
        until = TUESDAY + timedelta(hours=chance.choice([3, 60]))
        asking = RequestFromCustomer(request="请提供发票", via=ContactChannel.PHONE, answer_by=until)
        await service.request_from_customer(manager, case.id, asking, version=None, as_of=TUESDAY)
    if way == "held":
        await service.hold(manager, case.id, Hold(reason="客户出差"), version=None, as_of=TUESDAY)
    if way == "reopened":
        await walk(manager, case.id, TOLD, CAUSE, at=TUESDAY)
        again = Reopen(reason="异响再次出现")
        at = TUESDAY + timedelta(hours=1)
        await service.reopen(manager, case.id, again, version=None, as_of=at)
    return case
