"""The process that keeps one embedded server running as long as anybody uses it.

Started by `infra.dev.sharing` with a `Command` as JSON on standard input; it lives in its own session, so
Ctrl-C and a closed terminal do not reach it. Users of the server hold `users.lock` shared. When the keeper
gets that lock alone, nobody is left, however the last user died: it stops the server and ends. A server that
dies is started again.

The server inherits an open `server.lock`: that lock is free once the server and all its children are gone,
and not before. On Linux the server is also told to stop when its keeper dies.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from infra.dev.locks import open_lock, sign, take, try_take
from infra.dev.parent import dies_with_parent

POLL_S = 0.05
STOP_S = 20.0
QUICK_DEATH_S = 5.0
QUICK_DEATHS = 5


@dataclass(frozen=True, slots=True)
class Command:
    """How to run one server, as which account (None: our own), and the files a dead one leaves in the way."""

    folder: str
    argv: list[str]
    text: str
    stop_signal: int
    uid: int | None
    gid: int | None
    leftovers: list[str]

    def to_json(self) -> str:
        """The command as the keeper reads it; it may hold a password, so it never travels by argument."""
        return json.dumps(asdict(self))


class Keeper:
    """Runs one server until nobody uses it or SIGTERM arrives."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.folder = Path(command.folder)
        self.stopping = False

    def run(self) -> int:
        """Keep the server; the exit code is 1 when the server cannot stay alive."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        quick_deaths = 0
        with open_lock(self.folder / "users.lock") as users:
            while quick_deaths < QUICK_DEATHS:
                started = time.monotonic()
                server = self._start()
                if self._watch(server, users):
                    return 0
                quick = time.monotonic() - started < QUICK_DEATH_S
                quick_deaths = quick_deaths + 1 if quick else 0
                time.sleep(0.1 * 2**quick_deaths if quick else 0)
        return 1

    def _stop(self, _signal: int, _frame: object) -> None:
        self.stopping = True

    def _start(self) -> subprocess.Popen[bytes]:
        command = self.command
        with open_lock(self.folder / "server.lock") as lock:
            self._wait_for_predecessor(lock)
            for name in command.leftovers:
                (self.folder / name).unlink(missing_ok=True)
            log = (self.folder / "server.log").open("ab")
            server = subprocess.Popen(
                command.argv,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                pass_fds=[lock.fileno()],
                user=command.uid,
                group=command.gid,
                extra_groups=None if command.uid is None else [],
                start_new_session=True,
                preexec_fn=dies_with_parent(command.stop_signal),  # noqa: PLW1509  # this process has one thread
            )
            log.close()
        (self.folder / "server.pid").write_text(str(server.pid), encoding="ascii")
        assert server.stdin is not None  # noqa: S101  # it was asked for
        with contextlib.suppress(BrokenPipeError):
            server.stdin.write(command.text.encode())
            server.stdin.close()
        return server

    def _wait_for_predecessor(self, lock: IO[str]) -> None:
        """A server whose keeper was killed may live on, or its children may: end it and wait for them."""
        deadline = time.monotonic() + STOP_S
        asked = False
        while not try_take(lock):
            late = time.monotonic() > deadline
            if late or not asked:
                self._signal_predecessor(signal.SIGKILL if late else self.command.stop_signal)
                asked = True
            time.sleep(POLL_S)

    def _signal_predecessor(self, number: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.folder / "server.pid").read_text(encoding="ascii")), number)

    def _watch(self, server: subprocess.Popen[bytes], users: IO[str]) -> bool:
        """True when the server was stopped on purpose, False when it died."""
        while server.poll() is None:
            if self.stopping or try_take(users):
                self._end(server)
                return True
            time.sleep(POLL_S)
        return self.stopping

    def _end(self, server: subprocess.Popen[bytes]) -> None:
        server.send_signal(self.command.stop_signal)
        try:
            server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def main() -> int:
    """Become a daemon holding `keeper.lock`, then keep the server."""
    command = Command(**json.load(sys.stdin))
    lock = open_lock(Path(command.folder) / "keeper.lock")
    take(lock)
    if os.fork():
        # The lock is the child's as well; whoever started us sees it held once we are gone.
        os._exit(0)
    sign(lock)
    return Keeper(command).run()


if __name__ == "__main__":
    sys.exit(main())
