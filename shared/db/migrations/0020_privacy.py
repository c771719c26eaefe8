from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0020_privacy"
VERSION = "1.38.0"
DESCRIPTION = "Reveals of personal data, where things were done from, in-app notifications"


async def forwards() -> MigrationManager:
    """Reveals of personal data, where things were done from, in-app notifications."""
    return sql_migration(ID, DESCRIPTION)
