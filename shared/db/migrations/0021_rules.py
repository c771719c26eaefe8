from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0021_rules"
VERSION = "1.38.0"
DESCRIPTION = "Major complaints, and the forms of a case"


async def forwards() -> MigrationManager:
    """Major complaints, and the forms of a case."""
    return sql_migration(ID, DESCRIPTION)
