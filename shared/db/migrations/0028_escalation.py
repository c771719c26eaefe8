from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0028_escalation"
VERSION = "1.38.0"
DESCRIPTION = "More that is promised of a case, some of it several times"


async def forwards() -> MigrationManager:
    """More that is promised of a case, some of it several times."""
    return sql_migration(ID, DESCRIPTION)
