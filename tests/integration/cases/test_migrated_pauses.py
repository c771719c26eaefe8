"""Pauses of cases that are migrated to a policy which does not pause the promise (R4.1, proofs.md "Pause").

The dealer in Shanghai works from 09:00 to 18:00 from Monday to Friday. The case is received on Monday 30
November at 09:00: by version 1 five working days end on Monday 7 December at 18:00. At ten its customer is
asked for something until Tuesday at noon: eleven hours, of nine worked a day, so that the result is due on
Wednesday 9 December at 11:00.
"""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shared.cases import detail, policy_editing, service
from shared.cases.commands import Classify, ContactChannel, LogContact, Merge, RequestFromCustomer, Unmerge
from shared.cases.views import CaseView
from shared.cases.vocabulary import Urgency
from shared.db.engine import transaction
from shared.permissions import Role
from shared.sla.policy import ClockPolicy, PauseRules
from tests.integration.cases.test_clock_policies import (
    FOUNDED,
    MONDAY,
    due,
    in_force,
    registered,
    resolved_in,
    work,
)
from tests.support.console import Maker, found_maker
from tests.support.pinned import always

pytestmark = pytest.mark.usefixtures("app_engine")

TEN = MONDAY + timedelta(hours=1)
ELEVEN = MONDAY + timedelta(hours=2)
TWO = MONDAY + timedelta(hours=5)
TUESDAY_NOON = MONDAY + timedelta(days=1, hours=3)
WITH_THE_PAUSE = datetime(2026, 12, 9, 3, tzinfo=UTC)

the_day_before = always(MONDAY - timedelta(days=1))


def pausing_nothing(policy: ClockPolicy) -> ClockPolicy:
    return msgspec.structs.replace(policy, pauses=PauseRules(metrics=()))


async def talk(maker: Maker, case: CaseView, at: datetime) -> None:
    spoken = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系")
    await service.log_contact(maker.actor(Role.SERVICE_MANAGER), case.id, spoken, version=None, as_of=at)


async def ask(maker: Maker, case: CaseView, at: datetime, until: datetime) -> None:
    asking = RequestFromCustomer(request="请提供发票", via=ContactChannel.PHONE, answer_by=until)
    await service.request_from_customer(
        maker.actor(Role.SERVICE_MANAGER), case.id, asking, version=None, as_of=at
    )


async def waiting(maker: Maker) -> CaseView:
    case = await registered(maker)
    await talk(maker, case, MONDAY)
    await ask(maker, case, TEN, TUESDAY_NOON)
    assert await due(maker, case) == (WITH_THE_PAUSE, 1)
    return case


async def migrated(maker: Maker, policy: ClockPolicy, at: datetime, version: int = 1) -> None:
    admin = maker.actor(Role.ADMINISTRATOR)
    await policy_editing.publish(admin, policy, version=version, migrate=True)
    await work(maker, at)


async def shown(maker: Maker, case: CaseView, at: datetime) -> str:
    async with transaction(maker.actor(Role.ADVISOR).scope, read_only=True, as_of=at) as tx:
        found = await detail.clocks_of(tx, maker.oem_id, case.id)
    return next(each.state for each in found if each.metric == "resolve")


@pytest.mark.parametrize("at", [ELEVEN, TUESDAY_NOON + timedelta(hours=2)])
async def test_a_policy_that_does_not_pause_takes_no_pause_away(at: datetime) -> None:
    """proofs.md: a change of policy never loses a pause, whether it runs or is over."""
    maker = await found_maker(FOUNDED)
    case = await waiting(maker)
    wanted = pausing_nothing(await in_force(maker))
    foreseen = await policy_editing.try_policy(maker.actor(Role.ADMINISTRATOR), wanted)
    assert (foreseen.earlier, foreseen.later) == (0, 0)
    await migrated(maker, wanted, at)
    assert await due(maker, case) == (WITH_THE_PAUSE, 2)


async def test_it_pauses_nothing_anew_and_gives_nothing_beyond_the_answer() -> None:
    """Answered on Monday at 14:00 four hours are lost: Tuesday 8 December at 13:00. Later ones are none."""
    maker = await found_maker(FOUNDED)
    case = await waiting(maker)
    await migrated(maker, pausing_nothing(await in_force(maker)), ELEVEN)
    assert await shown(maker, case, ELEVEN) == "paused"
    await talk(maker, case, TWO)
    answered = (datetime(2026, 12, 8, 5, tzinfo=UTC), 2)
    assert await due(maker, case) == answered
    await ask(maker, case, TUESDAY_NOON, TUESDAY_NOON + timedelta(days=2))
    assert await due(maker, case) == answered
    assert await shown(maker, case, TUESDAY_NOON) == "running"


async def test_a_second_request_moves_the_end_of_a_kept_pause_no_further() -> None:
    """Asked again at 11 until Thursday: the pause of the first request still ends on Tuesday at noon."""
    maker = await found_maker(FOUNDED)
    case = await waiting(maker)
    await migrated(maker, pausing_nothing(await in_force(maker)), ELEVEN)
    await ask(maker, case, ELEVEN, MONDAY + timedelta(days=3))
    assert await due(maker, case) == (WITH_THE_PAUSE, 2)


async def test_what_was_kept_is_counted_again_like_any_other_promise() -> None:
    """R4.1: three working days end on Thursday 3 December, eleven hours later is Monday the 7th at 11:00."""
    maker = await found_maker(FOUNDED)
    case = await waiting(maker)
    without = pausing_nothing(await in_force(maker))
    await migrated(maker, without, ELEVEN)
    three_days = datetime(2026, 12, 7, 3, tzinfo=UTC)
    for urgency, expected in ((Urgency.HIGH, three_days), (Urgency.MEDIUM, WITH_THE_PAUSE)):
        command = Classify(urgency=urgency, reason="重新判断")
        await service.classify(
            maker.actor(Role.SERVICE_MANAGER), case.id, command, version=None, as_of=ELEVEN
        )
        assert await due(maker, case) == (expected, 2)
    await migrated(maker, resolved_in(without, 3), ELEVEN, version=2)
    assert await due(maker, case) == (three_days, 3)
    assert (await policy_editing.migration_status(maker.actor(Role.ADMINISTRATOR))).behind == 0


async def test_back_at_a_policy_that_pauses_every_pause_counts() -> None:
    """proofs.md: two more hours on Wednesday, while it was not paused: 13:00 on the 9th."""
    maker = await found_maker(FOUNDED)
    case = await waiting(maker)
    whole = await in_force(maker)
    await migrated(maker, pausing_nothing(whole), ELEVEN)
    wednesday = MONDAY + timedelta(days=2)
    await ask(maker, case, wednesday, wednesday + timedelta(hours=2))
    assert await due(maker, case) == (WITH_THE_PAUSE, 2)
    await migrated(maker, whole, wednesday + timedelta(hours=3), version=2)
    assert await due(maker, case) == (WITH_THE_PAUSE + timedelta(hours=2), 3)


async def test_where_complaints_are_merged_the_own_promise_keeps_its_pause() -> None:
    """R1.7: another is merged at ten; taken out, the case is due when it was, with its pause."""
    maker = await found_maker(FOUNDED)
    manager = maker.actor(Role.SERVICE_MANAGER)
    case, other = await waiting(maker), await registered(maker)
    merge = Merge(into_id=case.id, reason="同一故障")
    await service.merge(manager, other.id, merge, version=None, as_of=ELEVEN)
    earlier = (await due(maker, case))[0]
    assert earlier < WITH_THE_PAUSE
    await migrated(maker, pausing_nothing(await in_force(maker)), ELEVEN)
    assert (await due(maker, case))[0] == earlier
    apart = Unmerge(reason="不是同一故障")
    await service.unmerge(manager, other.id, apart, version=None, as_of=ELEVEN)
    assert await due(maker, case) == (WITH_THE_PAUSE, 2)
