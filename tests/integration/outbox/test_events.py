"""Events: claimed fairly, handled in their OEM's scope, done together with their effects."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from shared.accounts.people import person
from shared.cases.repository import NewTimelineEntry, lock, note_on_timeline
from shared.db.engine import Transaction, transaction
from shared.notifications.facts import case_facts
from shared.outbox import claim
from shared.outbox.events import Event, EventKind, Handler, Handlers, NewEvent, emit
from shared.tenancy import Actor, DbRole, Scope
from tests.support.background import Company

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KIND = EventKind.CASE_ASSIGNED


async def write(company: Company, count: int = 1, kind: EventKind = KIND) -> UUID:
    case_id = await company.case()
    async with transaction(Scope.oem(company.oem_id)) as tx:
        for number in range(count):
            event = NewEvent(kind=kind, dealer_id=1, case_id=case_id, payload={"number": number})
            await emit(tx, company.oem_id, NOW + timedelta(seconds=number), event)
    return case_id


async def handle(
    company: Company, handler: Handler | None, as_of: datetime = NOW + timedelta(hours=1)
) -> int:
    return await claim.handle_events_of_oem(company.oem_id, {KIND: handler}, as_of)


async def states(company: Company, case_id: UUID) -> list[asyncpg.Record]:
    return await company.connection.fetch(
        "SELECT state, attempts, last_error, next_attempt_at, lease_token FROM app.events WHERE case_id = $1"
        " ORDER BY occurred_at",
        case_id,
    )


async def note(tx: Transaction, event: Event) -> None:
    """An effect that can be counted."""
    await tx.execute(
        "INSERT INTO timeline_entries (oem_id, id, dealer_id, case_id, at, kind, actor_kind, actor_name,"
        " internal) VALUES ($1, $2, $3, $4, $5, 'note', 'system', 'test', true)",
        event.oem_id,
        uuid4(),
        event.dealer_id,
        event.case_id,
        await tx.now(),
    )


async def notes(company: Company, case_id: UUID) -> int:
    return await company.connection.fetchval(
        "SELECT count(*) FROM app.timeline_entries WHERE case_id = $1", case_id
    )


async def test_an_event_is_handled_in_its_oems_scope_and_done_with_its_effects(company: Company) -> None:
    case_id = await write(company)
    seen: list[tuple[Scope, Event]] = []

    async def handler(tx: Transaction, event: Event) -> None:
        seen.append((tx.scope, event))
        await note(tx, event)

    assert await handle(company, handler) == 1
    assert await handle(company, handler) == 0
    (scope, event), *_ = seen
    assert (scope.role, scope.oem_id) == (DbRole.OEM, company.oem_id)
    assert (event.kind, event.case_id, event.payload, event.attempts) == (KIND, case_id, {"number": 0}, 1)
    assert [row["state"] for row in await states(company, case_id)] == ["done"]
    assert await notes(company, case_id) == 1


async def test_no_more_of_an_oem_are_taken_than_asked_for_oldest_first(company: Company) -> None:
    await write(company, count=7)
    numbers: list[object] = []

    async def handler(tx: Transaction, event: Event) -> None:
        numbers.append(event.payload["number"])

    later = NOW + timedelta(hours=1)
    taken = [
        await claim.handle_events_of_oem(company.oem_id, {KIND: handler}, later, limit=5) for _ in range(3)
    ]
    assert taken == [5, 2, 0]
    assert numbers == list(range(7))


async def test_a_batch_lets_others_have_their_turn_between_its_events(company: Company) -> None:
    """R4.2: a batch that waits for nothing must not hold up the sweep beside it."""
    await write(company, count=5)
    turns = 0
    handled_at: list[int] = []

    async def handler(tx: Transaction, event: Event) -> None:
        handled_at.append(turns)

    async def beside() -> None:
        nonlocal turns
        while len(handled_at) < 5:
            turns += 1
            await asyncio.sleep(0)

    await asyncio.gather(handle(company, handler), beside())
    assert len(set(handled_at)) == 5


async def test_a_failure_undoes_its_effects_and_is_tried_again_later(company: Company) -> None:
    case_id = await write(company)

    async def handler(tx: Transaction, event: Event) -> None:
        await note(tx, event)
        raise ZeroDivisionError

    at = NOW + timedelta(hours=1)
    assert await handle(company, handler, at) == 1
    assert await handle(company, handler, at) == 0
    assert await notes(company, case_id) == 0
    (row,) = await states(company, case_id)
    assert (row["state"], row["attempts"], row["last_error"]) == ("pending", 1, "ZeroDivisionError")
    assert timedelta(seconds=1) <= row["next_attempt_at"] - at <= timedelta(seconds=3)
    assert await handle(company, note, at + timedelta(seconds=4)) == 1
    assert await notes(company, case_id) == 1


async def test_one_failing_event_does_not_keep_the_others_from_being_handled(company: Company) -> None:
    case_id = await write(company, count=3)

    async def handler(tx: Transaction, event: Event) -> None:
        if event.payload["number"] == 1:
            await tx.execute("SELECT 1 / 0")

    assert await handle(company, handler) == 3
    rows = await states(company, case_id)
    assert [row["state"] for row in rows] == ["done", "pending", "done"]
    assert rows[1]["last_error"] == "DivisionByZeroError 22012"


async def test_after_the_last_try_an_event_is_dead_and_says_why(company: Company) -> None:
    case_id = await write(company)

    async def handler(tx: Transaction, event: Event) -> None:
        raise ZeroDivisionError

    at = NOW
    for _ in range(claim.EVENT_MAX_ATTEMPTS):
        at += timedelta(hours=1)
        assert await handle(company, handler, at) == 1
    (row,) = await states(company, case_id)
    assert (row["state"], row["last_error"]) == ("dead", "ZeroDivisionError")
    assert await handle(company, handler, at + timedelta(days=1)) == 0


async def test_an_event_that_kills_its_worker_every_time_ends_dead(company: Company) -> None:
    case_id = await write(company)
    at = NOW
    for _ in range(claim.EVENT_MAX_ATTEMPTS + 1):
        at += claim.EVENT_LEASE + timedelta(seconds=1)
        await claim._claim(company.oem_id, {KIND: note}, at, 5)
    (row,) = await states(company, case_id)
    assert (row["state"], row["last_error"]) == ("dead", "worker_lost")
    assert await handle(company, note, at + timedelta(days=1)) == 0


async def test_a_worker_that_outlives_its_lease_undoes_its_work(company: Company) -> None:
    case_id = await write(company)
    at = NOW + timedelta(hours=1)
    (event,) = await claim._claim(company.oem_id, {KIND: note}, at, 5)
    assert await handle(company, note, at + claim.EVENT_LEASE + timedelta(seconds=1)) == 1
    await claim._handle(note, [event], at)
    assert await notes(company, case_id) == 1
    (row,) = await states(company, case_id)
    assert (row["state"], row["attempts"], row["last_error"]) == ("done", 2, None)


async def test_what_nobody_reacts_to_is_done_at_once(company: Company) -> None:
    case_id = await write(company)
    assert await handle(company, None) == 1
    assert [row["state"] for row in await states(company, case_id)] == ["done"]


async def test_a_kind_this_worker_does_not_know_is_left_for_one_that_does(company: Company) -> None:
    case_id = await write(company, kind=EventKind.REPORT_READY)
    handlers: Mapping[EventKind, Handler | None] = {KIND: note}
    async with transaction(Scope.system()) as tx:
        assert company.oem_id not in await claim.oems_with_events(tx, handlers, None)
    assert await handle(company, note) == 0
    (row,) = await states(company, case_id)
    assert (row["state"], row["attempts"]) == ("pending", 0)


async def test_two_workers_share_the_events_and_handle_each_once(company: Company) -> None:
    case_id = await write(company, count=30)
    handlers: Handlers = {KIND: note}
    taken = await asyncio.gather(
        *(claim.handle_events_of_oem(company.oem_id, handlers, None, limit=4) for _ in range(10))
    )
    assert sum(taken) == 30
    assert await notes(company, case_id) == 30


async def test_the_oems_with_events_are_those_with_one_that_is_ready(company: Company) -> None:
    await write(company)
    async with transaction(Scope.system()) as tx:
        assert company.oem_id in await claim.oems_with_events(tx, {KIND: note}, NOW)
        assert company.oem_id not in await claim.oems_with_events(
            tx, {KIND: note}, NOW - timedelta(seconds=1)
        )


async def test_a_batch_that_fails_leaves_nothing_of_it_and_the_others_are_handled_once(
    company: Company,
) -> None:
    """Issue 4: exactly one effect per event, whichever of a batch fails."""
    case_id = await write(company, count=5)
    tried: list[object] = []

    async def handler(tx: Transaction, event: Event) -> None:
        tried.append(event.payload["number"])
        await note(tx, event)
        if event.payload["number"] == 3:
            raise ZeroDivisionError

    at = NOW + timedelta(hours=1)
    assert await handle(company, handler, at) == 5
    assert tried == [0, 1, 2, 3, 0, 1, 2, 3, 4]
    assert await notes(company, case_id) == 4
    assert [row["state"] for row in await states(company, case_id)] == ["done"] * 3 + ["pending", "done"]
    tried.clear()
    await write(company, count=2)
    await handle(company, handler, at + timedelta(seconds=10))
    assert tried[-1] == 3, "what failed before is tried by itself"
    assert tried.count(0) == 1, "and spoils no batch"


async def test_what_a_batch_tells_is_written_once_at_its_end(company: Company) -> None:
    case_id = await write(company, count=3)
    seen: list[int] = []

    async def handler(tx: Transaction, event: Event) -> None:
        entry = NewTimelineEntry(dealer_id=1, case_id=event.about_case(), kind="customer_told", internal=True)
        await note_on_timeline(tx, Actor.system(event.oem_id), await tx.now(), entry)
        seen.append(await tx.value("SELECT count(*) FROM timeline_entries WHERE case_id = $1", case_id))

    assert await handle(company, handler) == 3
    assert seen == [0, 0, 0]
    assert await notes(company, case_id) == 3


async def test_what_is_read_ahead_is_read_anew_after_something_is_written(company: Company) -> None:
    """A batch may not tell of a case what it was before another event of the batch changed it."""
    await write(company, count=4)
    titles: list[str] = []

    async def handler(tx: Transaction, event: Event) -> None:
        titles.append((await case_facts(tx, event.oem_id, event.about_case())).title)
        await tx.execute(
            "UPDATE cases SET title = $3 WHERE oem_id = $1 AND id = $2",
            event.oem_id,
            event.case_id,
            f"after {event.payload['number']}",
        )

    await handle(company, handler)
    assert titles[1:] == ["after 0", "after 1", "after 2"]


async def test_a_batch_reads_the_facts_of_its_cases_in_one_statement(company: Company) -> None:
    """Issue 4: 2,000 events to messages per second are 0.5 ms each, a statement's round trip."""
    for _ in range(5):
        await write(company)
    asked: list[str] = []

    async def handler(tx: Transaction, event: Event) -> None:
        if not asked:
            tx.connection.add_query_logger(lambda query: asked.append(query.query))
        await lock(tx, event.oem_id, event.about_case())
        facts = await case_facts(tx, event.oem_id, event.about_case())
        assert facts.id == event.case_id
        assert await person(tx, event.oem_id, facts.owner_id) is not None

    assert await handle(company, handler) == 5
    assert len([query for query in asked if query.lstrip().startswith("SELECT")]) == 3
