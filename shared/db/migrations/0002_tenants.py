from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0002_tenants"
VERSION = "1.38.0"
DESCRIPTION = "OEMs, regions, dealers, people and policy data"


async def forwards() -> MigrationManager:
    """OEMs, regions, dealers, people and policy data."""
    return sql_migration(ID, DESCRIPTION)
