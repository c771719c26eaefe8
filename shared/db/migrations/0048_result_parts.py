from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0048_result_parts"
VERSION = "1.38.0"
DESCRIPTION = "What was found, the solution and further advice, each by itself"


async def forwards() -> MigrationManager:
    """What was found, the solution and further advice, each by itself."""
    return sql_migration(ID, DESCRIPTION)
