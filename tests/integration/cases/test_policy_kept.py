"""What a migration of open cases cannot count anew: kept as it was, named, and behind no more (R4.1)."""

from datetime import timedelta

import msgspec
import pytest

from shared.cases import policy_editing, promises, service
from shared.cases.commands import Merge
from shared.cases.policy_behind import KeptWhy
from shared.cases.views import CaseView
from shared.db.engine import Transaction, transaction
from shared.permissions import Role
from shared.sla import repository as clock_rows
from shared.sla.clock import PlannedClock
from shared.sla.policy import BEGUN_LATER, CaseFacts, Metric
from shared.sla.policy_edits import Said, with_target
from shared.sla.repository import ClockHome
from shared.tenancy import Scope
from tests.integration.cases.test_clock_policies import (
    FIVE_DAYS,
    FOUNDED,
    MONDAY,
    clocks,
    due,
    in_force,
    registered,
    resolved_in,
    work,
)
from tests.support.console import Maker, found_maker
from tests.support.pinned import always

pytestmark = pytest.mark.usefixtures("app_engine")


the_day_before = always(MONDAY - timedelta(days=1))


async def test_what_was_promised_to_somebody_merged_is_kept_for_each_version_anew() -> None:
    """R4.1: the case itself has no such promise, so that nothing counts it; what is behind ends at zero."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    first = await registered(maker)
    without = with_target(await in_force(maker), "default", Metric.RESOLVE, Said(None))
    await policy_editing.publish(admin, without, version=1)
    holder = await registered(maker)
    merge = Merge(into_id=holder.id, reason="同一故障")
    await service.merge(maker.actor(Role.SERVICE_MANAGER), first.id, merge, version=None, as_of=MONDAY)
    for version in (2, 3):
        other = msgspec.structs.replace(without, grace_minutes=without.grace_minutes + version)
        await policy_editing.publish(admin, other, version=version)
        before = await policy_editing.migration_status(admin)
        assert before.behind > 0
        assert (before.kept, before.kept_promises) == (0, []), "nobody has looked at them for this version"
        await policy_editing.migrate(admin, version=version + 1)
        await work(maker)
        after = await policy_editing.migration_status(admin)
        assert after.behind == 0
        assert after.kept == 1
        [kept] = after.kept_promises
        assert (kept.case_id, kept.number, kept.metric) == (holder.id, holder.number, Metric.RESOLVE)
        assert (kept.due_at, kept.why) == (FIVE_DAYS, KeptWhy.MERGED)


async def test_a_grace_given_by_an_earlier_change_is_kept_as_such() -> None:
    """R4.1: where a promise was late at once it runs by the grace, which no version says."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    wednesday = MONDAY + timedelta(days=2, hours=3)
    await policy_editing.publish(admin, resolved_in(await in_force(maker), 1), version=1, migrate=True)
    await work(maker, wednesday)
    assert (await policy_editing.migration_status(admin)).kept == 0
    await policy_editing.publish(admin, resolved_in(await in_force(maker), 4), version=2, migrate=True)
    await work(maker, wednesday)
    found = await policy_editing.migration_status(admin)
    assert found.behind == 0
    assert [(each.number, each.metric, each.why) for each in found.kept_promises] == [
        (case.number, Metric.RESOLVE, KeptWhy.GRACE)
    ]


async def test_what_began_later_is_dropped_as_well_where_the_new_policy_promises_nothing() -> None:
    """R4.1: "no clock" holds for all that a migrated case was promised, whenever it began."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    without = await in_force(maker)
    for metric in sorted(BEGUN_LATER):
        for rule in without.rules:
            if metric in rule.targets:
                without = with_target(without, rule.name, metric, Said(None))
    async with transaction(Scope.oem(maker.oem_id), as_of=MONDAY) as tx:
        await clock_rows.insert(tx, await home(tx, maker, case), MONDAY, await begun(tx, maker))
    foreseen = await policy_editing.try_policy(admin, without)
    assert (foreseen.dropped, foreseen.kept) == (len(BEGUN_LATER), 0)
    await policy_editing.publish(admin, without, version=1, migrate=True)
    await work(maker)
    found = await clocks(maker, case)
    assert {each.metric for each in found.values() if each.state == "cancelled"} == set(BEGUN_LATER)
    assert (await due(maker, case))[0] == FIVE_DAYS
    status = await policy_editing.migration_status(admin)
    assert (status.behind, status.kept, status.migrations[0].dropped) == (0, 0, len(BEGUN_LATER))


async def home(tx: Transaction, maker: Maker, case: CaseView) -> ClockHome:
    terms = await promises.terms(tx, maker.oem_id, maker.here)
    return ClockHome(
        oem_id=maker.oem_id,
        dealer_id=maker.here,
        case_id=case.id,
        cycle=1,
        policy_version=terms.policy_version,
        policy_dealer_id=terms.policy_dealer_id,
        calendar_version=terms.calendar_version,
        calendar_dealer_id=terms.calendar_dealer_id,
    )


async def begun(tx: Transaction, maker: Maker) -> list[PlannedClock]:
    """All that begins later."""
    terms = await promises.terms(tx, maker.oem_id, maker.here)
    facts = CaseFacts("complaint", "SA", "medium", "phone")
    plans = [promises.plan_one(terms, facts, metric, MONDAY) for metric in sorted(BEGUN_LATER)]
    assert None not in plans
    return [plan for plan in plans if plan is not None]
