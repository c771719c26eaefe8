from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0015_people"
VERSION = "1.38.0"
DESCRIPTION = "Invitations, absences, password resets, profiles, and what an OEM sets for itself"


async def forwards() -> MigrationManager:
    """Invitations, absences, password resets, profiles, and what an OEM sets for itself."""
    return sql_migration(ID, DESCRIPTION)
