from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0024_pauses"
VERSION = "1.38.0"
DESCRIPTION = "Pauses of promises while a case waits for its customer"


async def forwards() -> MigrationManager:
    """Pauses of promises while a case waits for its customer."""
    return sql_migration(ID, DESCRIPTION)
