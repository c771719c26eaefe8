from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0056_shown_files"
VERSION = "1.38.0"
DESCRIPTION = "Files that are there already may be shown to the customer later"


async def forwards() -> MigrationManager:
    """Files that are there already may be shown to the customer later."""
    return sql_migration(ID, DESCRIPTION)
