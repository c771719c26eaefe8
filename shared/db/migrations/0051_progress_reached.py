from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0051_progress_reached"
VERSION = "1.38.0"
DESCRIPTION = "Word of the progress that arrives after all keeps its promise"


async def forwards() -> MigrationManager:
    """Word of the progress that arrives after all keeps its promise."""
    return sql_migration(ID, DESCRIPTION)
