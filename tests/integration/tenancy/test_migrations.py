"""Migrations go up, down and up again, one at a time, and a failing one leaves nothing behind."""

import asyncio
from pathlib import Path

import asyncpg

from shared.db.migrate import ADVISORY_LOCK, migrate, migrate_back
from tests.support.servers import Database

MIGRATIONS = Path(__file__).resolve().parents[3] / "shared/db/migrations"
IDS = sorted(path.name.removesuffix(".up.sql") for path in MIGRATIONS.glob("*.up.sql"))


async def _schema(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT table_name || '.' || column_name || ' ' || data_type AS line"
            " FROM information_schema.columns"
            " WHERE table_schema = 'app' UNION ALL"
            " SELECT oid::regprocedure::text || ' ' || prosrc FROM pg_proc"
            " WHERE pronamespace = to_regnamespace('app') UNION ALL"
            " SELECT tablename || ' ' || policyname || ' ' || qual FROM pg_policies UNION ALL"
            " SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE c.relnamespace = to_regnamespace('app') AND NOT t.tgisinternal UNION ALL"
            " SELECT grantee || ' ' || privilege_type || ' ' || table_name || '.' || column_name"
            " FROM information_schema.column_privileges WHERE table_schema = 'app' UNION ALL"
            " SELECT indexdef FROM pg_indexes WHERE schemaname = 'app' UNION ALL"
            " SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = to_regnamespace('app') ORDER BY 1"
        )
    finally:
        await connection.close()
    return [row["line"] for row in rows]


async def test_up_down_up_gives_the_same_schema(empty_database: Database) -> None:
    settings = empty_database.owner_settings()
    assert await migrate(settings) == IDS
    first = await _schema(empty_database.owner_url)
    assert first
    await migrate_back(settings, "all")
    assert await _schema(empty_database.owner_url) == []
    assert await migrate(settings) == IDS
    assert await _schema(empty_database.owner_url) == first


async def test_what_customers_have_done_does_not_keep_from_going_back(empty_database: Database) -> None:
    """A demo whose past is half told, say, and an OEM that returns to the version before."""
    settings = empty_database.owner_settings()
    await migrate(settings)
    owner = await asyncpg.connect(empty_database.owner_url)
    try:
        await owner.execute(
            "ALTER TABLE app.audit_entries NO FORCE ROW LEVEL SECURITY;"
            " ALTER TABLE app.oems NO FORCE ROW LEVEL SECURITY;"
            " INSERT INTO app.oems (slug, name, name_en, time_zone, locale, created_at)"
            " VALUES ('one', '一', 'One', 'UTC', 'en', now());"
            " INSERT INTO app.audit_entries"
            " (oem_id, id, at, actor_kind, actor_role, action, entity, entity_id)"
            " SELECT id, gen_random_uuid(), now(), 'customer', 'customer', 'case.survey', 'case', 'x'"
            " FROM app.oems;"
            " ALTER TABLE app.audit_entries FORCE ROW LEVEL SECURITY;"
            " ALTER TABLE app.oems FORCE ROW LEVEL SECURITY"
        )
    finally:
        await owner.close()
    await migrate_back(settings, "all")
    assert await migrate(settings) == IDS


async def test_open_tasks_of_before_make_a_case_wait_for_the_oem(empty_database: Database) -> None:
    """R3.1: what the OEM had to do before it was kept is its own afterwards, too; what is done is not."""
    settings = empty_database.owner_settings()
    await migrate(settings)
    await migrate_back(settings, "0034_waits")
    owner = await asyncpg.connect(empty_database.owner_url)
    try:
        await owner.execute(_TASKS)
        await migrate(settings)
        await owner.execute("ALTER TABLE app.case_tasks NO FORCE ROW LEVEL SECURITY")
        found = await owner.fetch("SELECT title, at_oem FROM app.case_tasks")
    finally:
        await owner.close()
    assert {row["title"] for row in found if row["at_oem"]} == {"of its department", "of its person"}
    assert len(found) == 5


_TASKS = """
ALTER TABLE app.case_tasks NO FORCE ROW LEVEL SECURITY,
    DROP CONSTRAINT case_tasks_oem_id_case_id_fkey, DROP CONSTRAINT case_tasks_oem_id_assignee_id_fkey;
ALTER TABLE app.memberships NO FORCE ROW LEVEL SECURITY,
    DROP CONSTRAINT memberships_oem_id_fkey, DROP CONSTRAINT memberships_account_id_fkey;
INSERT INTO app.memberships (oem_id, id, dealer_id, account_id, role, name, email, locale, created_at)
SELECT 1, md5(role)::uuid, dealer_id, gen_random_uuid(), role, '王', 'wang@example.com', 'en', now()
FROM (VALUES ('head_office', 0), ('advisor', 7)) AS people (role, dealer_id);
INSERT INTO app.case_tasks
    (oem_id, id, dealer_id, case_id, department, assignee_id, title, state, created_at, created_by, ended_at,
     ended_by)
SELECT 1, gen_random_uuid(), 7, gen_random_uuid(), department, md5(assignee)::uuid, title, state, now(), '王',
       CASE WHEN state = 'done' THEN now() END, CASE WHEN state = 'done' THEN '王' END
FROM (VALUES
    ('technical_support', NULL, 'open', 'of its department'),
    ('service', 'head_office', 'open', 'of its person'),
    ('service', NULL, 'open', 'of a department of the dealer'),
    ('technical_support', 'advisor', 'open', 'of a person of the dealer'),
    ('technical_support', NULL, 'done', 'done before')
) AS tasks (department, assignee, state, title);
ALTER TABLE app.case_tasks FORCE ROW LEVEL SECURITY;
ALTER TABLE app.memberships FORCE ROW LEVEL SECURITY;
"""


async def test_each_migration_can_be_undone_alone(empty_database: Database) -> None:
    settings = empty_database.owner_settings()
    await migrate(settings)
    complete = await _schema(empty_database.owner_url)
    for migration_id in reversed(IDS[1:]):
        present = await _schema(empty_database.owner_url)
        await migrate_back(settings, migration_id)
        assert await _schema(empty_database.owner_url) != present
    await migrate(settings)
    assert await _schema(empty_database.owner_url) == complete


async def test_the_newest_migration_can_be_undone_and_done_again(empty_database: Database) -> None:
    """What a migration leaves behind when it is undone keeps it from being done again."""
    settings = empty_database.owner_settings()
    await migrate(settings)
    complete = await _schema(empty_database.owner_url)
    for migration_id in reversed(IDS[-4:]):
        await migrate_back(settings, migration_id)
        await migrate(settings)
        assert await _schema(empty_database.owner_url) == complete


async def test_a_second_run_does_nothing(empty_database: Database) -> None:
    settings = empty_database.owner_settings()
    await migrate(settings)
    assert await migrate(settings) == []


async def test_a_concurrent_migration_waits(empty_database: Database) -> None:
    """Two deployments at once: a connection that holds the lock keeps the second from starting."""
    holder = await asyncpg.connect(empty_database.owner_url)
    try:
        transaction = holder.transaction()
        await transaction.start()
        await holder.execute(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        second = asyncio.create_task(migrate(empty_database.owner_settings()))
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        async with asyncio.timeout(10):
            while not await holder.fetchval(waiting):
                await asyncio.sleep(0.01)
        assert not second.done()
        await transaction.rollback()
        assert await second == IDS
    finally:
        await holder.close()
