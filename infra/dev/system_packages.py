"""Packages of the operating system: installed for root on Debian or Ubuntu, named exactly to others."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

from infra.dev.chrome import find_chrome
from infra.dev.steps import SetupError, run

_APT_GET = "apt-get"


@dataclass(frozen=True, slots=True)
class Need:
    """Something the system has to have: what for, how it is recognised, and the packages that bring it."""

    what: str
    present: Callable[[], bool]
    debian: tuple[str, ...]
    homebrew: str


def _has_libraries() -> bool:
    return all(find_library(name) for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset"))


def _has_venv() -> bool:
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def _has_chrome() -> bool:
    return find_chrome() is not None


VENV = Need(
    "Python's virtual environments",
    _has_venv,
    (f"python{sys.version_info.major}.{sys.version_info.minor}-venv",),
    f"python@{sys.version_info.major}.{sys.version_info.minor}",
)
PANGO = Need(
    "Pango, which lays out the PDF reports",
    _has_libraries,
    ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
    "pango",
)
CHROME = Need(
    "a Chrome for the browser tests (any one; HUIYIN_CHROME may name it)",
    _has_chrome,
    ("chromium",),
    "--cask chromium",
)
FOR_DEMO = (VENV, PANGO)
FOR_TESTS = (VENV, PANGO, CHROME)


def prepare(needs: tuple[Need, ...]) -> None:
    """Have all `needs`; raises `SetupError` with the commands to type when we may not install them."""
    missing = [need for need in needs if not need.present()]
    if not missing:
        return
    packages = [package for need in missing for package in need.debian]
    if not (os.geteuid() == 0 and _is_debian()):
        raise SetupError(instructions(missing))
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("Updating the list of system packages", [_APT_GET, "update", "-q"], environment=quiet)
    run(
        f"Installing {' '.join(packages)}",
        [_APT_GET, "install", "-q", "-y", "--no-install-recommends", *packages],
        environment=quiet,
    )
    importlib.invalidate_caches()
    if still := [need for need in missing if not need.present()]:
        raise SetupError(instructions(still))


def instructions(missing: list[Need]) -> str:
    """What is missing, and the lines that install it on Debian or Ubuntu and with Homebrew."""
    debian = " ".join(package for need in missing for package in need.debian)
    return "\n".join(
        [
            "Missing on this system:",
            *(f"  - {need.what}" for need in missing),
            "Debian, Ubuntu:",
            f"  sudo apt-get update && sudo apt-get install --no-install-recommends {debian}",
            "macOS:",
            *(f"  brew install {need.homebrew}" for need in missing),
            "Then run the same command again.",
        ]
    )


def _is_debian() -> bool:
    return Path("/etc/debian_version").exists() and shutil.which(_APT_GET) is not None
