from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0011_sweep_index"
VERSION = "1.38.0"
DESCRIPTION = "The index that finds the OEMs with due clocks"


async def forwards() -> MigrationManager:
    """The index that finds the OEMs with due clocks."""
    return sql_migration(ID, DESCRIPTION)
