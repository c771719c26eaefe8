from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0050_kept_pauses"
VERSION = "1.38.0"
DESCRIPTION = "Pauses that a promise keeps from an earlier policy"


async def forwards() -> MigrationManager:
    """Pauses that a promise keeps from an earlier policy."""
    return sql_migration(ID, DESCRIPTION)
