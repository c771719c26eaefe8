from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0007_case_indexes"
VERSION = "1.38.0"
DESCRIPTION = "Lists of cases by what is due, candidates for major complaints, prefix search"


async def forwards() -> MigrationManager:
    """Lists of cases by what is due, candidates for major complaints, prefix search."""
    return sql_migration(ID, DESCRIPTION)
