from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0001_roles"
VERSION = "1.38.0"
DESCRIPTION = "Roles, schema and the helper that protects a table"


async def forwards() -> MigrationManager:
    """Roles, schema and the helper that protects a table."""
    return sql_migration(ID, DESCRIPTION)
