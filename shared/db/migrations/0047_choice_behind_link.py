from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.db.sqlfiles import sql_migration

ID = "0047_choice_behind_link"
VERSION = "1.38.0"
DESCRIPTION = "The choice behind a message's link is the customer's, not that of one complaint's page"


async def forwards() -> MigrationManager:
    """The choice behind a message's link is the customer's, not that of one complaint's page."""
    return sql_migration(ID, DESCRIPTION)
