"""What is written down is what the database holds: Table classes, policies, grants, roles, functions."""

import importlib
import pkgutil
from collections.abc import AsyncIterator

import asyncpg
import pytest
from piccolo.columns import Array
from piccolo.columns.base import Column
from piccolo.table import Table as PiccoloTable

import shared
from shared.db.manifest import FUNCTIONS, LOGIN_ROLES, TABLES, policy_expression
from tests.support.servers import Database

VERBS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}
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


async def test_every_table_is_in_the_manifest_and_forces_row_security(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT relname, relrowsecurity AND relforcerowsecurity AS forced FROM pg_class"
        " WHERE relnamespace = 'app'::regnamespace AND relkind = 'r'"
    )
    assert {row["relname"]: row["forced"] for row in rows} == dict.fromkeys(TABLES, True)


async def test_policies_are_those_of_the_manifest(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch("SELECT * FROM pg_policies WHERE schemaname = 'app'")
    live = {(row["tablename"], row["roles"][0]): row for row in rows}
    expected = {
        (name, role) for name, table in TABLES.items() for role, verbs in table.rights.items() if verbs
    }
    assert set(live) == expected
    assert len(rows) == len(expected)
    for (name, role), row in live.items():
        expression = policy_expression(role, TABLES[name])
        assert row["qual"] == expression, f"{role} on {name}"
        assert row["with_check"] == expression, f"{role} on {name}"
        assert (row["cmd"], row["permissive"]) == ("ALL", "PERMISSIVE")


async def test_grants_are_those_of_the_manifest(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT c.relname, coalesce(r.rolname, 'PUBLIC') AS grantee, a.privilege_type"
        " FROM pg_class c, aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee"
        " WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('r', 'S', 'v', 'm')"
        " AND a.grantee <> c.relowner"
    )
    live = {(row["relname"], row["grantee"], row["privilege_type"]) for row in rows}
    expected = {
        (name, role, VERBS[letter])
        for name, table in TABLES.items()
        for role, letters in table.rights.items()
        for letter in letters
    }
    assert live == expected


async def test_column_grants_are_those_of_the_manifest(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT c.relname, r.rolname, t.attname, a.privilege_type"
        " FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid, aclexplode(t.attacl) a"
        " JOIN pg_roles r ON r.oid = a.grantee"
        " WHERE c.relnamespace = 'app'::regnamespace"
    )
    live = {(row["relname"], row["rolname"], row["attname"], row["privilege_type"]) for row in rows}
    assert live == {
        (name, role, column, "UPDATE")
        for name, table in TABLES.items()
        for role, columns in table.updates.items()
        for column in columns
    }


async def test_functions_run_as_and_for_whom_the_manifest_says(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT p.proname, p.prosecdef, pg_get_userbyid(p.proowner) AS owner, p.proconfig,"
        " array(SELECT coalesce(r.rolname, 'PUBLIC') FROM aclexplode(p.proacl) a"
        "       LEFT JOIN pg_roles r ON r.oid = a.grantee"
        "       WHERE a.grantee <> p.proowner ORDER BY 1) AS executors"
        " FROM pg_proc p WHERE p.pronamespace = 'app'::regnamespace"
    )
    live = {
        row["proname"]: (row["owner"] if row["prosecdef"] else "invoker", tuple(row["executors"]))
        for row in rows
        if row["executors"] or row["prosecdef"]
    }
    assert live == {name: (function.runs_as, function.executors) for name, function in FUNCTIONS.items()}
    for row in rows:
        if row["prosecdef"]:
            assert row["proconfig"] == ["search_path=app, pg_temp"], row["proname"]


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


async def test_no_tenant_role_is_more_than_a_role(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 't\\_%'"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin)"
    )
    assert rows == []
