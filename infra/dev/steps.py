"""Running the programs of the set-up, telling what takes time, and remembering what is done."""

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.dev.parent import dies_with_parent
from infra.dev.places import CHECKOUT

_LINES_SHOWN = 30


class SetupError(RuntimeError):
    """The set-up cannot go on; the message tells what to do."""


def say(text: str) -> None:
    """One line for the person waiting."""
    print(text, flush=True)


def run(
    what: str,
    argv: list[str | Path],
    *,
    folder: Path = CHECKOUT,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a program to its end, telling `what` it is for; raises `SetupError` with the end of its output."""
    print(f"{what} … ", end="", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        # Two runs of pip must not meet in one environment, not even when the first set-up was killed.
        preexec_fn=dies_with_parent(signal.SIGKILL),
    )
    if done.returncode != 0:
        say("failed")
        output = "\n".join(done.stdout.splitlines()[-_LINES_SHOWN:])
        raise SetupError(f"{' '.join(map(str, argv))}\n{output}")
    say(f"{time.monotonic() - started:.0f} s")


def digest(parts: Iterable[bytes]) -> str:
    """A short key of some contents, in order."""
    result = hashlib.sha256()
    for part in parts:
        result.update(hashlib.sha256(part).digest())
    return result.hexdigest()[:32]


def is_done(stamp: Path, key: str) -> bool:
    """Whether `stamp` tells that the step was done for the very same contents."""
    try:
        return stamp.read_text(encoding="ascii") == key
    except OSError:
        return False


def mark_done(stamp: Path, key: str) -> None:
    """Remember a step, in one step of its own: an interrupted set-up is never taken for a finished one."""
    unfinished = stamp.with_name(f"{stamp.name}.{os.getpid()}")
    unfinished.write_text(key, encoding="ascii")
    unfinished.rename(stamp)
