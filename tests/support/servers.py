"""Fixtures: PostgreSQL and Valkey, shared by all test processes of this checkout, and databases of one's own.

A database is a copy of a template that is migrated once per state of the migrations. With
`HUIYIN_DATABASE_OWNER_URL` and its companions set, the tests use that server instead (its owner has to be
allowed to create databases and roles); with `HUIYIN_REDIS_URL` set, they use and empty databases 1 to 15 of
that one.
"""

import asyncio
import hashlib
import itertools
import os
import re
import shutil
from collections.abc import Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import pytest
import redis

from infra.dev import servers as dev
from infra.dev.locks import held, open_lock, try_take
from infra.dev.places import STATE, data_folder, make_folder, unprivileged_account
from infra.dev.servers import Servers
from shared.db.migrate import migrate
from shared.settings import OwnerDatabaseSettings

Value = TypeVar("Value")

_LOCKS = STATE / "test"
_TEMPLATES_KEPT = 8
_REDIS_DATABASES = range(1, 16)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the test server, as its three logins reach it."""

    name: str
    owner_url: str
    app_url: str
    worker_url: str

    def owner_settings(self) -> OwnerDatabaseSettings:
        """What the migrations take."""
        app_login, worker_login = urlsplit(self.app_url).username, urlsplit(self.worker_url).username
        return OwnerDatabaseSettings(self.owner_url, app_login or "", worker_login or "")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and Redis, running for this session."""
    with dev.running("test") as running:
        if running.postgres_embedded:
            _run(_drop_abandoned(running))
        yield running


@pytest.fixture(scope="session")
def template(servers: Servers) -> str:
    """The name of a migrated database to copy; built when no test process has built it yet."""
    return build_template(servers)


@pytest.fixture(scope="module")
def database(servers: Servers, template: str) -> Iterator[Database]:
    """A migrated database of this test module's own."""
    with new_database(servers, template) as made:
        yield made


@pytest.fixture
def fresh_database(servers: Servers, template: str) -> Iterator[Database]:
    """A migrated database of this test's own."""
    with new_database(servers, template) as made:
        yield made


@pytest.fixture
def empty_database(servers: Servers) -> Iterator[Database]:
    """A database of this test's own in which no migration has run; no other process migrates meanwhile."""
    with held(_LOCKS / "migrations.lock"), new_database(servers, "template0") as made:
        yield made


@pytest.fixture(scope="session")
def redis_number() -> Iterator[int]:
    """The number of a Redis database that no other test process uses."""
    make_folder(_LOCKS)
    for number in _REDIS_DATABASES:
        with open_lock(_LOCKS / f"redis-{number}.lock") as lock:
            if try_take(lock):
                yield number
                return
    pytest.fail("every Redis database is in use by another test process")


@pytest.fixture(scope="module")
def redis_url(servers: Servers, redis_number: int) -> str:
    """A Redis database of this test module's own, empty at first."""
    url = urlsplit(servers.redis_url)._replace(path=f"/{redis_number}").geturl()
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def private_servers() -> Iterator[Servers]:
    """Servers of this test's own, to be killed and emptied; the database is not migrated."""
    place = f"test-{os.getpid()}-{next(_numbers)}"
    with dev.private(place) as running:
        yield running
    shutil.rmtree(data_folder(place, unprivileged_account()))


@contextmanager
def new_database(servers: Servers, template: str) -> Generator[Database]:
    """A copy of `template`, dropped afterwards whoever is still connected."""
    name = f"huiyin_test_{os.getpid()}_{next(_numbers)}"
    _run(_execute(servers.postgres_owner_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield _database(servers, name)
    _run(_execute(servers.postgres_owner_url, f"DROP DATABASE {name} WITH (FORCE)"))


def build_template(servers: Servers) -> str:
    """Make the migrated template unless it exists; its name tells the state of the migrations."""
    name = f"huiyin_template_{_migrations_key()}"
    make_folder(_LOCKS)
    with held(_LOCKS / "migrations.lock"):
        if not _run(_exists(servers.postgres_owner_url, name)):
            unfinished = _database(servers, f"{name}_new")
            _run(
                _execute(
                    servers.postgres_owner_url, f"DROP DATABASE IF EXISTS {unfinished.name} WITH (FORCE)"
                )
            )
            _run(
                _execute(servers.postgres_owner_url, f"CREATE DATABASE {unfinished.name} TEMPLATE template0")
            )
            _run(migrate(unfinished.owner_settings()))
            _run(_execute(servers.postgres_owner_url, f"ALTER DATABASE {unfinished.name} RENAME TO {name}"))
            _run(_execute(servers.postgres_owner_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
            _run(_drop_old_templates(servers.postgres_owner_url))
    return name


def _migrations_key() -> str:
    folder = Path(__file__).resolve().parents[2] / "shared" / "db"
    digest = hashlib.sha256()
    for file in [*sorted(folder.glob("migrations/*.*")), folder / "migrate.py", folder / "sqlfiles.py"]:
        if file.is_file():
            digest.update(f"{file.name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _database(servers: Servers, name: str) -> Database:
    owner, app, worker = (
        urlsplit(url)._replace(path=f"/{name}").geturl()
        for url in (servers.postgres_owner_url, servers.postgres_app_url, servers.postgres_worker_url)
    )
    return Database(name, owner, app, worker)


def _run(work: Coroutine[Any, Any, Value]) -> Value:
    # In a thread of its own: the session's event loop may be set up already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _exists(url: str, name: str) -> bool:
    return name in await _names(url, name)


async def _names(url: str, pattern: str) -> list[str]:
    """Databases whose name is LIKE `pattern`, newest first."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT datname FROM pg_database WHERE datname LIKE $1 ORDER BY oid DESC", pattern
        )
    finally:
        await connection.close()
    return [row["datname"] for row in rows]


async def _drop_old_templates(url: str) -> None:
    for name in (await _names(url, "huiyin\\_template\\_%"))[_TEMPLATES_KEPT:]:
        await _execute(url, f"DROP DATABASE IF EXISTS {name}")


async def _drop_abandoned(servers: Servers) -> None:
    """Databases of test processes that were killed."""
    for name in await _names(servers.postgres_owner_url, "huiyin\\_test\\_%"):
        owner = re.match(r"huiyin_test_(\d+)_", name)
        if owner and not _lives(int(owner[1])):
            await _execute(servers.postgres_owner_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
