from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0041_whose_calendar"
VERSION = "1.38.0"
DESCRIPTION = "Whose calendar a promise was counted by"


async def forwards() -> MigrationManager:
    """Whose calendar a promise was counted by."""
    return sql_migration(ID, DESCRIPTION)
