from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0022_rule_drafts"
VERSION = "1.38.0"
DESCRIPTION = "Changes of rules that are not published yet"


async def forwards() -> MigrationManager:
    """Changes of rules that are not published yet."""
    return sql_migration(ID, DESCRIPTION)
