from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0030_channels"
VERSION = "1.38.0"
DESCRIPTION = "Receipts of providers, robots of chat groups, webhooks to other systems"


async def forwards() -> MigrationManager:
    """Receipts of providers, robots of chat groups, webhooks to other systems."""
    return sql_migration(ID, DESCRIPTION)
