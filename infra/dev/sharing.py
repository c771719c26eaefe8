"""One embedded server for several processes: the first one in starts it, the last one out has it stopped."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.dev.keeper import STOP_S, Command
from infra.dev.locks import end_holder, held, is_free, open_lock, try_take
from infra.dev.places import CHECKOUT, ServerError

START_S = 60.0
_POLL_S = 0.02
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A server in `folder`: `prepare` gives the command of a new start, `ready` tells whether it answers."""

    name: str
    folder: Path
    prepare: Callable[[], Command]
    ready: Callable[[], bool]


@contextmanager
def shared(server: EmbeddedServer) -> Generator[None]:
    """Have the server running for the length of the block; raises `ServerError` when it will not run."""
    with held(server.folder / "users.lock", shared=True):
        with held(server.folder / "start.lock"):
            _ensure(server)
        yield
    _wait_unless_used(server.folder)


def _ensure(server: EmbeddedServer) -> None:
    if not is_free(server.folder / "keeper.lock") and _becomes_ready(server):
        return
    for _ in range(_ATTEMPTS):
        # A failed start may be a port that somebody else took meanwhile: `prepare` chooses again.
        _start_keeper(server.prepare())
        if _becomes_ready(server):
            return
    raise ServerError(
        f"{server.name} does not start; its log ends:\n{_last_lines(server.folder / 'server.log')}"
    )


def _start_keeper(command: Command) -> None:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(CHECKOUT)}
    subprocess.run(
        [sys.executable, "-S", "-m", "infra.dev.keeper"],
        input=command.to_json(),
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment,
        cwd=CHECKOUT,
    )


def _becomes_ready(server: EmbeddedServer) -> bool:
    """Wait until the server answers; False once its keeper has given up."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if server.ready():
            return True
        if is_free(server.folder / "keeper.lock"):
            return False
        time.sleep(_POLL_S)
    stop(server.folder)
    return False


def _wait_unless_used(folder: Path) -> None:
    """Return once the keeper has stopped the server, or at once when others use it."""
    deadline = time.monotonic() + STOP_S
    while time.monotonic() < deadline and not is_free(folder / "keeper.lock"):
        with open_lock(folder / "users.lock") as users:
            if not try_take(users) and try_take(users, shared=True):
                return
        time.sleep(_POLL_S)


def stop(folder: Path) -> None:
    """Stop the server of `folder` whoever uses it, and wait for its end."""
    end_holder(folder / "keeper.lock")


def _last_lines(log: Path) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
    except OSError:
        return "(there is no log)"
