from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0032_endpoint_claims"
VERSION = "1.38.0"
DESCRIPTION = "Claims of each endpoint by itself"


async def forwards() -> MigrationManager:
    """Claims of each endpoint by itself."""
    return sql_migration(ID, DESCRIPTION)
