"""Rules that keep the way to a distributed database open (docs/adr/0002)."""

import importlib
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from shared.db.manifest import TABLES, Tenancy
from tests.support.servers import Database

ROOT = Path(__file__).resolve().parents[3]
TENANT_TABLES = [name for name, entry in TABLES.items() if entry.tenancy in {Tenancy.DEALER, Tenancy.OEM}]


@pytest.fixture(scope="module")
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


async def test_oem_id_comes_first_in_every_key_of_a_tenant_table(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT c.conrelid::regclass::text AS table_name, c.conname, a.attname AS first_column"
        " FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
        " WHERE c.connamespace = 'app'::regnamespace AND c.contype IN ('p', 'u', 'f')"
        " UNION ALL"
        " SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, a.attname"
        " FROM pg_index i JOIN pg_class k ON k.oid = i.indexrelid"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indisunique AND k.relnamespace = 'app'::regnamespace"
    )
    wrong = [
        (row["table_name"], row["conname"])
        for row in rows
        if row["table_name"].removeprefix("app.") in TENANT_TABLES
        and row["first_column"] != "oem_id"
        # A global account is no tenant's row: the reference table is on every node.
        and row["conname"] != "memberships_account_id_fkey"
    ]
    assert wrong == []


async def test_every_tenant_table_carries_oem_id_and_its_dealer(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT table_name, array_agg(column_name::text) AS names FROM information_schema.columns"
        " WHERE table_schema = 'app' GROUP BY table_name"
    )
    columns = {row["table_name"]: set(row["names"]) for row in rows}
    for name in TENANT_TABLES:
        assert "oem_id" in columns[name], name
        if TABLES[name].tenancy is Tenancy.DEALER:
            assert TABLES[name].dealer_column in columns[name], name


async def test_times_are_timestamptz_and_states_are_checked(owner: asyncpg.Connection) -> None:
    naive = await owner.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'app' AND data_type LIKE 'timestamp without%'"
    )
    assert naive == []
    unchecked = await owner.fetch(
        "SELECT c.table_name FROM information_schema.columns c"
        " WHERE c.table_schema = 'app' AND c.column_name = 'state' AND NOT EXISTS ("
        "  SELECT 1 FROM pg_constraint k WHERE k.conrelid = ('app.' || c.table_name)::regclass"
        "  AND k.contype = 'c' AND pg_get_constraintdef(k.oid) LIKE '%state = ANY%')"
    )
    assert unchecked == []


async def test_policies_hold_no_subquery(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch("SELECT qual, with_check FROM pg_policies WHERE schemaname = 'app'")
    assert rows
    assert not [row for row in rows if "SELECT" in f"{row['qual']} {row['with_check']}".upper()]


def test_the_scope_is_never_set_by_set_config() -> None:
    """It would stay on a distributed database's coordinator: elsewhere policies would hide everything."""
    guilty = [
        str(path.relative_to(ROOT))
        for path in [
            *ROOT.glob("shared/**/*.py"),
            *ROOT.glob("services/**/*.py"),
            *ROOT.glob("shared/**/*.sql"),
        ]
        if re.search(r"set_config\(\s*'(role|app\.)", path.read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_foreign_clocks_do_not_enter_the_sweep() -> None:
    """`clock_timestamp()` keeps the due index from being used."""
    source = (ROOT / "shared/sla/firing.py").read_text(encoding="utf-8")
    assert "clock_timestamp" not in source
    assert "statement_timestamp" in source


_NAMES_TENANT = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:app\.)?({'|'.join(TENANT_TABLES)})\b")
_WRITES = re.compile(r"\b(?:INSERT INTO|DELETE FROM|UPDATE \w+ )")
_CLAIMS = re.compile(r"\bFOR (?:NO KEY )?UPDATE\b")
_STABLE = re.compile(
    r"\binterval '|\b(?:age|concat|date_trunc|format|make_interval|to_char)\("
    r"|\w [+-] \$\d+::interval|::timestamptz [+-] \(|(?:timestamp|now)\(\) [+-] [a-z]"
)
_PART = re.compile(
    r"(?:\bWITH(?:\s+RECURSIVE)?|,)\s+(?:\w+)(?:\s*\([\w, ]+\))?\s+AS\s+(?:(?:NOT\s+)?MATERIALIZED\s+)?\("
)
RECURSIVE = {
    "shared.outbox.claim": "the OEMs that have events: read only, of all OEMs; claims are one OEM's",
    "shared.outbox.messages": "the OEMs that have messages: as events",
    "shared.outbox.endpoint_claims": "the endpoints that have messages: as events",
}
"""Who steps through an index from one OEM to the next, and why that may be: elsewhere another query would
find them, for nothing depends on how they are found."""


def sql_constants() -> Iterator[tuple[str, str]]:
    """The SQL of the product as its modules put it together: where it stands, and its text."""
    for path in sorted(ROOT.glob("shared/**/*.py")):
        if "migrations" in path.parts:
            continue
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for name, value in vars(importlib.import_module(module)).items():
            is_whole = isinstance(value, str) and not re.search(r"\{\w+\}", re.sub("'[^']*'", "", value))
            if is_whole and re.match(r"\s*(?:WITH|SELECT|INSERT|UPDATE|DELETE)\s", value):
                yield f"{module}.{name}", value


def parts(sql: str) -> Iterator[str]:
    """The parts of a WITH by themselves, then what is left; a statement without one is its only part."""
    at = 0
    while found := _PART.search(sql, at):
        if sql[at : found.start()].strip() and not sql[at : found.start()].strip().startswith("WITH"):
            break
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        yield sql[found.end() : end - 1]
        at = end
    yield sql[at:]


def test_a_statement_is_taken_to_its_parts() -> None:
    sql = (
        "WITH a AS (SELECT (1)), b (x) AS MATERIALIZED (UPDATE c SET d = 1)"
        " SELECT x, y FROM b, (SELECT 1) AS z"
    )
    assert [each.strip() for each in parts(sql)] == [
        "SELECT (1)",
        "UPDATE c SET d = 1",
        "SELECT x, y FROM b, (SELECT 1) AS z",
    ]
    assert list(parts("SELECT 1")) == ["SELECT 1"]


def test_claims_and_writing_parts_are_one_oems() -> None:
    """Whatever claims or writes rows names the OEM in every part that touches a tenant's table."""
    found = dict(sql_constants())
    changing = {where: sql for where, sql in found.items() if _WRITES.search(sql) or _CLAIMS.search(sql)}
    assert len(changing) > 100
    guilty = [
        (where, part)
        for where, sql in changing.items()
        for part in parts(sql)
        if _NAMES_TENANT.search(part) and "oem_id" not in part
    ]
    assert guilty == []


def test_updates_hold_no_stable_expression_over_columns() -> None:
    """`timestamptz + interval` and the like are refused there: what they would give comes as a parameter."""
    updates = [
        (where, found[0])
        for where, sql in sql_constants()
        for part in parts(sql)
        if (found := re.search(r"(?:^\s*|\bDO )UPDATE\s.*", part, re.DOTALL))
    ]
    assert any("ON CONFLICT" in sql for _, sql in sql_constants())
    assert [(where, update) for where, update in updates if _STABLE.search(update)] == []


async def test_updates_in_functions_hold_none_either(owner: asyncpg.Connection) -> None:
    """Those that look up a secret find a row by its own id, before any OEM is known."""
    rows = await owner.fetch(
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND prosrc ~ 'UPDATE'"
    )
    updates = [
        (row["proname"], update)
        for row in rows
        for update in re.findall(r"\bUPDATE\s+\w+[^;]*\bSET\b[^;]*", row["prosrc"])
    ]
    assert updates
    column = re.compile(r"\b[a-z]+_(?:at|until) [+-] ")
    assert [(name, update) for name, update in updates if column.search(update)] == []


def test_recursion_over_oems_is_for_finding_them_only() -> None:
    """Recursive statements run within one OEM's shard there; each that does not is named, with its reason."""
    recursive = {where: sql for where, sql in sql_constants() if "WITH RECURSIVE" in sql}
    assert {where.rpartition(".")[0] for where in recursive} == set(RECURSIVE)
    assert not [where for where, sql in recursive.items() if _WRITES.search(sql) or _CLAIMS.search(sql)]
