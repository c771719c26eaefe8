"""Bring a database to the newest schema, or back."""

import contextlib
import io
import os
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager

from piccolo.apps.migrations.commands.backwards import run_backwards
from piccolo.apps.migrations.commands.base import MigrationResult
from piccolo.apps.migrations.commands.forwards import run_forwards
from piccolo.apps.migrations.tables import Migration

from shared.db.piccolo_conf import DB
from shared.settings import OwnerDatabaseSettings

# Any fixed number: two migrations of one database at a time wait for each other.
ADVISORY_LOCK = 4_815_162_342


class MigrationFailed(RuntimeError):
    """A migration could not be run; the database is as it was before."""


async def migrate(settings: OwnerDatabaseSettings) -> list[str]:
    """Run every migration that has not run; the ids of those that ran now, in order.

    All run in one transaction under an advisory lock: a crash leaves the database as it was. Raises
    `MigrationFailed`.
    """
    async with _migrating(settings):
        before = set(await Migration.get_migrations_which_ran(app_name="huiyin"))
        _check(await _quietly(run_forwards("huiyin")))
        return sorted(set(await Migration.get_migrations_which_ran(app_name="huiyin")) - before)


async def migrate_back(settings: OwnerDatabaseSettings, migration_id: str) -> None:
    """Undo all migrations down to and including `migration_id` (`all` undoes everything)."""
    async with _migrating(settings):
        _check(await _quietly(run_backwards("huiyin", migration_id=migration_id, auto_agree=True)))


@asynccontextmanager
async def _migrating(settings: OwnerDatabaseSettings) -> AsyncGenerator[None]:
    os.environ["PICCOLO_CONF"] = "shared.db.piccolo_conf"
    DB.config = {"dsn": settings.url}
    async with DB.transaction() as transaction:
        connection = transaction.connection
        await connection.execute("SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '10min'")
        await connection.execute(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        await connection.execute("SELECT set_config('huiyin.app_login', $1, true)", settings.app_login)
        await connection.execute("SELECT set_config('huiyin.worker_login', $1, true)", settings.worker_login)
        await Migration.create_table(if_not_exists=True)
        yield


async def _quietly(run: Awaitable[MigrationResult]) -> MigrationResult:
    # Piccolo prints its progress; what ran is our caller's to tell.
    with contextlib.redirect_stdout(io.StringIO()):
        return await run


def _check(result: MigrationResult) -> None:
    if not result.success:
        raise MigrationFailed(result.message or "the migration runner gave no reason")
