from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0029_messages"
VERSION = "1.38.0"
DESCRIPTION = "Messages that wait for a digest, the morning or a limit"


async def forwards() -> MigrationManager:
    """Messages that wait for a digest, the morning or a limit."""
    return sql_migration(ID, DESCRIPTION)
