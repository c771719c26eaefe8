"""Calendars in versions, and what a new one does to open promises (R4.3)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.calendars import service as calendars
from shared.calendars.definition import CalendarDefinition
from shared.calendars.editing import set_year
from shared.cases import calendar_change, service
from shared.cases.intake import Intake, Source
from shared.cases.queries import clocks_of
from shared.cases.views import CaseView, ClockView
from shared.cases.vocabulary import Channel
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.outbox.events import Event, EventKind
from shared.permissions import Role
from shared.sla.policy import Metric
from shared.tenancy import Scope
from shared.tenants import policies
from tests.support.console import Maker, found_maker
from tests.support.pinned import always

MONDAY = datetime(2026, 11, 30, 1, tzinfo=UTC)  # 09:00 in Shanghai
FOUNDED = MONDAY - timedelta(days=90)
DECEMBER = datetime(2026, 12, 30, 1, tzinfo=UTC)  # Wednesday, 09:00 in Shanghai
NEW_YEAR = [date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3)]


the_day_before = always(MONDAY - timedelta(days=1))


async def registered(maker: Maker, at: datetime = DECEMBER, dealer_id: int | None = None) -> CaseView:
    intake = Intake(
        channel=Channel.PHONE,
        customer_name="张测试",
        customer_phone="13800001234",
        words="保养收费与报价不符，多收 680 元。",
    )
    actor = maker.actor(Role.ADVISOR, dealer_id)
    return await service.register(actor, intake, source=Source.STAFF, as_of=at)


async def resolve_clock(maker: Maker, case: CaseView) -> tuple[datetime, bool, int]:
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        rows = await tx.rows(
            _Clock,
            "SELECT due_at, provisional, calendar_version FROM clocks"
            " WHERE oem_id = $1 AND case_id = $2 AND metric = 'resolve'",
            maker.oem_id,
            case.id,
        )
    return rows[0].due_at, rows[0].provisional, rows[0].calendar_version


class _Clock(msgspec.Struct, frozen=True):
    due_at: datetime
    provisional: bool
    calendar_version: int


async def handle_published(maker: Maker, at: datetime = DECEMBER) -> None:
    """What the worker does with the events of publishing, at an instant of the test's."""
    async with transaction(Scope.oem(maker.oem_id), as_of=at) as tx:
        events = await tx.rows(
            Event,
            "SELECT oem_id, id, dealer_id, case_id, kind, payload, occurred_at, attempts, id AS lease_token"
            " FROM events WHERE oem_id = $1 AND kind = $2 AND state = 'pending' ORDER BY id",
            maker.oem_id,
            EventKind.CALENDAR_PUBLISHED.value,
        )
        for event in events:
            await calendar_change.on_published(tx, event)


async def oem_calendar(maker: Maker) -> CalendarDefinition:
    return (await calendars.calendar(maker.actor(Role.ADMINISTRATOR))).definition


async def test_a_promise_into_a_missing_year_is_provisional_until_the_year_is_published() -> None:
    """R4.3: five working days from 30 December; weekly hours alone say 6 January, with New Year 7 January."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    due, provisional, version = await resolve_clock(maker, case)
    assert (due, provisional, version) == (datetime(2027, 1, 6, 10, tzinfo=UTC), True, 1)
    with_2027 = set_year(await oem_calendar(maker), 2027, NEW_YEAR, {}, complete=True)
    foreseen = await calendar_change.effect(admin, with_2027)
    assert (foreseen.later, foreseen.provisional_then) == (1, 0)
    await calendars.publish(admin, with_2027, version=1)
    await handle_published(maker)
    assert await resolve_clock(maker, case) == (datetime(2027, 1, 7, 10, tzinfo=UTC), False, 2)
    await handle_published(maker)
    assert await resolve_clock(maker, case) == (datetime(2027, 1, 7, 10, tzinfo=UTC), False, 2)


async def test_open_promises_keep_their_calendar_unless_they_are_counted_anew() -> None:
    """proofs.md, Changes: calendars are immutable versions; an admin may preview and migrate."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    monday = MONDAY
    case = await registered(maker, monday)
    before = datetime(2026, 12, 7, 10, tzinfo=UTC)
    assert await resolve_clock(maker, case) == (before, False, 1)
    known = await oem_calendar(maker)
    days = [day for day in known.holidays if day.year == 2026]
    closed = set_year(known, 2026, [*days, date(2026, 12, 3)], {}, complete=True)
    foreseen = await calendar_change.effect(admin, closed)
    assert (foreseen.earlier, foreseen.later, foreseen.past) == (0, 1, 0)
    assert foreseen.examples[0].number == case.number
    assert foreseen.examples[0].metric is Metric.RESOLVE
    assert foreseen.examples[0].due_then == before + timedelta(days=1)
    await calendars.publish(admin, closed, version=1)
    await handle_published(maker, monday)
    assert await resolve_clock(maker, case) == (before, False, 1)
    await calendars.publish(admin, closed, version=2, anew=True)
    await handle_published(maker, monday)
    assert await resolve_clock(maker, case) == (before + timedelta(days=1), False, 3)


async def test_a_dealer_may_keep_its_own_hours_and_follow_the_holidays() -> None:
    """R4.3: business-hours calendars per dealer; new holidays of the OEM reach those who follow."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    own = CalendarDefinition(
        time_zone="Asia/Shanghai",
        weekly=dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), (("08:00", "20:00"),)),
        follows_oem=True,
    )
    made = await calendars.publish(admin, own, version=0, dealer_id=maker.here)
    assert (made.own, made.version) == (True, 1)
    assert date(2026, 10, 1) in made.definition.holidays
    elsewhere = await calendars.calendar(admin, maker.sibling)
    assert (elsewhere.own, elsewhere.version) == (False, 1)
    with_2027 = set_year(await oem_calendar(maker), 2027, NEW_YEAR, {}, complete=True)
    await calendars.publish(admin, with_2027, version=1)
    followed = await calendars.calendar(admin, maker.here)
    assert followed.version == 2
    assert date(2027, 1, 1) in followed.definition.holidays
    assert followed.definition.weekly == own.weekly
    assert [each.dealer_id for each in await calendars.with_their_own(admin)] == [maker.here]


async def test_dealers_that_follow_the_oem_are_counted_before_its_calendar_is_published() -> None:
    """R4.3: what is shown beforehand is what publishing does, by the dealer's own hours."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    days = ("mon", "tue", "wed", "thu", "fri")
    own = CalendarDefinition(
        time_zone="Asia/Shanghai", weekly=dict.fromkeys(days, (("08:00", "20:00"),)), follows_oem=True
    )
    await calendars.publish(admin, own, version=0, dealer_id=maker.here)
    case = await registered(maker)
    before, provisional, _ = await resolve_clock(maker, case)
    assert provisional
    with_2027 = set_year(await oem_calendar(maker), 2027, NEW_YEAR, {}, complete=True)
    foreseen = await calendar_change.effect(admin, with_2027)
    assert (foreseen.later, foreseen.provisional_then) == (1, 0)
    [moved] = foreseen.examples
    assert (moved.case_id, moved.due_at) == (case.id, before)
    await calendars.publish(admin, with_2027, version=1)
    await handle_published(maker)
    assert await resolve_clock(maker, case) == (moved.due_then, False, 2)


async def test_a_promise_of_a_dealer_with_its_own_hours_is_not_touched_by_the_oem() -> None:
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    hours = CalendarDefinition(
        time_zone="Asia/Shanghai", weekly={"mon": (("09:00", "18:00"),), "tue": (("09:00", "18:00"),)}
    )
    await calendars.publish(admin, hours, version=0, dealer_id=maker.here)
    case = await registered(maker)
    before = await resolve_clock(maker, case)
    with_2027 = set_year(await oem_calendar(maker), 2027, NEW_YEAR, {}, complete=True)
    assert (await calendar_change.effect(admin, with_2027)).looked_at == 0
    await calendars.publish(admin, with_2027, version=1, anew=True)
    await handle_published(maker)
    assert await resolve_clock(maker, case) == before


async def test_years_that_should_be_known_are_missed_by_calendar() -> None:
    """The alarm comes from mid-November."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    for at, years in (
        (datetime(2026, 11, 14, 15, tzinfo=UTC), ()),
        (datetime(2026, 11, 14, 16, tzinfo=UTC), (2027,)),
    ):
        async with transaction(Scope.oem(maker.oem_id), as_of=at) as tx:
            missed = await calendars.missed_years(tx, maker.oem_id)
        assert [each.years for each in missed] == ([years] if years else [])
    with_2027 = set_year(await oem_calendar(maker), 2027, NEW_YEAR, {}, complete=True)
    await calendars.publish(admin, with_2027, version=1)
    async with transaction(Scope.oem(maker.oem_id)) as tx:
        assert all(2027 not in each.years for each in await calendars.missed_years(tx, maker.oem_id))


async def test_missed_years_of_many_dealers_are_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page of an administrator asks."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    known = await oem_calendar(maker)
    with_2027 = set_year(known, 2027, NEW_YEAR, {}, complete=True)
    await calendars.publish(admin, known, version=0, dealer_id=maker.here)
    await calendars.publish(admin, with_2027, version=0, dealer_id=maker.sibling)
    policies._kept.decoded.clear()
    asked: list[str] = []
    rows = Transaction.rows

    async def counted(tx: Transaction, kind: type[msgspec.Struct], query: str, *given: object) -> list[Any]:
        asked.append(query)
        return await rows(tx, kind, query, *given)

    monkeypatch.setattr(Transaction, "rows", counted)
    for questions in (2, 1):
        asked.clear()
        async with transaction(Scope.oem(maker.oem_id), as_of=datetime(2026, 12, 1, tzinfo=UTC)) as tx:
            missed = await calendars.missed_years(tx, maker.oem_id)
        assert [(each.dealer_id, each.years) for each in missed] == [(0, (2027,)), (maker.here, (2027,))]
        assert len(asked) == questions


async def test_refused_calendars() -> None:
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    known = await oem_calendar(maker)
    with pytest.raises(Conflict, match="stale_version"):
        await calendars.publish(admin, known, version=0)
    with pytest.raises(Forbidden):
        await calendars.publish(maker.actor(Role.STATION_HEAD), known, version=1)
    with pytest.raises(Invalid) as refused:
        await calendars.publish(admin, msgspec.structs.replace(known, weekly={"mon": ()}), version=1)
    assert [each.code for each in refused.value.fields] == ["never_opens"]
    with pytest.raises(Invalid):
        await calendars.publish(admin, msgspec.structs.replace(known, follows_oem=True), version=1)
    with pytest.raises(NotFound):
        await calendars.publish(admin, known, version=0, dealer_id=987_654)
    with pytest.raises(NotFound):
        await calendars.calendar(maker.actor(Role.ADVISOR), maker.far)
    assert [each.version for each in await calendars.versions(admin)] == [1]
    assert await calendars.version_of(admin, 1) == known
    with pytest.raises(NotFound):
        await calendars.version_of(admin, 2)


async def calendars_of(maker: Maker, case: CaseView) -> set[tuple[int | None, int]]:
    clocks = await clocks_in(maker, case)
    return {(each.calendar_dealer_id, each.calendar_version) for each in clocks}


async def clocks_in(maker: Maker, case: CaseView) -> list[ClockView]:
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        return await clocks_of(tx, maker.oem_id, case.id)


async def test_a_promise_says_whose_calendar_counted_it() -> None:
    """R4.3: a dealer's own and the OEM's both count from 1, so that the number alone does not say."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    monday = MONDAY
    before = await registered(maker, monday)
    assert await calendars_of(maker, before) == {(0, 1)}
    known = await oem_calendar(maker)
    own = msgspec.structs.replace(known, weekly=dict.fromkeys(known.weekly, (("08:00", "20:00"),)))
    await calendars.publish(admin, own, version=0, dealer_id=maker.here)
    after = await registered(maker, monday)
    assert await calendars_of(maker, before) == {(0, 1)}, "open promises keep theirs"
    assert await calendars_of(maker, after) == {(maker.here, 1)}
    longer = msgspec.structs.replace(own, weekly=dict.fromkeys(known.weekly, (("08:00", "21:00"),)))
    await calendars.publish(admin, longer, version=1, dealer_id=maker.here, anew=True)
    await handle_published(maker, monday)
    counted = {each.metric: each.calendar_dealer_id for each in await clocks_in(maker, before)}
    assert counted["resolve"] == maker.here
    assert (maker.here, 2) in await calendars_of(maker, after)
