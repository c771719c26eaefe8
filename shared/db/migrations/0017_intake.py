from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0017_intake"
VERSION = "1.38.0"
DESCRIPTION = "All that is captured of a complaint, and merged cases"


async def forwards() -> MigrationManager:
    """All that is captured of a complaint, and merged cases."""
    return sql_migration(ID, DESCRIPTION)
