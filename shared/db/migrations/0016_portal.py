from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0016_portal"
VERSION = "1.38.0"
DESCRIPTION = "The pages of the customer"


async def forwards() -> MigrationManager:
    """The pages of the customer."""
    return sql_migration(ID, DESCRIPTION)
