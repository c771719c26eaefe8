from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0021_rules"
VERSION = "1.38.0"
DESCRIPTION = "Major complaints: what was found and what was decided"


async def forwards() -> MigrationManager:
    """Major complaints: what was found and what was decided."""
    return sql_migration(ID, DESCRIPTION)
