"""Which errors of PostgreSQL and asyncpg mean "not now", and what the doors then say."""

from typing import Final

import asyncpg

from shared.errors import Unavailable

CONNECTION_LOST: Final = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.DatabaseDroppedError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
)
"""The server went away, restarts or has ended the session: trying again later may well succeed."""

_BUSY: Final = (
    TimeoutError,
    asyncpg.InsufficientResourcesError,  # connections, memory, disk, locks
    asyncpg.QueryCanceledError,  # statement_timeout, or an operator's hand
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,  # a deadlock, or a standby's conflict
)
_NOT_SET_UP: Final = (asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError)


def not_connected(error: BaseException) -> Unavailable:
    """No connection was to be had: the server is full, away, or refuses the login (a password changed)."""
    return _busy_or_away(error)


def not_begun(error: BaseException) -> Unavailable:
    """A transaction could not be opened: without the migrations' roles the database is not set up yet."""
    if isinstance(error, _NOT_SET_UP):
        return Unavailable("database_not_set_up", {"reason": type(error).__name__})
    return _busy_or_away(error)


def not_now(error: BaseException, *, read_only: bool) -> Unavailable | None:
    """What a failed statement says of the server; None when it says something of the statement itself.

    `read_only`: whether the transaction was opened so. If it was not, the server has become a standby.
    """
    if isinstance(error, _BUSY):
        return _busy_or_away(error)
    if isinstance(error, (*CONNECTION_LOST, asyncpg.PostgresSystemError)) or is_standby(
        error, read_only=read_only
    ):
        return _away(error)
    return None


def is_standby(error: BaseException, *, read_only: bool) -> bool:
    """Whether the server writes no more (a failover): only another connection may find the one that does."""
    return isinstance(error, asyncpg.ReadOnlySQLTransactionError) and not read_only


def _busy_or_away(error: BaseException) -> Unavailable:
    if isinstance(error, _BUSY):
        return Unavailable("database_busy", {"reason": type(error).__name__})
    return _away(error)


def _away(error: BaseException) -> Unavailable:
    return Unavailable("database_unreachable", {"reason": type(error).__name__})
