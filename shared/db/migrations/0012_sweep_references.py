from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0012_sweep_references"
VERSION = "1.38.0"
DESCRIPTION = "References the sweep need not check"


async def forwards() -> MigrationManager:
    """References the sweep need not check."""
    return sql_migration(ID, DESCRIPTION)
