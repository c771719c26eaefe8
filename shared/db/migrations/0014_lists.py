from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0014_lists"
VERSION = "1.38.0"
DESCRIPTION = "Search, tags, saved views and exports of cases"


async def forwards() -> MigrationManager:
    """Search, tags, saved views and exports of cases."""
    return sql_migration(ID, DESCRIPTION)
