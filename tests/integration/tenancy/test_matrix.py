"""The adversarial matrix (R9.1): every table, every role, every neighbour, every verb."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from shared.db.manifest import TABLES, UNSCOPED, Table, Tenancy
from tests.integration.tenancy.world import MAKERS, Place, World, build, insert
from tests.support.servers import Database

# Policies are checked before keys and constraints, so a refusal is never anything but this.
REFUSED = asyncpg.InsufficientPrivilegeError
LOGIN_OF = {"t_system": "worker"}
ROLES = ("t_dealer", "t_region", "t_oem", "t_portal", "t_auth", "t_platform", "t_system")


@pytest.fixture(scope="module")
async def world(database: Database) -> World:
    owner = await asyncpg.connect(database.owner_url)
    try:
        return await build(owner)
    finally:
        await owner.close()


@pytest.fixture(scope="module")
async def logins(database: Database) -> AsyncIterator[dict[str, asyncpg.Connection]]:
    connections = {
        "app": await asyncpg.connect(database.app_url),
        "worker": await asyncpg.connect(database.worker_url),
    }
    yield connections
    for connection in connections.values():
        await connection.close()


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=sorted(TABLES))
def table(request: pytest.FixtureRequest) -> str:
    return request.param


def test_every_table_of_the_manifest_can_be_tried() -> None:
    assert set(MAKERS) == set(TABLES)


async def test_a_role_does_what_the_manifest_says_and_nothing_else(
    world: World, logins: dict[str, asyncpg.Connection], table: str, role: str
) -> None:
    """R9.1: a dealer sees its own, a region its dealers, head office its OEM, nobody another OEM."""
    connection = logins[LOGIN_OF.get(role, "app")]
    rights = TABLES[table].rights.get(role, "")
    for name, place in world.targets().items():
        within = _within(role, TABLES[table], world, place)
        tried = await _try_all(connection, role, table, world, place)
        expected = {
            "select": "S" in rights and within,
            "insert": "I" in rights and within,
            "update": "U" in rights and "S" in rights and within,
            "delete": "D" in rights and "S" in rights and within,
        }
        assert tried == expected, f"{role} on {table} of {name}"


async def test_a_row_is_never_moved_to_another_tenant(
    world: World, logins: dict[str, asyncpg.Connection], table: str, role: str
) -> None:
    """R9.1: nobody gives a row away, not even its owner."""
    entry = TABLES[table]
    if role in UNSCOPED or entry.tenancy in {Tenancy.OEMS, Tenancy.IDENTITY}:
        pytest.skip("no tenant's row or no tenant's role")
    connection = logins[LOGIN_OF.get(role, "app")]
    moves = {"oem_id": world.other_oem.oem_id}
    if entry.tenancy is Tenancy.DEALER and role != "t_oem":
        moves[entry.dealer_column] = world.other_region.dealer_id
    for column, value in moves.items():
        moved = await _attempt(
            connection, role, world, f"UPDATE app.{table} SET {column} = $1 WHERE {_mine(entry)}", value
        )
        assert moved == 0, f"{role} moved {table}.{column}"


async def test_a_role_without_a_scope_sees_nothing(
    logins: dict[str, asyncpg.Connection], table: str, role: str
) -> None:
    if role in UNSCOPED:
        pytest.skip("has no scope")
    connection = logins["app"]
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"SET LOCAL ROLE {role}")
        # Missing or empty settings: any error will do, an empty answer will not.
        with pytest.raises(asyncpg.PostgresError):
            await connection.fetch(f"SELECT * FROM app.{table}")
    finally:
        await transaction.rollback()


@pytest.mark.parametrize("login", ["app", "worker"])
async def test_a_login_by_itself_sees_nothing(
    logins: dict[str, asyncpg.Connection], login: str, table: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await logins[login].fetch(f"SELECT * FROM app.{table}")


@pytest.mark.parametrize("forbidden", ["t_system", "t_search", "t_identity", "t_tracking", "t_receipts"])
async def test_the_web_login_cannot_become_a_role_that_sees_all(
    logins: dict[str, asyncpg.Connection], forbidden: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await logins["app"].execute(f"SET ROLE {forbidden}")


def _within(role: str, table: Table, world: World, place: Place) -> bool:
    if role in UNSCOPED:
        return True
    same_oem = place.oem_id == world.own.oem_id
    if table.tenancy is Tenancy.OEMS or table.tenancy is Tenancy.OEM or role == "t_oem":
        return same_oem
    if role == "t_region":
        return same_oem and place.region_id == world.own.region_id
    return place is world.own


def _mine(table: Table) -> str:
    if table.tenancy is Tenancy.DEALER:
        return f"{table.dealer_column} = 11"
    return "true"


async def _try_all(
    connection: asyncpg.Connection, role: str, table: str, world: World, place: Place
) -> dict[str, bool]:
    entry = TABLES[table]
    where, column = _where(table, entry, place)
    return {
        "select": await _attempt(connection, role, world, f"SELECT 1 FROM app.{table} WHERE {where}") > 0,
        "insert": await _attempt_insert(connection, role, world, table, place),
        "update": await _attempt(
            connection, role, world, f"UPDATE app.{table} SET {column} = {column} WHERE {where}"
        )
        > 0,
        "delete": await _attempt(connection, role, world, f"DELETE FROM app.{table} WHERE {where}") > 0,
    }


def _where(table: str, entry: Table, place: Place) -> tuple[str, str]:
    if entry.tenancy is Tenancy.OEMS:
        return f"id = {place.oem_id}", "name"
    if entry.tenancy is Tenancy.IDENTITY:
        return "true", next(iter(MAKERS[table](place)))
    if entry.tenancy is Tenancy.OEM:
        return f"oem_id = {place.oem_id}", "oem_id"
    return f"oem_id = {place.oem_id} AND {entry.dealer_column} = {place.dealer_id}", "oem_id"


async def _in_scope(connection: asyncpg.Connection, role: str, world: World) -> None:
    own = world.own
    dealers = {"t_region": "11,12"}.get(role, "11")
    await connection.execute(
        f"SET LOCAL ROLE {role}; SET LOCAL app.oem_id = '{own.oem_id}'; SET LOCAL app.dealers = '{dealers}';"
        f" SET LOCAL app.case_id = '{own.case_id}'"
    )


async def _attempt(connection: asyncpg.Connection, role: str, world: World, sql: str, *args: Any) -> int:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await _in_scope(connection, role, world)
        status = await connection.execute(sql, *args)
        return int(status.rsplit(" ", 1)[-1])
    except REFUSED:
        return 0
    finally:
        await transaction.rollback()


async def _attempt_insert(
    connection: asyncpg.Connection, role: str, world: World, table: str, place: Place
) -> bool:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await _in_scope(connection, role, world)
        await insert(connection, table, MAKERS[table](place))
    except asyncpg.InsufficientPrivilegeError:
        return False
    except asyncpg.UniqueViolationError:
        # The policy let it pass; only the row itself existed.
        return True
    else:
        return True
    finally:
        await transaction.rollback()
