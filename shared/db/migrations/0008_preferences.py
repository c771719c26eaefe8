from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0008_preferences"
VERSION = "1.38.0"
DESCRIPTION = "Language and time zone, chosen by their person"


async def forwards() -> MigrationManager:
    """Language and time zone, chosen by their person."""
    return sql_migration(ID, DESCRIPTION)
