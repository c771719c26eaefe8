"""The virtual environment `.venv`, installed from a lock file with hashes."""

import json
import os
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Literal

from infra.dev.places import CHECKOUT
from infra.dev.steps import digest, is_done, mark_done, run

Extra = Literal["demo", "dev"]

VENV = CHECKOUT / ".venv"
# What each lock holds besides its own: an environment for development serves the demo as well.
_SERVED_BY: dict[Extra, tuple[Extra, ...]] = {"demo": ("demo", "dev"), "dev": ("dev",)}
_PIP = [
    "-m",
    "pip",
    "--disable-pip-version-check",
    "--no-input",
    "install",
    "--root-user-action=ignore",
    "--no-deps",
]


def program(name: str) -> Path:
    """A program of the environment."""
    return VENV / "bin" / name


def prepare(extra: Extra) -> None:
    """Have every package of `requirements/<extra>.txt` and the checkout itself installed."""
    if any(is_done(_stamp(served), _key(served)) for served in _SERVED_BY[extra]) and _is_sound():
        return
    unfinished = VENV / "unfinished"
    if not _is_sound() or unfinished.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        VENV.mkdir()
        unfinished.touch()
        run("Making .venv", [_base_python(), "-m", "venv", VENV])
    unfinished.touch()
    lock = CHECKOUT / "requirements" / f"{extra}.txt"
    run(
        "Installing Python packages (a minute or two the first time)",
        [program("python"), *_PIP, "--require-hashes", "-r", lock],
    )
    run("Installing Huiyin itself", [program("python"), *_PIP, "--no-build-isolation", "-e", CHECKOUT])
    mark_done(_stamp(extra), _key(extra))
    unfinished.unlink()


def _stamp(extra: Extra) -> Path:
    return VENV / f"installed-{extra}"


def _key(extra: Extra) -> str:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    # Settings of linters stand in the same file and install nothing.
    packaging = {"project": project["project"], "build": project["build-system"]}
    lock = (CHECKOUT / "requirements" / f"{extra}.txt").read_bytes()
    return digest([lock, json.dumps(packaging, sort_keys=True).encode(), str(VENV).encode()])


def _is_sound() -> bool:
    """Whether the environment's Python is still there and of the version its packages were installed for."""
    packages = VENV / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    return os.access(program("python"), os.X_OK) and packages.is_dir()


def _base_python() -> Path:
    """The system's Python, also when we run inside an environment (perhaps the very one to be made anew)."""
    if sys.prefix == sys.base_prefix:
        return Path(sys.executable)
    return Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
