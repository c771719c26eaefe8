from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0044_unreached"
VERSION = "1.38.0"
DESCRIPTION = "An event for each message to a customer that did not arrive"


async def forwards() -> MigrationManager:
    """An event for each message to a customer that did not arrive."""
    return sql_migration(ID, DESCRIPTION)
