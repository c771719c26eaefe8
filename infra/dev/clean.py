"""Stops the servers of this checkout and removes everything the set-up and the servers made."""

import shutil

from infra.dev import sharing
from infra.dev.locks import end_holder
from infra.dev.places import CHECKOUT, DEMO_LOCK, STATE, system_folders
from infra.dev.steps import say

_MADE = (
    ".venv",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    ".import_linter_cache",
    "build",
    "dist",
    "infra/assets/node_modules",
    "shared/web/static/vendor",
)
_SOURCES = ("services", "shared", "infra", "tests")


def clean() -> None:
    """Leave the checkout as it was cloned, and nothing of it in system folders."""
    end_holder(DEMO_LOCK)
    for folder in (STATE, *system_folders()):
        for lock in sorted(folder.glob("*/*/keeper.lock")):
            sharing.stop(lock.parent)
        shutil.rmtree(folder, ignore_errors=True)
    for made in (*(CHECKOUT / name for name in _MADE), *CHECKOUT.glob("*.egg-info")):
        shutil.rmtree(made, ignore_errors=True)
    for source in _SOURCES:
        for cache in (CHECKOUT / source).rglob("__pycache__"):
            shutil.rmtree(cache, ignore_errors=True)
    say("Clean.")
