from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0045_tries"
VERSION = "1.38.0"
DESCRIPTION = "Messages are tried until they expire"


async def forwards() -> MigrationManager:
    """Messages are tried until they expire."""
    return sql_migration(ID, DESCRIPTION)
