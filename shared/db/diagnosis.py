"""What the owner's login can see of the state of a database, for the doctor."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import asyncpg

from shared.db import drift
from shared.errors import Unavailable

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:  # generic for the type checker only
    Connection = asyncpg.Connection

PATIENCE_S = 10.0


@asynccontextmanager
async def diagnosing(owner_url: str) -> AsyncGenerator["Diagnosis"]:
    """A connection of the owner's login; raises `Unavailable` (`database_unreachable`)."""
    try:
        connection = await asyncpg.connect(owner_url, timeout=PATIENCE_S, command_timeout=PATIENCE_S)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError) as error:
        raise Unavailable("database_unreachable", {"reason": type(error).__name__}) from error
    try:
        yield Diagnosis(connection)
    finally:
        await connection.close()


class Diagnosis:
    """Questions to the catalogues; none changes anything."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def version(self) -> tuple[int, str]:
        """The server's major version, and the whole of it as text."""
        return self._connection.get_server_version().major, self._connection.get_settings().server_version

    async def clock(self) -> datetime:
        """The server's present instant."""
        return await self._connection.fetchval("SELECT clock_timestamp()")

    async def migrations(self) -> frozenset[str]:
        """The migrations that have run; none in a database that was never migrated."""
        if await self._connection.fetchval("SELECT to_regclass('public.migration')") is None:
            return frozenset()
        sql = "SELECT name FROM public.migration WHERE app_name = 'huiyin'"
        return frozenset(row["name"] for row in await self._connection.fetch(sql))

    async def is_strong(self, login: str) -> bool | None:
        """Whether an attribute of the role itself breaks the separation of tenants; None: no such role."""
        return await self._connection.fetchval(_STRONG, login)

    async def roles_of(self, login: str) -> frozenset[str]:
        """The roles a login may become."""
        return frozenset(row["role"] for row in await self._connection.fetch(_ROLES, login))

    async def tables_open_to(self, login: str) -> list[str]:
        """Tables and views that a login owns or may use without becoming a tenant role."""
        return [row["relname"] for row in await self._connection.fetch(_OWN_RIGHTS, login)]

    async def differences(self) -> list[str]:
        """How tables, policies, grants, functions and roles differ from the manifest, a sentence for each."""
        return await drift.all_differences(self._connection)

    async def tables_without_row_security(self) -> list[str]:
        """Tables on which row level security is not on, or not forced on the owner."""
        return [row["relname"] for row in await self._connection.fetch(_UNPROTECTED)]


_STRONG = """
SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
FROM pg_roles WHERE rolname = $1
"""
_ROLES = """
SELECT granted.rolname AS role FROM pg_auth_members m
JOIN pg_roles granted ON granted.oid = m.roleid
JOIN pg_roles login ON login.oid = m.member
WHERE login.rolname = $1
"""
_OWN_RIGHTS = """
SELECT c.relname FROM pg_class c JOIN pg_roles login ON login.rolname = $1
WHERE c.relnamespace = to_regnamespace('app') AND c.relkind IN ('r', 'p', 'v', 'm')
  AND (c.relowner = login.oid
       OR has_table_privilege(login.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'))
ORDER BY 1
"""
_UNPROTECTED = """
SELECT relname FROM pg_class
WHERE relnamespace = to_regnamespace('app') AND relkind IN ('r', 'p')
  AND NOT (relrowsecurity AND relforcerowsecurity)
ORDER BY 1
"""
