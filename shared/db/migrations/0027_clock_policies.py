from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0027_clock_policies"
VERSION = "1.38.0"
DESCRIPTION = (
    "Changes of clock policies that are not published yet, and open cases brought to the one in force"
)


async def forwards() -> MigrationManager:
    """Changes of clock policies that are not published yet, and open cases brought to the one in force."""
    return sql_migration(ID, DESCRIPTION)
