"""How the separation of tenants in a database differs from the manifest: for the tests and the doctor.

Each function compares one kind of thing and gives a sentence for each difference, sorted; an empty list is as
it should be. The connection is the owner's; only the catalogues are read.
"""

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import asyncpg

from shared.db.manifest import FUNCTIONS, TABLES, policy_expression

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:  # generic for the type checker only
    Connection = asyncpg.Connection

_VERBS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}
_SEARCH_PATH = ["search_path=app, pg_temp"]


async def all_differences(connection: Connection) -> list[str]:
    """Tables, policies, grants, functions and roles, one after the other."""
    return [
        *await tables(connection),
        *await policies(connection),
        *await grants(connection),
        *await column_grants(connection),
        *await functions(connection),
        *await roles(connection),
    ]


async def tables(connection: Connection) -> list[str]:
    """Tables that one of the two does not know, and those that do not force row level security."""
    rows = await connection.fetch(_TABLES)
    open_ones = [f"{row['relname']} does not force row level security" for row in rows if not row["forced"]]
    live = {f"table {row['relname']}" for row in rows}
    return _differences(live, {f"table {name}" for name in TABLES}) + open_ones


async def policies(connection: Connection) -> list[str]:
    """Row level security policies: one for each role with rights on a table, and what it lets through."""
    live = {
        f"policy of {', '.join(row['roles'])} on {row['tablename']} "
        f"({row['permissive']} {row['cmd']}): {row['qual']} / {row['with_check']}"
        for row in await connection.fetch(_POLICIES)
    }
    expected = {
        f"policy of {role} on {name} (PERMISSIVE ALL): {expression} / {expression}"
        for name, table in TABLES.items()
        for role, verbs in table.rights.items()
        if verbs and (expression := policy_expression(role, table))
    }
    return _differences(live, expected)


async def grants(connection: Connection) -> list[str]:
    """What roles other than the owner may do with whole tables, views and sequences."""
    live = {
        f"{row['privilege_type']} on {row['relname']} for {row['grantee']}"
        for row in await connection.fetch(_GRANTS)
    }
    expected = {
        f"{_VERBS[letter]} on {name} for {role}"
        for name, table in TABLES.items()
        for role, letters in table.rights.items()
        for letter in letters
    }
    return _differences(live, expected)


async def column_grants(connection: Connection) -> list[str]:
    """What roles may do with single columns."""
    live = {
        f"{row['privilege_type']} of {row['relname']}.{row['attname']} for {row['grantee']}"
        for row in await connection.fetch(_COLUMN_GRANTS)
    }
    expected = {
        f"UPDATE of {name}.{column} for {role}"
        for name, table in TABLES.items()
        for role, columns in table.updates.items()
        for column in columns
    }
    return _differences(live, expected)


async def functions(connection: Connection) -> list[str]:
    """Whose rights a function has, who may call it, and that no schema can be slipped under it."""
    rows = await connection.fetch(_FUNCTIONS)
    live = {
        f"function {row['proname']} as {row['runs_as']} for {', '.join(row['executors'])}"
        for row in rows
        if row["executors"] or row["prosecdef"]
    }
    expected = {
        f"function {name} as {function.runs_as} for {', '.join(function.executors)}"
        for name, function in FUNCTIONS.items()
    }
    loose = [
        f"function {row['proname']} does not fix its search_path"
        for row in rows
        if row["prosecdef"] and row["proconfig"] != _SEARCH_PATH
    ]
    return _differences(live, expected) + loose


async def roles(connection: Connection) -> list[str]:
    """Tenant roles are roles and nothing more: no attribute of power, and members of no other role."""
    strong = [
        f"role {row['rolname']} has attributes of power" for row in await connection.fetch(_STRONG_ROLES)
    ]
    nested = [
        f"role {row['member']} may act as {row['granted']}" for row in await connection.fetch(_NESTED_ROLES)
    ]
    return strong + nested


def _differences(live: AbstractSet[str], expected: AbstractSet[str]) -> list[str]:
    return [
        *(f"missing: {what}" for what in sorted(expected - live)),
        *(f"not foreseen: {what}" for what in sorted(live - expected)),
    ]


_TABLES = """
SELECT relname, relrowsecurity AND relforcerowsecurity AS forced FROM pg_class
WHERE relnamespace = to_regnamespace('app') AND relkind IN ('r', 'p')
ORDER BY relname
"""
_POLICIES = "SELECT * FROM pg_policies WHERE schemaname = 'app'"
_GRANTS = """
SELECT c.relname, coalesce(r.rolname, 'PUBLIC') AS grantee, a.privilege_type
FROM pg_class c, aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = to_regnamespace('app') AND c.relkind IN ('r', 'p', 'S', 'v', 'm')
  AND a.grantee <> c.relowner
"""
_COLUMN_GRANTS = """
SELECT c.relname, coalesce(r.rolname, 'PUBLIC') AS grantee, t.attname, a.privilege_type
FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid,
     aclexplode(t.attacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = to_regnamespace('app')
"""
# Without an ACL of its own a function may be called by everybody.
_FUNCTIONS = """
SELECT p.proname, p.prosecdef, p.proconfig,
       CASE WHEN p.prosecdef THEN pg_get_userbyid(p.proowner)::text ELSE 'invoker' END AS runs_as,
       array(SELECT coalesce(r.rolname, 'PUBLIC')::text
             FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
             LEFT JOIN pg_roles r ON r.oid = a.grantee
             WHERE a.grantee <> p.proowner ORDER BY 1) AS executors
FROM pg_proc p WHERE p.pronamespace = to_regnamespace('app')
ORDER BY p.proname
"""
_STRONG_ROLES = """
SELECT rolname FROM pg_roles WHERE rolname LIKE 't\\_%'
  AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin)
ORDER BY rolname
"""
_NESTED_ROLES = """
SELECT member.rolname AS member, granted.rolname AS granted FROM pg_auth_members m
JOIN pg_roles member ON member.oid = m.member JOIN pg_roles granted ON granted.oid = m.roleid
WHERE member.rolname LIKE 't\\_%'
ORDER BY 1, 2
"""
