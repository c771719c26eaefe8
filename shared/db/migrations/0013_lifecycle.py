from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0013_lifecycle"
VERSION = "1.38.0"
DESCRIPTION = "The whole life of a case: points, plans, tasks, compensation, approvals"


async def forwards() -> MigrationManager:
    """The whole life of a case: points, plans, tasks, compensation, approvals."""
    return sql_migration(ID, DESCRIPTION)
