from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0037_survey_turns"
VERSION = "1.38.0"
DESCRIPTION = "A complainant is asked again after another result of the case his own is handled in"


async def forwards() -> MigrationManager:
    """A complainant is asked again after another result of the case his own is handled in."""
    return sql_migration(ID, DESCRIPTION)
