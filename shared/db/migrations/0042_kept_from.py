from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0042_kept_from"
VERSION = "1.38.0"
DESCRIPTION = "From which policy a promise was kept"


async def forwards() -> MigrationManager:
    """From which policy a promise was kept."""
    return sql_migration(ID, DESCRIPTION)
