from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0034_waits"
VERSION = "1.38.0"
DESCRIPTION = "What the OEM is asked for makes a case wait for it"


async def forwards() -> MigrationManager:
    """What the OEM is asked for makes a case wait for it."""
    return sql_migration(ID, DESCRIPTION)
