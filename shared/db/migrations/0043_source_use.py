from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0043_source_use"
VERSION = "1.38.0"
DESCRIPTION = "When a source was used, without adding to a column"


async def forwards() -> MigrationManager:
    """When a source was used, without adding to a column."""
    return sql_migration(ID, DESCRIPTION)
