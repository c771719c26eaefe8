from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0005_reports"
VERSION = "1.38.0"
DESCRIPTION = "Files, report runs, import runs"


async def forwards() -> MigrationManager:
    """Files, report runs, import runs."""
    return sql_migration(ID, DESCRIPTION)
