"""What is written down is what the database holds: Table classes, policies, grants, roles, functions."""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from piccolo.columns import Array
from piccolo.columns.base import Column
from piccolo.table import Table as PiccoloTable

import shared
from shared.db import drift
from shared.db.manifest import LOGIN_ROLES
from tests.support.servers import Database

Compare = Callable[[asyncpg.Connection], Awaitable[list[str]]]
PICCOLO_TO_POSTGRES = {
    "Text": "text",
    "UUID": "uuid",
    "Integer": "int4",
    "BigInt": "int8",
    "SmallInt": "int2",
    "Boolean": "bool",
    "Timestamptz": "timestamptz",
    "Date": "date",
    "DoublePrecision": "float8",
    "JSONB": "jsonb",
    "Bytea": "bytea",
}


@pytest.fixture(scope="module")
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


def _table_classes() -> dict[str, type[PiccoloTable]]:
    for module in pkgutil.walk_packages(shared.__path__, "shared."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)
    return {
        table._meta.tablename: table for table in PiccoloTable.__subclasses__() if table._meta.schema == "app"
    }


def _type_of(column: Column) -> str:
    if isinstance(column, Array):
        return "_" + _type_of(column.base_column)
    return PICCOLO_TO_POSTGRES[type(column).__name__]


async def test_table_classes_equal_the_live_schema(owner: asyncpg.Connection) -> None:
    live: dict[str, dict[str, tuple[str, bool]]] = {}
    for row in await owner.fetch(
        "SELECT table_name, column_name, udt_name, is_nullable = 'YES' AS nullable"
        " FROM information_schema.columns WHERE table_schema = 'app'"
    ):
        live.setdefault(row["table_name"], {})[row["column_name"]] = (row["udt_name"], row["nullable"])
    classes = {
        name: {
            column._meta.db_column_name: (_type_of(column), column._meta.null)
            for column in table._meta.columns
        }
        for name, table in _table_classes().items()
    }
    assert classes == live


@pytest.mark.parametrize(
    "compare",
    [drift.tables, drift.policies, drift.grants, drift.column_grants, drift.functions, drift.roles],
    ids=lambda compare: compare.__name__,
)
async def test_the_database_separates_tenants_as_the_manifest_says(
    owner: asyncpg.Connection, compare: Compare
) -> None:
    assert await compare(owner) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("CREATE TABLE app.extra (id int)", "not foreseen: table extra"),
        ("ALTER TABLE app.cases NO FORCE ROW LEVEL SECURITY", "cases does not force row level security"),
        ("ALTER TABLE app.cases DISABLE ROW LEVEL SECURITY", "cases does not force row level security"),
        (
            "CREATE POLICY wide ON app.cases TO t_dealer USING (true)",
            "not foreseen: policy of t_dealer on cases",
        ),
        ("DROP POLICY t_dealer ON app.cases", "missing: policy of t_dealer on cases"),
        ("ALTER POLICY t_dealer ON app.cases USING (true)", "not foreseen: policy of t_dealer on cases"),
        ("GRANT DELETE ON app.cases TO t_dealer", "not foreseen: DELETE on cases for t_dealer"),
        ("GRANT SELECT ON app.cases TO PUBLIC", "not foreseen: SELECT on cases for PUBLIC"),
        ("REVOKE SELECT ON app.cases FROM t_oem", "missing: SELECT on cases for t_oem"),
        ("GRANT SELECT (id) ON app.sessions TO t_dealer", "not foreseen: SELECT of sessions.id for t_dealer"),
        ("GRANT SELECT (id) ON app.sessions TO PUBLIC", "not foreseen: SELECT of sessions.id for PUBLIC"),
        (
            "CREATE FUNCTION app.peek() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
            "function peek does not fix its search_path",
        ),
        ("GRANT t_oem TO t_dealer", "role t_dealer may act as t_oem"),
        ("ALTER ROLE t_dealer LOGIN", "role t_dealer has attributes of power"),
    ],
)
async def test_every_way_out_of_the_manifest_is_told(
    owner: asyncpg.Connection, statement: str, told: str
) -> None:
    change = owner.transaction()
    await change.start()
    try:
        await owner.execute(statement)
        differences = await drift.all_differences(owner)
    finally:
        await change.rollback()
    assert [sentence for sentence in differences if sentence.startswith(told)] != [], differences


async def test_logins_may_become_the_roles_of_the_manifest_only(
    owner: asyncpg.Connection, database: Database
) -> None:
    settings = database.owner_settings()
    for login, roles in (
        (settings.app_login, LOGIN_ROLES["app"]),
        (settings.worker_login, LOGIN_ROLES["worker"]),
    ):
        rows = await owner.fetch(
            "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
            " WHERE m.member = $1::regrole",
            login,
        )
        assert {row["rolname"] for row in rows} == roles
        attributes = await owner.fetchrow(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = $1",
            login,
        )
        assert not any(attributes)
