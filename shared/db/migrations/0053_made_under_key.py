from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0053_made_under_key"
VERSION = "1.38.0"
DESCRIPTION = "A key names whatever was made under it"


async def forwards() -> MigrationManager:
    """A key names whatever was made under it."""
    return sql_migration(ID, DESCRIPTION)
