"""What another calendar does to promises of merged complaints (R1.7, R4.3)."""

from datetime import UTC, date, datetime, timedelta

from shared.calendars import service as calendars
from shared.calendars.editing import set_year
from shared.cases import calendar_change, service
from shared.cases.commands import Classify, Merge, Unmerge
from shared.cases.views import CaseView
from shared.cases.vocabulary import Urgency
from shared.db.engine import transaction
from shared.permissions import Role
from shared.tenancy import Scope
from tests.integration.calendars.test_publishing import (
    DECEMBER,
    FOUNDED,
    MONDAY,
    NEW_YEAR,
    handle_published,
    oem_calendar,
    registered,
    resolve_clock,
)
from tests.support.console import Maker, found_maker
from tests.support.pinned import always

the_day_before = always(MONDAY - timedelta(days=1))


async def merge(maker: Maker, case: CaseView, into: CaseView, at: datetime) -> None:
    command = Merge(into_id=into.id, reason="同一车辆同一故障")
    await service.merge(maker.actor(Role.SERVICE_MANAGER), case.id, command, version=None, as_of=at)


async def take_out(maker: Maker, case: CaseView, at: datetime) -> None:
    command = Unmerge(reason="两个故障")
    await service.unmerge(maker.actor(Role.SERVICE_MANAGER), case.id, command, version=None, as_of=at)


async def lower(maker: Maker, case: CaseView, at: datetime) -> None:
    command = Classify(urgency=Urgency.LOW, reason="重新判断")
    await service.classify(maker.actor(Role.SERVICE_MANAGER), case.id, command, version=None, as_of=at)


async def assert_due_next(maker: Maker, case: CaseView) -> None:
    """The case says the first of its open promises."""
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        said = await tx.value("SELECT due_at FROM cases WHERE oem_id = $1 AND id = $2", maker.oem_id, case.id)
        first = await tx.value(
            "SELECT min(due_at) FROM clocks WHERE oem_id = $1 AND case_id = $2"
            " AND state IN ('running', 'breached')",
            maker.oem_id,
            case.id,
        )
    assert said == first


async def test_provisional_promises_are_counted_again_for_everybody_merged() -> None:
    """R4.3: from Wednesday and Thursday five working days; New Year's Friday moves each by a working day."""
    maker = await found_maker(FOUNDED)
    first = await registered(maker)
    thursday = DECEMBER + timedelta(days=1)
    other = await registered(maker, thursday)
    await merge(maker, first, other, thursday)
    assert await resolve_clock(maker, other) == (datetime(2027, 1, 6, 10, tzinfo=UTC), True, 1)
    with_2027 = set_year(await oem_calendar(maker), 2027, NEW_YEAR, {}, complete=True)
    await calendars.publish(maker.actor(Role.ADMINISTRATOR), with_2027, version=1)
    for _ in range(2):
        await handle_published(maker, thursday)
        assert await resolve_clock(maker, other) == (datetime(2027, 1, 7, 10, tzinfo=UTC), False, 2)
    await assert_due_next(maker, other)
    await take_out(maker, first, thursday)
    assert await resolve_clock(maker, first) == (datetime(2027, 1, 7, 10, tzinfo=UTC), False, 2)
    assert await resolve_clock(maker, other) == (datetime(2027, 1, 8, 10, tzinfo=UTC), False, 2)


async def test_what_was_promised_to_somebody_merged_stays_as_it_was_promised() -> None:
    """proofs.md, Changes: counted anew are the promises of cases by themselves, not those taken over."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    first = await registered(maker, MONDAY)
    tuesday = MONDAY + timedelta(days=1)
    other = await registered(maker, tuesday)
    await merge(maker, first, other, tuesday)
    promised = datetime(2026, 12, 7, 10, tzinfo=UTC)
    known = await oem_calendar(maker)
    days = [day for day in known.holidays if day.year == 2026]
    closed = set_year(known, 2026, [*days, date(2026, 12, 3)], {}, complete=True)
    foreseen = await calendar_change.effect(admin, closed)
    assert (foreseen.earlier, foreseen.later) == (0, 0)
    await calendars.publish(admin, closed, version=1, anew=True)
    await handle_published(maker, tuesday)
    assert (await resolve_clock(maker, other))[0] == promised
    await lower(maker, other, tuesday)
    assert (await resolve_clock(maker, other))[0] == promised
    await take_out(maker, first, tuesday)
    assert (await resolve_clock(maker, first))[0] == promised


async def test_a_promise_counted_anew_gives_way_to_an_earlier_one_of_somebody_merged() -> None:
    """R1.7: the case that goes on was promised first; moved later, it keeps what the other was promised."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker, MONDAY)
    merged = await registered(maker, MONDAY + timedelta(minutes=30))
    await merge(maker, merged, case, MONDAY + timedelta(hours=1))
    promised = datetime(2026, 12, 7, 10, tzinfo=UTC)
    known = await oem_calendar(maker)
    days = [day for day in known.holidays if day.year == 2026]
    closed = set_year(known, 2026, [*days, date(2026, 12, 3)], {}, complete=True)
    await calendars.publish(admin, closed, version=1, anew=True)
    await handle_published(maker, MONDAY + timedelta(hours=2))
    assert (await resolve_clock(maker, case))[0] == promised
    await take_out(maker, merged, MONDAY + timedelta(hours=3))
    assert (await resolve_clock(maker, case))[0] == promised + timedelta(days=1)
    assert (await resolve_clock(maker, merged))[0] == promised
