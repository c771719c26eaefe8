from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0003_cases"
VERSION = "1.38.0"
DESCRIPTION = "Customers, vehicles, cases, timeline, audit"


async def forwards() -> MigrationManager:
    """Customers, vehicles, cases, timeline, audit."""
    return sql_migration(ID, DESCRIPTION)
