"""The one way to the database: a transaction with a scope.

A connection from the pool can do nothing by itself: the login roles own no table rights.
`transaction(scope)` sends BEGIN together with `SET LOCAL ROLE` and the ids the policies compare with, so the
scope ends with the transaction and can never reach the next user of the connection. Piccolo queries inside
the block run in it; outside they raise `NoScope` before anything is sent.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import asyncpg
import msgspec
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from shared.db.ahead import ReadAhead
from shared.db.joining import joined
from shared.db.not_now import CONNECTION_LOST, is_standby, not_begun, not_connected, not_now
from shared.errors import Unavailable
from shared.tenancy import DbRole, Scope

Shape = TypeVar("Shape")
if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:  # asyncpg's classes are generic for the type checker only
    Connection = asyncpg.Connection

SCHEMA = "app"
STATEMENT_TIMEOUT_MS = 30_000
IDLE_IN_TRANSACTION_MS = 60_000
"""A transaction that says nothing for so long is ended: its locks would hold up everybody else's."""
SILENCE_S = STATEMENT_TIMEOUT_MS / 1000 + 5
"""After so long without an answer the network has lost the connection: PostgreSQL would have given up."""
STATEMENTS_KEPT = 500
"""Prepared statements a connection keeps; past that the ones unused for longest are prepared anew."""

_MOST_TOGETHER = 24
"""The most writes made one statement of; more are sent statement by statement."""


class NoScope(RuntimeError):
    """A query was tried outside `transaction(scope)`; it has not been sent."""


class Transaction:
    """An open transaction in one scope; rows come back as Structs.

    `as_of` is the past instant the transaction acts at (demo history, tests), None when it acts now.
    `remembered` is for what packages read once and need several times before it ends. `ahead` holds what is
    read for a whole batch of events (`batched`).
    """

    def __init__(self, connection: Connection, scope: Scope, as_of: datetime | None) -> None:
        self.connection = connection
        self.scope = scope
        self.as_of = as_of
        self.remembered: dict[Any, Any] = {}
        self.ahead = ReadAhead()
        self._now = as_of
        self._collected: dict[str, list[Sequence[Any]]] | None = None
        self._kept_back: list[tuple[str, Sequence[Sequence[Any]]]] | None = None
        # PostgreSQL plans a prepared statement anew whenever another role runs it: each role has its own.
        self._mark = f" --{scope.role}"

    async def now(self) -> datetime:
        """The transaction's instant: its beginning by PostgreSQL's clock, or the `as_of` it was opened with.

        Once it holds a case, the instant at which it got the lock (`went_on`).
        """
        if self._now is None:
            self._now = await self.connection.fetchval("SELECT now()")
        assert self._now is not None  # noqa: S101  # now() is never NULL
        return self._now

    def went_on(self, to: datetime) -> None:
        """After waiting for a lock the transaction's instant is when it got it, for that is when it acts.

        `to` is `clock_timestamp()` as read once the lock is held: whatever the one before has written is
        earlier then. Nothing changes for a transaction at a past instant.
        """
        if self.as_of is None:
            self._now = to if self._now is None else max(self._now, to)

    async def rows(self, shape: type[Shape], sql: str, *args: Any) -> list[Shape]:
        """All rows, each converted to `shape` by column name."""
        self._refuse_reading()
        self._note(sql)
        records = await self.connection.fetch(sql + self._mark, *args)
        return msgspec.convert([dict(record) for record in records], list[shape])

    async def row(self, shape: type[Shape], sql: str, *args: Any) -> Shape | None:
        """The first row as `shape`, None when there is none."""
        self._refuse_reading()
        self._note(sql)
        record = await self.connection.fetchrow(sql + self._mark, *args)
        return None if record is None else msgspec.convert(dict(record), shape)

    async def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, None when there is none."""
        self._refuse_reading()
        self._note(sql)
        return await self.connection.fetchval(sql + self._mark, *args)

    async def values(self, sql: str, *args: Any) -> list[Any]:
        """The first column of every row."""
        self._refuse_reading()
        self._note(sql)
        return [record[0] for record in await self.connection.fetch(sql + self._mark, *args)]

    async def execute(self, sql: str, *args: Any) -> int:
        """Run a statement; the number of rows it touched (0 inside `together`)."""
        if self._kept_back is not None:
            self._kept_back.append((sql, [args]))
            return 0
        self._note(sql)
        status = await self.connection.execute(sql + self._mark, *args)
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdecimal() else 0

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for many rows in one round trip."""
        if self._kept_back is not None:
            self._kept_back.append((sql, rows))
            return
        self._note(sql)
        await self.connection.executemany(sql + self._mark, rows)

    @asynccontextmanager
    async def together(self) -> AsyncGenerator[None]:
        """Keep the block's writes back and send them in one round trip when it ends.

        None sees what another has written, and no two may change the same row. Plain INSERT, UPDATE and
        DELETE only; reading inside raises `RuntimeError`. Errors of the database come out of the block's end.
        """
        self._refuse_reading()
        kept_back: list[tuple[str, Sequence[Sequence[Any]]]] = []
        self._kept_back = kept_back
        try:
            yield
        finally:
            self._kept_back = None
        single = [(sql, row) for sql, rows in kept_back for row in rows]
        if single:
            self.ahead.end()
        if len(single) > _MOST_TOGETHER:
            for sql, rows in kept_back:
                await self.connection.executemany(sql + self._mark, rows)
        elif single:
            sql = joined(tuple((sql, len(row)) for sql, row in single))
            await self.connection.execute(sql + self._mark, *(value for _, row in single for value in row))

    async def later(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows by one statement whose arguments are arrays, one per column.

        In a batch all rows of a statement are written at its end: only for what nothing in the batch reads.
        """
        if not rows:
            return
        if self._collected is None:
            await self.execute(sql, *_columns(rows))
        else:
            self._collected.setdefault(sql, []).extend(rows)

    @asynccontextmanager
    async def batched(self) -> AsyncGenerator[None]:
        """A block for many things: what is asked `ahead` is read together, `later` written at its end.

        The first other write of the block ends the reading ahead; from there on each question reads anew.
        """
        self._collected, self.ahead = {}, ReadAhead()
        self.ahead.begin()
        try:
            yield
            for sql, rows in self._collected.items():
                await self.connection.execute(sql + self._mark, *_columns(rows))
        finally:
            self._collected = None
            self.ahead.end()

    def _note(self, sql: str) -> None:
        if not sql.lstrip().startswith("SELECT"):
            self.ahead.end()

    def _refuse_reading(self) -> None:
        if self._kept_back is not None:
            raise RuntimeError("writes are kept back: nothing can be read before they are sent")


def _columns(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    return list(zip(*rows, strict=True))


class _ScopedTransaction(PostgresTransaction):
    """What Piccolo looks at to find the connection of the transaction that is open."""

    def __init__(self, engine: "ScopedEngine", connection: Connection) -> None:
        super().__init__(engine)
        self.connection = connection


class ScopedEngine(PostgresEngine):
    """Piccolo's engine, closed but for `transaction(scope)`; constructing it connects to nothing."""

    def __init__(self) -> None:
        super().__init__(config={"database": "huiyin"})
        self.acquire_timeout_s = 5.0
        self.silence_s = SILENCE_S

    async def check_version(self) -> None:
        """Piccolo would open a connection here; the doctor checks the version."""

    async def prep_database(self) -> None:
        """Piccolo would create extensions here; Huiyin needs none."""

    async def open(self, url: str, *, pool_size: int, acquire_timeout: timedelta, application: str) -> None:
        """Start the pool; raises `Unavailable` when the server cannot be reached."""
        self.config = {"dsn": url}
        self.acquire_timeout_s = acquire_timeout.total_seconds()
        try:
            self.pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=pool_size,
                statement_cache_size=STATEMENTS_KEPT,
                command_timeout=self.silence_s,
                init=_prepare_connection,
                reset=_keep_connection,
                server_settings={
                    "application_name": application,
                    "search_path": SCHEMA,
                    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                    "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
                    "timezone": "UTC",
                },
            )
        except (OSError, *CONNECTION_LOST, asyncpg.PostgresError) as error:
            raise not_connected(error) from error

    async def close(self) -> None:
        """Close the pool; connections still busy after five seconds are cut."""
        if self.pool is None:
            return
        pool, self.pool = self.pool, None
        try:
            async with asyncio.timeout(5):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    async def _run_in_pool(self, query: str, args: Sequence[Any] | None = None) -> Any:  # noqa: ARG002  # Piccolo's signature
        raise NoScope(query[:80])

    async def _run_in_new_connection(self, query: str, args: Sequence[Any] | None = None) -> Any:  # noqa: ARG002  # Piccolo's signature
        raise NoScope(query[:80])

    async def get_new_connection(self) -> Any:
        """Refused: a connection without a scope can do nothing."""
        raise NoScope("a connection of its own")


ENGINE = ScopedEngine()


@asynccontextmanager
async def transaction(
    scope: Scope, *, as_of: datetime | None = None, read_only: bool = False
) -> AsyncGenerator[Transaction]:
    """Open a transaction in `scope`; commits at the end of the block, rolls back on any exception.

    `as_of` replaces the transaction's instant (demo history and tests). Raises `Unavailable` (503) when no
    connection is to be had in time, the server goes away, is full, writes no more, or ends a statement that
    takes too long or the transaction for another's sake (a deadlock); `RuntimeError` inside another
    transaction (a service function is one transaction), and for a block that keeps a failed statement to
    itself: PostgreSQL has undone everything then.
    """
    pool = ENGINE.pool
    if pool is None:
        raise NoScope("the engine is not open")
    if ENGINE.current_transaction.get() is not None:
        raise RuntimeError("a transaction is already open in this task")
    try:
        # Waiting with an end costs a timer: one that is idle is had at once.
        wait_s = None if pool.get_idle_size() else ENGINE.acquire_timeout_s
        connection = await pool.acquire(timeout=wait_s)
    except (OSError, *CONNECTION_LOST, asyncpg.PostgresError) as error:
        raise not_connected(error) from error
    token = None
    lost = False
    try:
        await _begin(connection, scope, read_only=read_only)
        token = ENGINE.current_transaction.set(_ScopedTransaction(ENGINE, connection))
        yield Transaction(connection, scope, as_of)
        await _commit(connection)
    except (TimeoutError, *CONNECTION_LOST) as error:
        lost = True
        raise Unavailable("database_unreachable", {"reason": type(error).__name__}) from error
    except Exception as error:
        lost = is_standby(error, read_only=read_only)
        await _roll_back(connection)
        if refusal := not_now(error, read_only=read_only):
            raise refusal from error
        raise
    finally:
        if token is not None:
            ENGINE.current_transaction.reset(token)
        # A cancelled block leaves its transaction open: such a connection is cut, its slot comes back.
        if lost or _in_transaction(connection):
            with contextlib.suppress(asyncpg.InterfaceError):
                connection.terminate()
        await pool.release(connection)


async def _begin(connection: Connection, scope: Scope, *, read_only: bool) -> None:
    try:
        await connection.execute(_opening(scope, read_only=read_only))
    except CONNECTION_LOST:
        raise
    except asyncpg.PostgresError as error:
        raise not_begun(error) from error


async def _commit(connection: Connection) -> None:
    if await connection.execute("COMMIT") != "COMMIT":
        raise RuntimeError("the transaction was undone: a statement had failed, and the block went on")


async def _roll_back(connection: Connection) -> None:
    if _in_transaction(connection):
        with contextlib.suppress(*CONNECTION_LOST):
            await connection.execute("ROLLBACK")


def _in_transaction(connection: Connection) -> bool:
    try:
        return connection.is_in_transaction()
    except asyncpg.InterfaceError:  # the connection broke, and asyncpg has taken it back already
        return False


def _opening(scope: Scope, *, read_only: bool) -> str:
    # Role names come from an enum and ids are integers or UUIDs: nobody else's SQL can get in here.
    parts = ["BEGIN READ ONLY" if read_only else "BEGIN", f"SET LOCAL ROLE {DbRole(scope.role).value}"]
    if scope.oem_id is not None:
        parts.append(f"SET LOCAL app.oem_id = '{int(scope.oem_id)}'")
    if scope.role in {DbRole.DEALER, DbRole.REGION}:
        parts.append(f"SET LOCAL app.dealers = '{','.join(str(int(one)) for one in scope.dealer_ids)}'")
    if scope.case_id is not None:
        parts.append(f"SET LOCAL app.case_id = '{scope.case_id!s}'")
    return ";".join(parts)


async def _prepare_connection(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(data[1:]),
        format="binary",
    )


async def _keep_connection(connection: Connection) -> None:
    """SET LOCAL leaves nothing behind: the usual RESET ALL would be a wasted round trip."""
