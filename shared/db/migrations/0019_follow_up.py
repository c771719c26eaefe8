from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0019_follow_up"
VERSION = "1.38.0"
DESCRIPTION = "Surveys and follow-up calls"


async def forwards() -> MigrationManager:
    """Surveys and follow-up calls."""
    return sql_migration(ID, DESCRIPTION)
