from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0025_call_checks"
VERSION = "1.38.0"
DESCRIPTION = "Checks of follow-up calls"


async def forwards() -> MigrationManager:
    """Checks of follow-up calls."""
    return sql_migration(ID, DESCRIPTION)
