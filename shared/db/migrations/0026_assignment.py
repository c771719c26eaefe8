from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0026_assignment"
VERSION = "1.38.0"
DESCRIPTION = "What people can do and when they are on duty, for assigning cases by rule"


async def forwards() -> MigrationManager:
    """What people can do and when they are on duty, for assigning cases by rule."""
    return sql_migration(ID, DESCRIPTION)
