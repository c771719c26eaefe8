"""Who may call the functions of sign-in, and what they give away (R9.1)."""

import asyncpg
import pytest

from shared.db.engine import transaction
from shared.db.manifest import FUNCTIONS
from shared.tenancy import Scope
from tests.support.servers import Database

SIGN_IN = sorted(name for name in FUNCTIONS if name.startswith("auth_"))


@pytest.mark.parametrize(
    "scope",
    [Scope.dealer(1, 1), Scope.region(1, (1,)), Scope.oem(1), Scope.platform()],
    ids=lambda scope: scope.role.value,
)
async def test_no_other_role_looks_people_up(scope: Scope) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(scope) as tx:
            await tx.execute("SELECT * FROM auth_find_account('a@example.com')")


async def test_sign_in_reads_no_table() -> None:
    for table in ("accounts", "memberships", "sessions", "api_keys", "sign_in_attempts", "oems", "cases"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(Scope.auth()) as tx:
                await tx.execute(f"SELECT 1 FROM {table}")


async def test_the_functions_act_as_a_role_nobody_can_become(database: Database) -> None:
    connection = await asyncpg.connect(database.owner_url)
    try:
        rows = await connection.fetch(
            "SELECT proname, proowner::regrole::text AS owner, prosecdef, proconfig FROM pg_proc"
            " WHERE pronamespace = 'app'::regnamespace AND proname LIKE 'auth\\_%'"
        )
        assert sorted(row["proname"] for row in rows) == SIGN_IN
        for row in rows:
            assert (row["owner"], row["prosecdef"]) == ("t_identity", True)
            assert row["proconfig"] == ["search_path=app, pg_temp"]
        creates = await connection.fetchval("SELECT has_schema_privilege('t_identity', 'app', 'CREATE')")
        assert not creates
    finally:
        await connection.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(Scope.auth()) as tx:
            await tx.execute("SET ROLE t_identity")
