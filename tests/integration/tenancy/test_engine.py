"""The one way to the database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
import pytest

from shared.db.engine import ENGINE, NoScope, Transaction, transaction
from shared.errors import Unavailable
from shared.outbox.events import EventKind, NewEvent, emit
from shared.tenancy import Scope
from shared.tenants.tables import Oems
from tests.integration.tenancy.world import World, build
from tests.support.background import open_engine
from tests.support.black_hole import proxy_to
from tests.support.servers import Database
from tests.support.waiting import eventually


class Count(msgspec.Struct):
    n: int


@pytest.fixture(scope="module")
async def world(database: Database) -> World:
    owner = await asyncpg.connect(database.owner_url)
    try:
        return await build(owner)
    finally:
        await owner.close()


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[None]:
    await ENGINE.open(
        database.app_url, pool_size=2, acquire_timeout=timedelta(milliseconds=300), application="tests"
    )
    yield
    await ENGINE.close()


@pytest.mark.usefixtures("engine")
async def test_a_query_outside_a_transaction_is_refused_before_it_is_sent() -> None:
    with pytest.raises(NoScope):
        await Oems.select()


@pytest.mark.usefixtures("engine")
async def test_piccolo_queries_run_in_the_scope(world: World) -> None:
    async with transaction(Scope.oem(world.own.oem_id)):
        seen = await Oems.select(Oems.id)
    assert [row["id"] for row in seen] == [world.own.oem_id]


@pytest.mark.usefixtures("engine")
async def test_an_exception_rolls_back_and_the_connection_carries_no_scope_on(world: World) -> None:
    with pytest.raises(ValueError, match="stop"):
        await _fail_after_a_write(Scope.oem(world.own.oem_id), world.own.oem_id)
    async with transaction(Scope.oem(world.own.oem_id)) as tx:
        kept = await tx.value("SELECT count(*) FROM events WHERE kind = 'report.ready'")
    assert kept == 0
    assert ENGINE.pool is not None
    async with ENGINE.pool.acquire() as connection:
        assert await connection.fetchval("SELECT current_user") == "huiyin_app"
        assert not await connection.fetchval("SELECT current_setting('app.oem_id', true)")


@pytest.mark.usefixtures("engine")
async def test_nothing_counts_as_kept_where_a_failed_statement_was_passed_over(world: World) -> None:
    async def pass_over() -> None:
        async with transaction(Scope.oem(world.own.oem_id)) as tx:
            with contextlib.suppress(asyncpg.PostgresError):
                await tx.execute("SELECT 1 / 0")

    with pytest.raises(RuntimeError, match="undone"):
        await pass_over()
    async with transaction(Scope.oem(world.own.oem_id)) as tx:
        assert await tx.value("SELECT 1") == 1


async def test_a_connection_that_fell_silent_is_given_up_and_replaced(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ENGINE, "silence_s", 0.3)

    async def ask() -> object:
        async with transaction(Scope.oem(world.own.oem_id)) as tx:
            return await tx.value("SELECT 1")

    async with proxy_to(database.app_url) as (proxy, url), open_engine(url, pool_size=1):
        assert await ask() == 1
        proxy.fall_silent()
        with pytest.raises(Unavailable):
            await ask()
        proxy.cut()
        assert await ask() == 1


@pytest.mark.usefixtures("engine")
async def test_a_transaction_inside_another_is_refused(world: World) -> None:
    async with transaction(Scope.oem(world.own.oem_id)):
        with pytest.raises(RuntimeError, match="already open"):
            async with transaction(Scope.oem(world.own.oem_id)):
                pass


@pytest.mark.usefixtures("engine")
async def test_a_busy_pool_is_told_in_words_not_waited_for_without_end(world: World) -> None:
    scope = Scope.oem(world.own.oem_id)
    release = asyncio.Event()

    async def hold() -> None:
        async with transaction(scope):
            await release.wait()

    holders = [asyncio.create_task(hold()) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as error:
        async with transaction(scope):
            pass
    assert error.value.code == "database_busy"
    release.set()
    await asyncio.gather(*holders)


@pytest.mark.usefixtures("engine")
async def test_one_of_two_that_wait_for_each_other_is_asked_to_try_again(world: World) -> None:
    """No door answers 500 for a deadlock, and the other one goes on."""
    scope = Scope.oem(world.own.oem_id)
    barrier = asyncio.Barrier(2)

    async def lock(first: int, second: int) -> None:
        async with transaction(scope) as tx:
            await tx.value("SELECT pg_advisory_xact_lock($1)", first)
            await barrier.wait()
            await tx.value("SELECT pg_advisory_xact_lock($1)", second)

    came_of = await asyncio.gather(lock(7101, 7102), lock(7102, 7101), return_exceptions=True)
    (refused,) = [each for each in came_of if each is not None]
    assert isinstance(refused, Unavailable)
    assert refused.code == "database_busy"
    async with transaction(scope) as tx:
        assert await tx.value("SELECT 1") == 1


class Setting(msgspec.Struct):
    name: str
    setting: str
    source: str


@pytest.mark.usefixtures("engine")
async def test_the_connection_itself_limits_statements_and_idle_transactions(world: World) -> None:
    """An operator's own PostgreSQL need not be told: nobody waits for the locks of one who fell silent."""
    async with transaction(Scope.oem(world.own.oem_id)) as tx:
        found = await tx.rows(
            Setting,
            "SELECT name, setting, source FROM pg_settings"
            " WHERE name IN ('idle_in_transaction_session_timeout', 'statement_timeout')",
        )
    said = {each.name: (each.setting, each.source) for each in found}
    assert said == {
        "idle_in_transaction_session_timeout": ("60000", "client"),
        "statement_timeout": ("30000", "client"),
    }


@pytest.mark.usefixtures("engine")
async def test_a_transaction_that_was_idle_for_too_long_has_ended_and_the_pool_goes_on(world: World) -> None:
    scope = Scope.oem(world.own.oem_id)

    async def fall_silent() -> None:
        async with transaction(scope) as tx:
            await tx.execute("SET LOCAL idle_in_transaction_session_timeout = '20ms'")

            async def is_ended() -> bool:
                return tx.connection.is_closed()

            await eventually(is_ended, "the end of an idle transaction")
            await tx.value("SELECT 1")

    with pytest.raises(Unavailable):
        await fall_silent()
    async with transaction(scope) as tx:
        assert await tx.value("SELECT 1") == 1


@pytest.mark.usefixtures("engine")
async def test_cancelled_transactions_do_not_eat_the_pool(world: World) -> None:
    scope = Scope.oem(world.own.oem_id)
    for _ in range(5):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), transaction(scope) as tx:
                await tx.value("SELECT pg_sleep(5)")
    async with transaction(scope) as tx:
        assert await tx.value("SELECT 1") == 1


@pytest.mark.usefixtures("engine")
async def test_a_killed_connection_does_not_eat_the_pool(world: World, database: Database) -> None:
    scope = Scope.oem(world.own.oem_id)
    killer = await asyncpg.connect(database.app_url)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await _lose_the_connection(scope, killer)
    await killer.close()
    async with transaction(scope) as tx:
        assert await tx.value("SELECT 1") == 1


@pytest.mark.usefixtures("engine")
async def test_a_hundred_tasks_keep_their_scopes_apart(world: World) -> None:
    scopes = [Scope.dealer(place.oem_id, place.dealer_id) for place in world.targets().values()]

    async def one(scope: Scope) -> bool:
        async with transaction(scope, read_only=True) as tx:
            await asyncio.sleep(0)
            row = await tx.row(Count, "SELECT count(DISTINCT (oem_id, dealer_id)) AS n FROM cases")
            return row == Count(1)

    ENGINE.acquire_timeout_s = 10
    assert all(await asyncio.gather(*[one(scopes[number % 4]) for number in range(100)]))


@pytest.mark.usefixtures("engine")
async def test_as_of_replaces_the_transactions_instant(world: World) -> None:
    instant = datetime(2026, 1, 5, 9, tzinfo=UTC)
    async with transaction(Scope.oem(world.own.oem_id), as_of=instant) as tx:
        assert await tx.now() == instant
    async with transaction(Scope.oem(world.own.oem_id)) as tx:
        assert abs(await tx.now() - await tx.value("SELECT clock_timestamp()")) < timedelta(minutes=1)


@pytest.mark.usefixtures("engine")
async def test_a_read_only_transaction_cannot_write(world: World) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with transaction(Scope.oem(world.own.oem_id), read_only=True) as tx:
            await tx.execute("UPDATE oems SET name = name")


async def _lose_the_connection(scope: Scope, killer: asyncpg.Connection) -> None:
    async with transaction(scope) as tx:
        await killer.execute("SELECT pg_terminate_backend($1)", await tx.value("SELECT pg_backend_pid()"))
        await tx.value("SELECT 1")


async def _fail_after_a_write(scope: Scope, oem_id: int) -> None:
    async with transaction(scope) as tx:
        await emit(tx, oem_id, await tx.now(), NewEvent(kind=EventKind.REPORT_READY, dealer_id=0))
        raise ValueError("stop")


async def test_writes_sent_together_are_all_done(engine: None, world: World) -> None:
    scope = Scope.oem(world.own.oem_id)
    kinds = (EventKind.CASE_PLANNED, EventKind.CASE_CLOSED)
    async with transaction(scope) as tx:
        now = await tx.now()
        async with tx.together():
            for kind in kinds:
                await emit(tx, world.own.oem_id, now, NewEvent(kind=kind, dealer_id=world.own.dealer_id))
            await tx.execute("UPDATE dealers SET city = $2 WHERE oem_id = $1", world.own.oem_id, "测试市")
        written = await tx.values("SELECT kind FROM events WHERE occurred_at = $1", now)
        assert {*kinds} <= set(written)
        assert set(await tx.values("SELECT city FROM dealers")) == {"测试市"}


async def test_many_writes_sent_together_are_all_done(engine: None, world: World) -> None:
    events = [NewEvent(kind=EventKind.CASE_PLANNED, dealer_id=world.own.dealer_id)] * 50
    async with transaction(Scope.oem(world.own.oem_id)) as tx:
        now = await tx.now()
        async with tx.together():
            await emit(tx, world.own.oem_id, now, *events)
        assert await tx.value("SELECT count(*) FROM events WHERE occurred_at = $1", now) >= 50


async def test_nothing_is_read_while_writes_are_kept_back(engine: None, world: World) -> None:
    async with transaction(Scope.oem(world.own.oem_id)) as tx:
        with pytest.raises(RuntimeError):
            async with tx.together():
                await tx.value("SELECT 1")
        assert await tx.value("SELECT 1") == 1


async def test_writes_of_a_failing_block_are_not_sent(engine: None, world: World) -> None:
    async def fail_after_writing(tx: Transaction) -> None:
        async with tx.together():
            event = NewEvent(kind=EventKind.CASE_PLANNED, dealer_id=world.own.dealer_id)
            await emit(tx, world.own.oem_id, datetime.now(UTC), event)
            raise ZeroDivisionError

    async with transaction(Scope.oem(world.own.oem_id)) as tx:
        before = await tx.value("SELECT count(*) FROM events")
        with pytest.raises(ZeroDivisionError):
            await fail_after_writing(tx)
        assert await tx.value("SELECT count(*) FROM events") == before
