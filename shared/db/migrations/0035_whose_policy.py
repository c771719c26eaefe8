from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0035_whose_policy"
VERSION = "1.38.0"
DESCRIPTION = "Whose policy a promise was made by"


async def forwards() -> MigrationManager:
    """Whose policy a promise was made by."""
    return sql_migration(ID, DESCRIPTION)
