"""`huiyin migrate`."""

import asyncio

import asyncpg
import click

from services.cli.console import OUT, fail
from shared.db.migrate import MigrationFailed, migrate
from shared.settings import OwnerDatabaseSettings


@click.command("migrate")
def command() -> None:
    """Bring the database to the newest schema.

    Uses HUIYIN_DATABASE_OWNER_URL. Safe to repeat and to run on several machines at once.
    """
    settings = OwnerDatabaseSettings.load()
    try:
        ran = asyncio.run(migrate(settings))
    except MigrationFailed as error:
        fail(f"The migration failed, the database is as it was: {error}")
    except (OSError, asyncpg.PostgresError) as error:
        fail(
            f"The database refused: {error}", hint="Is HUIYIN_DATABASE_OWNER_URL right? Try `huiyin doctor`."
        )
    for migration in ran:
        OUT.print(f"[green]ran[/] {migration}")
    if not ran:
        OUT.print("Nothing to do: the schema is the newest.")
