"""Which of the database's errors mean "not now"."""

import asyncpg
import pytest

from shared.db.not_now import not_begun, not_connected, not_now

BUSY = (
    asyncpg.TooManyConnectionsError,
    asyncpg.OutOfMemoryError,
    asyncpg.DiskFullError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
AWAY = (
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DatabaseDroppedError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.PostgresIOError,
)


@pytest.mark.parametrize("kind", BUSY)
def test_what_passes_by_itself_is_busy(kind: type[Exception]) -> None:
    for said in (not_now(kind("x"), read_only=False), not_connected(kind("x")), not_begun(kind("x"))):
        assert said is not None
        assert (said.code, said.params) == ("database_busy", {"reason": kind.__name__})


@pytest.mark.parametrize("kind", AWAY)
def test_a_server_that_goes_or_comes_is_unreachable(kind: type[Exception]) -> None:
    said = not_now(kind("x"), read_only=True)
    assert said is not None
    assert said.code == "database_unreachable"


def test_a_refused_login_is_unreachable() -> None:
    for kind in (asyncpg.InvalidPasswordError, asyncpg.InvalidCatalogNameError):
        assert not_connected(kind("x")).code == "database_unreachable"


def test_writing_is_refused_by_a_standby_or_by_ones_own_wish() -> None:
    error = asyncpg.ReadOnlySQLTransactionError("x")
    assert not_now(error, read_only=True) is None
    standby = not_now(error, read_only=False)
    assert standby is not None
    assert standby.code == "database_unreachable"


def test_what_a_statement_did_wrong_is_not_the_servers() -> None:
    for kind in (asyncpg.UniqueViolationError, asyncpg.DataError, asyncpg.UndefinedTableError, ValueError):
        assert not_now(kind("x"), read_only=False) is None
