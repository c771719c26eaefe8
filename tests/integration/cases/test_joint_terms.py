"""What was promised to somebody merged in a cycle that began after his merger (R1.7, proofs.md "Changes").

The dealer in Shanghai works from 09:00 to 18:00 from Monday to Friday. Two complaints are received on Monday
30 November at 09:00. The one of high urgency, three working days by version 1, is merged into the other, of
five. That is told its result on Tuesday and opened again on Monday 7 December at 09:00: from then on three
working days end on Thursday the 10th at 18:00, five on Monday the 14th.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.calendars import service as calendars
from shared.calendars.editing import set_year
from shared.cases import policy_editing, service
from shared.cases.commands import ContactChannel, Merge, Reopen, RequestFromCustomer, Unmerge
from shared.cases.views import CaseView
from shared.cases.vocabulary import Urgency
from shared.db.engine import transaction
from shared.permissions import Role
from shared.tenancy import Scope
from tests.integration.calendars.test_publishing import handle_published, oem_calendar
from tests.integration.cases.test_clock_policies import (
    FOUNDED,
    MONDAY,
    in_force,
    registered,
    resolved_in,
    work,
)
from tests.integration.cases.test_kept_terms import of_urgency
from tests.integration.cases.walking import CAUSE, SPOKEN, TOLD, walk
from tests.support.console import Maker, found_maker
from tests.support.pinned import always

pytestmark = pytest.mark.usefixtures("app_engine")

TEN = MONDAY + timedelta(hours=1)
AGAIN = MONDAY + timedelta(days=7)
THREE_DAYS = datetime(2026, 12, 10, 10, tzinfo=UTC)

the_day_before = always(MONDAY - timedelta(days=1))


async def reopened(maker: Maker) -> tuple[CaseView, CaseView]:
    """The case that goes on, and the one of high urgency that is merged into it."""
    manager = maker.actor(Role.SERVICE_MANAGER)
    holder, other = await registered(maker), await registered(maker)
    await of_urgency(maker, other, Urgency.HIGH)
    merge = Merge(into_id=holder.id, reason="同一故障")
    await service.merge(manager, other.id, merge, version=None, as_of=TEN)
    await walk(manager, holder.id, SPOKEN, TOLD, CAUSE, at=MONDAY + timedelta(days=1))
    again = Reopen(reason="异响再次出现")
    await service.reopen(manager, holder.id, again, version=None, as_of=AGAIN)
    assert await resolve_due(maker, holder) == THREE_DAYS
    return holder, other


async def resolve_due(maker: Maker, case: CaseView) -> datetime:
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        return await tx.value(
            "SELECT k.due_at FROM clocks k JOIN cases c ON c.oem_id = k.oem_id AND c.id = k.case_id"
            " WHERE k.oem_id = $1 AND k.case_id = $2 AND k.metric = 'resolve' AND k.cycle = c.cycle",
            maker.oem_id,
            case.id,
        )


@pytest.mark.parametrize("days", [1, 9])
async def test_a_newer_policy_leaves_it_as_it_was_promised(maker: Maker, days: int) -> None:
    """R4.1: open cases keep their policy, whether a newer one gives less time or more."""
    holder, other = await reopened(maker)
    admin, manager = maker.actor(Role.ADMINISTRATOR), maker.actor(Role.SERVICE_MANAGER)
    wanted = resolved_in(resolved_in(await in_force(maker), days, "high"), 20)
    await policy_editing.publish(admin, wanted, version=1)
    hour = AGAIN + timedelta(hours=1)
    await of_urgency(maker, holder, Urgency.LOW, hour)
    assert await resolve_due(maker, holder) == THREE_DAYS
    # Asked from Monday 10:00 to 14:00: four hours later.
    await walk(manager, holder.id, SPOKEN, at=hour)
    asking = RequestFromCustomer(
        request="请提供发票", via=ContactChannel.PHONE, answer_by=hour + timedelta(hours=4)
    )
    await service.request_from_customer(manager, holder.id, asking, version=None, as_of=hour)
    paused = datetime(2026, 12, 11, 5, tzinfo=UTC)
    assert await resolve_due(maker, holder) == paused
    # A migration is for the promises of the case itself: ten days of low urgency, by whichever version.
    await policy_editing.migrate(admin, version=2)
    await work(maker, hour)
    assert await resolve_due(maker, holder) == paused
    apart = Unmerge(reason="不是同一故障")
    await service.unmerge(manager, other.id, apart, version=None, as_of=hour)
    assert await resolve_due(maker, holder) > paused


async def test_another_calendar_leaves_it_as_it_was_promised(maker: Maker) -> None:
    """R4.3: Tuesday 8 December is closed by a later calendar that open promises were not migrated to."""
    holder, _ = await reopened(maker)
    known = await oem_calendar(maker)
    days = [day for day in known.holidays if day.year == 2026]
    closed = set_year(known, 2026, [*days, date(2026, 12, 8)], {}, complete=True)
    await calendars.publish(maker.actor(Role.ADMINISTRATOR), closed, version=1, anew=False)
    await handle_published(maker, AGAIN)
    await of_urgency(maker, holder, Urgency.LOW, AGAIN)
    assert await resolve_due(maker, holder) == THREE_DAYS


async def test_the_next_cycle_is_promised_by_what_is_in_force_then(maker: Maker) -> None:
    """R4.1: by version 2 a day for high urgency; reopened on Monday the 14th, on Tuesday at 18:00."""
    holder, _ = await reopened(maker)
    manager = maker.actor(Role.SERVICE_MANAGER)
    wanted = resolved_in(await in_force(maker), 1, "high")
    await policy_editing.publish(maker.actor(Role.ADMINISTRATOR), wanted, version=1)
    await walk(manager, holder.id, SPOKEN, TOLD, CAUSE, at=AGAIN + timedelta(hours=2))
    again = Reopen(reason="异响又来了")
    monday = AGAIN + timedelta(days=7)
    await service.reopen(manager, holder.id, again, version=None, as_of=monday)
    assert await resolve_due(maker, holder) == datetime(2026, 12, 15, 10, tzinfo=UTC)


@pytest.fixture
async def maker(the_day_before: None) -> Maker:
    return await found_maker(FOUNDED)
