from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0023_mergers"
VERSION = "1.38.0"
DESCRIPTION = "What customers see of mergers, and related cases"


async def forwards() -> MigrationManager:
    """What customers see of mergers, and related cases."""
    return sql_migration(ID, DESCRIPTION)
