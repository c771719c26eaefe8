"""File locks between processes. The kernel lets go of them when their holder dies, however it dies."""

import contextlib
import fcntl
import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def open_lock(path: Path) -> IO[str]:
    """The lock file `path`, made when missing; closing it gives up the lock."""
    return path.open("a+", encoding="ascii")


def take(file: IO[str], *, shared: bool = False) -> None:
    """Wait for the lock."""
    fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


def try_take(file: IO[str], *, shared: bool = False) -> bool:
    """Take the lock if that is possible at once."""
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def held(path: Path, *, shared: bool = False) -> Generator[None]:
    """Hold the lock `path` for the length of the block; waits for it."""
    with open_lock(path) as file:
        take(file, shared=shared)
        yield


class AlreadyHeldError(RuntimeError):
    """Another process is what only one may be; `pid` tells which."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"already running: process {path.read_text(encoding='ascii') or '?'} ({path})")


@contextmanager
def sole(path: Path) -> Generator[None]:
    """Be the only process in this block; raises `AlreadyHeldError` when another one is."""
    with open_lock(path) as file:
        if not try_take(file):
            raise AlreadyHeldError(path)
        sign(file)
        yield


def sign(file: IO[str]) -> None:
    """Write our process id into a lock we hold, for `end_holder`."""
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()


def end_holder(path: Path) -> None:
    """Tell the process that holds (and signed) the lock to stop, and wait until it is gone."""
    if not path.exists() or is_free(path):
        return
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(path.read_text(encoding="ascii")), signal.SIGTERM)
    with held(path):
        return


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock `path`, shared or alone."""
    with open_lock(path) as file:
        return try_take(file)
