"""File locks between processes. The kernel lets go of them when their holder dies, however it dies."""

import fcntl
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


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock `path`, shared or alone."""
    with open_lock(path) as file:
        return try_take(file)
