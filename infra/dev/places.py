"""Where the embedded servers keep their data, and the account they run under.

Normally everything lies in `.huiyin/` of the checkout. PostgreSQL refuses to run as root, so root hands the
servers to an unprivileged account; when that account cannot reach the checkout (it lies under a private home,
say), data and programs move to a system folder named after the checkout. No account is made and no folder of
others is changed. Standard library only: `make clean` works without the virtual environment.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["demo", "test"]

CHECKOUT = Path(__file__).resolve().parents[2]
STATE = CHECKOUT / ".huiyin"
# Held by the process that runs the demo.
DEMO_LOCK = STATE / "demo.lock"
_ACCOUNTS = ("postgres", "nobody")


class ServerError(RuntimeError):
    """An embedded server cannot run here; the message tells why and what helps."""


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account of this machine."""

    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """The account servers run under when we are root; None when we are not and simply stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in _ACCOUNTS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise ServerError(
        f"root cannot run PostgreSQL, and neither account exists to run it under: {', '.join(_ACCOUNTS)}"
    )


def run_as(
    account: Account | None, argv: list[str | Path], *, folder: Path, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as `account` in `folder`, with `text` on its standard input."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    return subprocess.run(
        argv,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def system_folders() -> list[Path]:
    """The places this checkout may use outside itself, best first; they need not exist."""
    key = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
    return [Path("/var/lib") / f"huiyin-{key}", Path("/var/tmp") / f"huiyin-{key}"]  # noqa: S108  # root's, mode 0755


def data_folder(place: str, account: Account | None) -> Path:
    """The folder named `place` for servers: in the checkout, or in a system folder `account` can reach."""
    inside = make_folder(STATE / place)
    if account is None or _reaches(account, inside):
        return inside
    for outside in system_folders():
        with contextlib.suppress(OSError):
            return make_folder(outside / place)
    raise ServerError(
        f"no folder for the servers: tried {inside} and {', '.join(map(str, system_folders()))}"
    )


def make_folder(folder: Path) -> Path:
    """Make `folder` and what is missing above it, open for others to pass through whatever the umask says."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(exist_ok=True)
        place.chmod(0o755)
    return folder


def reachable_program(program: Path, bundle: Path, companions: list[Path], account: Account | None) -> Path:
    """`program`, or a copy of it that `account` can run.

    `bundle` is the folder of the program's files and `companions` are folders beside it that hold its
    libraries; all lie under one parent and keep their relative places in the copy, because programs find
    their libraries by them.
    """
    if account is None or _runs(account, program):
        return program
    parent = Path(os.path.commonpath([bundle, *companions])) if companions else bundle.parent
    details = program.stat()
    key = hashlib.sha256(f"{program} {details.st_size} {details.st_mtime_ns}".encode()).hexdigest()[:12]
    for outside in system_folders():
        with contextlib.suppress(OSError):
            target = make_folder(outside / "programs") / key
            if not target.exists():
                _copy(parent, [bundle, *companions], target)
            copied = target / program.relative_to(parent)
            if _runs(account, copied):
                return copied
    raise ServerError(f"{program} cannot be run by an unprivileged account, and no copy of it either")


def _copy(parent: Path, folders: list[Path], target: Path) -> None:
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    for folder in folders:
        shutil.copytree(folder, unfinished / folder.relative_to(parent), symlinks=True)
    for place, _, names in os.walk(unfinished):
        Path(place).chmod(0o755)
        for name in names:
            file = Path(place) / name
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
    try:
        unfinished.rename(target)
    except OSError:
        # Another process finished the same copy first.
        shutil.rmtree(unfinished)


def _reaches(account: Account, folder: Path) -> bool:
    return run_as(account, ["/bin/sh", "-c", 'cd "$1"', "sh", folder], folder=Path("/")).returncode == 0


def _runs(account: Account, program: Path) -> bool:
    try:
        return run_as(account, [program, "--version"], folder=Path("/")).returncode == 0
    except PermissionError:
        return False
