from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0018_feeds"
VERSION = "1.38.0"
DESCRIPTION = "Signed webhooks of other systems, telephone calls, exports and imports as jobs"


async def forwards() -> MigrationManager:
    """Signed webhooks of other systems, telephone calls, exports and imports as jobs."""
    return sql_migration(ID, DESCRIPTION)
