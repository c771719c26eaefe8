"""Another classification counts open promises by what made them, not by what is in force now (R2.3, R4.1).

The dealer in Shanghai works from Monday to Friday, 09:00 to 18:00. All cases are received on Monday 30
November at 09:00. By the policy supplied, version 1, five working days end on Monday 7 December, three for
high urgency on Thursday the 3rd, ten for low on Monday the 14th.
"""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from shared.calendars import service as calendars
from shared.calendars.editing import set_year
from shared.cases import detail, policy_editing, service
from shared.cases.commands import (
    Classify,
    ContactChannel,
    LogContact,
    Merge,
    RequestFromCustomer,
    Transfer,
    Unmerge,
)
from shared.cases.views import CaseView
from shared.cases.vocabulary import Category, Kind, Urgency
from shared.db.engine import transaction
from shared.permissions import Role
from shared.sla.policy import ClockPolicy, Match, Metric, PauseRules, StricterTarget, Target
from shared.sla.policy_edits import Said, said_of, with_rule, with_target
from tests.integration.calendars.test_publishing import handle_published, oem_calendar
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

TEN = MONDAY + timedelta(hours=1)
THREE_DAYS = datetime(2026, 12, 3, 10, tzinfo=UTC)
TEN_DAYS = datetime(2026, 12, 14, 10, tzinfo=UTC)


async def classified(maker: Maker, case: CaseView, command: Classify, at: datetime = TEN) -> CaseView:
    actor = maker.actor(Role.SERVICE_MANAGER)
    return await service.classify(actor, case.id, command, version=None, as_of=at)


async def of_urgency(maker: Maker, case: CaseView, wanted: Urgency, at: datetime = TEN) -> CaseView:
    return await classified(maker, case, Classify(urgency=wanted, reason="重新判断"), at)


def by_category(policy: ClockPolicy, category: Category, working_days: int) -> ClockPolicy:
    """The policy with so many days for one category."""
    said = said_of(policy, "default", Metric.RESOLVE)
    assert said is not None
    assert said.target is not None
    chain = said.target.chain
    ruled = with_rule(policy, "of-category", Match(categories=(category.value,)))
    target = Target(working_days=working_days, chain=chain)
    return with_target(ruled, "of-category", Metric.RESOLVE, Said(target))


def another(case: CaseView) -> Category:
    return Category.PARTS if case.category is not Category.PARTS else Category.SERVICE


@pytest.mark.parametrize("days", [1, 20])
async def test_another_category_leaves_the_promise_of_an_earlier_policy(days: int) -> None:
    """proofs.md, Changes: open cases keep theirs, whether a newer policy gives more time or less."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    await policy_editing.publish(admin, resolved_in(await in_force(maker), days), version=1)
    before = await clocks(maker, case)
    changed = await classified(maker, case, Classify(category=another(case)))
    assert changed.category is another(case)
    assert await clocks(maker, case) == before
    assert await due(maker, case) == (FIVE_DAYS, 1)


async def test_a_changed_urgency_takes_the_time_that_the_cases_own_policy_gives() -> None:
    """R4.1: high is three days by version 1 and one by version 2; the clock stays one of version 1."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    wanted = resolved_in(resolved_in(await in_force(maker), 1, "high"), 1)
    await policy_editing.publish(admin, wanted, version=1)
    await of_urgency(maker, case, Urgency.HIGH)
    assert await due(maker, case) == (THREE_DAYS, 1)
    await of_urgency(maker, case, Urgency.LOW)
    assert await due(maker, case) == (TEN_DAYS, 1)
    await of_urgency(maker, case, Urgency.MEDIUM)
    assert await due(maker, case) == (FIVE_DAYS, 1)


async def test_a_changed_urgency_counts_in_the_hours_the_promise_was_made_in() -> None:
    """R4.3: Wednesday 2 December is closed by a later calendar that open promises were not migrated to."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    known = await oem_calendar(maker)
    days = [day for day in known.holidays if day.year == 2026]
    closed = set_year(known, 2026, [*days, date(2026, 12, 2)], {}, complete=True)
    await calendars.publish(admin, closed, version=1, anew=False)
    await handle_published(maker, MONDAY + timedelta(hours=1))
    await of_urgency(maker, case, Urgency.HIGH)
    assert await due(maker, case) == (THREE_DAYS, 1)
    newer = await registered(maker)
    await of_urgency(maker, newer, Urgency.HIGH)
    assert await due(maker, newer) == (datetime(2026, 12, 4, 10, tzinfo=UTC), 1)


async def test_what_only_a_newer_policy_promises_comes_by_migration_alone() -> None:
    """R4.1: nothing but the version makes the promise new, and the version of open cases stays."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    whole = await in_force(maker)
    without = with_target(whole, "default", Metric.RESOLVE, Said(None))
    await policy_editing.publish(admin, without, version=1)
    case = await registered(maker)
    await policy_editing.publish(admin, whole, version=2)
    await classified(maker, case, Classify(category=another(case)))
    assert "resolve" not in await clocks(maker, case)
    await policy_editing.migrate(admin, version=3)
    await work(maker, TEN)
    assert await due(maker, case) == (FIVE_DAYS, 3)


async def test_what_another_classification_promises_anew_is_promised_by_what_is_in_force() -> None:
    """R4.1: a suggestion has no promised result; as a complaint it has the one of new cases."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    suggestion = await registered(maker)
    without = with_target(await in_force(maker), "low", Metric.RESOLVE, Said(None))
    await policy_editing.publish(admin, without, version=1)
    await policy_editing.migrate(admin, version=2)
    await work(maker, MONDAY)
    await of_urgency(maker, suggestion, Urgency.LOW)
    assert (await clocks(maker, suggestion))["resolve"].state == "cancelled"
    await policy_editing.publish(admin, resolved_in(without, 3), version=2)
    # What was promised once and comes back is no new promise.
    await of_urgency(maker, suggestion, Urgency.MEDIUM)
    assert await due(maker, suggestion) == (FIVE_DAYS, 2)
    beginner = await registered(maker)
    ideas = Classify(kind=Kind.SUGGESTION, reason="只是建议")
    await classified(maker, beginner, ideas)
    await classified(maker, beginner, Classify(kind=Kind.COMPLAINT))
    assert await due(maker, beginner) == (THREE_DAYS, 3)


async def test_a_case_whose_clocks_are_of_several_versions_has_each_counted_by_its_own() -> None:
    """R4.1: the result by version 1, the answer begun under version 2, both after version 3 is published."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    whole = await in_force(maker)
    only_high = with_target(whole, "default", Metric.FIRST_RESPONSE, Said(None))
    await policy_editing.publish(admin, only_high, version=1)
    case = await registered(maker)
    assert "first_response" not in await clocks(maker, case)
    chain = said_chain(whole)
    answered = Said(Target(duration_minutes=600, chain=chain))
    second = with_target(only_high, "high", Metric.FIRST_RESPONSE, answered)
    await policy_editing.publish(admin, second, version=2)
    await of_urgency(maker, case, Urgency.HIGH)
    assert await due(maker, case) == (THREE_DAYS, 2)
    response = await due(maker, case, "first_response")
    assert response[1] == 3
    third = with_target(
        resolved_in(second, 1, "high"),
        "high",
        Metric.FIRST_RESPONSE,
        Said(Target(working_days=9, chain=chain)),
    )
    await policy_editing.publish(admin, third, version=3)
    await of_urgency(maker, case, Urgency.MEDIUM)
    assert await due(maker, case) == (FIVE_DAYS, 2)
    assert (await clocks(maker, case))["first_response"].state == "cancelled"
    await of_urgency(maker, case, Urgency.HIGH)
    assert (await due(maker, case), await due(maker, case, "first_response")) == ((THREE_DAYS, 2), response)


def said_chain(policy: ClockPolicy):
    said = said_of(policy, "default", Metric.RESOLVE)
    assert said is not None
    assert said.target is not None
    return said.target.chain


async def test_after_a_migration_the_policy_migrated_to_counts() -> None:
    """R4.1: one day for high urgency by version 2; the case is one of version 2 now."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    wanted = by_category(resolved_in(await in_force(maker), 4), another(case), 2)
    await policy_editing.publish(admin, wanted, version=1, migrate=True)
    await work(maker)
    assert await due(maker, case) == (datetime(2026, 12, 4, 10, tzinfo=UTC), 2)
    await policy_editing.publish(admin, resolved_in(await in_force(maker), 20), version=2)
    await classified(maker, case, Classify(category=another(case)))
    assert await due(maker, case) == (datetime(2026, 12, 2, 10, tzinfo=UTC), 2)


async def test_what_a_migration_dropped_no_classification_there_and_back_restores() -> None:
    """R4.1: by the policy migrated to there is no such promise."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    without = with_target(await in_force(maker), "default", Metric.RESOLVE, Said(None))
    await policy_editing.publish(admin, without, version=1, migrate=True)
    await work(maker)
    await classified(maker, case, Classify(kind=Kind.SUGGESTION, reason="只是建议"))
    await classified(maker, case, Classify(kind=Kind.COMPLAINT))
    assert (await clocks(maker, case))["resolve"].state == "cancelled"


async def test_after_a_merger_the_own_promise_is_counted_by_its_own_policy() -> None:
    """R1.7, R4.1: the earlier promise to the other counts; apart again, the own is as it was made."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    manager = maker.actor(Role.SERVICE_MANAGER)
    holder, other = await registered(maker), await registered(maker)
    await of_urgency(maker, other, Urgency.HIGH)
    merge = Merge(into_id=holder.id, reason="同一故障")
    await service.merge(manager, other.id, merge, version=None, as_of=TEN)
    assert await due(maker, holder) == (THREE_DAYS, 1)
    await policy_editing.publish(admin, resolved_in(await in_force(maker), 1), version=1)
    await classified(maker, holder, Classify(category=another(holder)))
    await of_urgency(maker, holder, Urgency.LOW)
    assert await due(maker, holder) == (THREE_DAYS, 1)
    await service.unmerge(manager, other.id, Unmerge(reason="不是同一故障"), version=None, as_of=TEN)
    assert await due(maker, holder) == (TEN_DAYS, 1)
    assert await due(maker, other) == (THREE_DAYS, 1)


async def test_what_another_dealers_own_policy_made_is_left_alone_until_the_time_changes() -> None:
    """R4.1: no dealer reads the policy of another; what has to be counted then is one of his own."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    said = said_of(await in_force(maker), "default", Metric.RESOLVE)
    assert said is not None
    assert said.target is not None
    two_days = Target(working_days=2, chain=said.target.chain)
    stricter = [StricterTarget("default", Metric.RESOLVE, two_days)]
    await policy_editing.publish_stricter(admin, maker.sibling, stricter, version=0)
    case = await registered(maker, dealer_id=maker.sibling)
    made = (datetime(2026, 12, 2, 10, tzinfo=UTC), 1)
    assert await due(maker, case) == made
    moved = Transfer(dealer_id=maker.here, reason="客户要求")
    await service.transfer(maker.actor(Role.HEAD_OFFICE), case.id, moved, version=None, as_of=TEN)
    await classified(maker, case, Classify(category=another(case)))
    assert await due(maker, case) == made
    await of_urgency(maker, case, Urgency.LOW)
    assert await due(maker, case) == (TEN_DAYS, 1)


async def test_pauses_last_and_show_as_the_policy_says_that_made_the_promise() -> None:
    """proofs.md, Pause: the result pauses for seven days at once by version 1, not at all by version 2."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    rules = PauseRules(metrics=(Metric.FIRST_RESPONSE,), longest_minutes=24 * 60, cap_minutes=24 * 60)
    await policy_editing.publish(
        admin, msgspec.structs.replace(await in_force(maker), pauses=rules), version=1
    )
    newer = await registered(maker)
    assert await paused(maker, case) == (timedelta(days=7), {"resolve"})
    assert await paused(maker, newer) == (timedelta(days=1), set())


async def paused(maker: Maker, case: CaseView) -> tuple[timedelta, set[str]]:
    """How long a customer is waited for who is asked at ten, and what pauses then."""
    manager = maker.actor(Role.SERVICE_MANAGER)
    spoken = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系")
    await service.log_contact(manager, case.id, spoken, version=None, as_of=MONDAY)
    asking = RequestFromCustomer(request="请提供发票", via=ContactChannel.SMS)
    asked = await service.request_from_customer(manager, case.id, asking, version=None, as_of=TEN)
    begins, ends = asked.pauses
    async with transaction(maker.actor(Role.ADVISOR).scope, read_only=True, as_of=TEN) as tx:
        shown = await detail.clocks_of(tx, maker.oem_id, case.id)
    return ends - begins, {each.metric for each in shown if each.state == "paused"}
