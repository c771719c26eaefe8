from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0006_identity"
VERSION = "1.38.0"
DESCRIPTION = "Sessions, API keys, sign-in attempts and the functions of sign-in"


async def forwards() -> MigrationManager:
    """Sessions, API keys, sign-in attempts and the functions of sign-in."""
    return sql_migration(ID, DESCRIPTION)
