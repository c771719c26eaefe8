from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0004_clocks"
VERSION = "1.38.0"
DESCRIPTION = "Clocks, escalations, events and messages"


async def forwards() -> MigrationManager:
    """Clocks, escalations, events and messages."""
    return sql_migration(ID, DESCRIPTION)
