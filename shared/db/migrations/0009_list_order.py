from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0009_list_order"
VERSION = "1.38.0"
DESCRIPTION = "Order lists by columns a policy lets an index use"


async def forwards() -> MigrationManager:
    """Order lists by columns a policy lets an index use."""
    return sql_migration(ID, DESCRIPTION)
