from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0046_earlier_secrets"
VERSION = "1.38.0"
DESCRIPTION = "Every secret renewed less than a day ago stays good"


async def forwards() -> MigrationManager:
    """Every secret renewed less than a day ago stays good."""
    return sql_migration(ID, DESCRIPTION)
