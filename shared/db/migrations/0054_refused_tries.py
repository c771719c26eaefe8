from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0054_refused_tries"
VERSION = "1.38.0"
DESCRIPTION = "A refused try leaves no row behind"


async def forwards() -> MigrationManager:
    """A refused try leaves no row behind."""
    return sql_migration(ID, DESCRIPTION)
