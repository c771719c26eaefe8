from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0031_customer_choices"
VERSION = "1.38.0"
DESCRIPTION = "What customers may do without"


async def forwards() -> MigrationManager:
    """What customers may do without."""
    return sql_migration(ID, DESCRIPTION)
