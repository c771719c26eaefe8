"""R9.3: nothing in the audit log is ever changed, whatever role asks."""

import asyncpg
import pytest

from shared.db.manifest import LOGIN_ROLES
from tests.support.servers import Database


@pytest.mark.parametrize("role", sorted(LOGIN_ROLES["app"] | LOGIN_ROLES["worker"]))
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE app.audit_entries SET action = 'nothing'",
        "DELETE FROM app.audit_entries",
        "TRUNCATE app.audit_entries",
    ],
)
async def test_no_role_changes_or_removes_an_entry(database: Database, role: str, sql: str):
    is_of_workers = role not in LOGIN_ROLES["app"]
    connection = await asyncpg.connect(database.worker_url if is_of_workers else database.app_url)
    try:
        await connection.execute("SET app.oem_id = '1'; SET app.dealers = '1'")
        await connection.execute(f"SET ROLE {role}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(sql)
    finally:
        await connection.close()
