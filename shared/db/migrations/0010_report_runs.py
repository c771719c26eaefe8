from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0010_report_runs"
VERSION = "1.38.0"
DESCRIPTION = "Why a report could not be made; the reports of a month"


async def forwards() -> MigrationManager:
    """Why a report could not be made; the reports of a month."""
    return sql_migration(ID, DESCRIPTION)
