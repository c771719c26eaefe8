"""Rules that keep the way to a distributed database open (docs/adr/0002)."""

import re
from collections.abc import AsyncIterator
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
