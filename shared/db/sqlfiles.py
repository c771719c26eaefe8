"""Migrations are `.sql` files; this runs them inside Piccolo's runner.

Piccolo's `raw()` refuses several statements and reads braces as placeholders, so the text goes to the
migration transaction's own connection.
"""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.piccolo_conf import DB

MIGRATIONS = Path(__file__).parent / "migrations"


def sql_migration(name: str, description: str) -> MigrationManager:
    """A migration made of `<name>.up.sql` and `<name>.down.sql` beside it."""
    manager = MigrationManager(migration_id=name, app_name="huiyin", description=description)

    # The runner awaits only what is declared `async def`.
    async def up() -> None:
        await _run_file(f"{name}.up.sql")

    async def down() -> None:
        await _run_file(f"{name}.down.sql")

    manager.add_raw(up)
    manager.add_raw_backwards(down)
    return manager


async def _run_file(file_name: str) -> None:
    transaction = DB.current_transaction.get()
    if transaction is None:
        raise RuntimeError("a migration runs inside a transaction")
    sql = (MIGRATIONS / file_name).read_text(encoding="utf-8")
    await transaction.connection.execute(sql)
