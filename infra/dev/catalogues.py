"""Compiles the translations (`.po` to `.mo`) that changed."""

import os
from pathlib import Path

from infra.dev.environment import program
from infra.dev.places import CHECKOUT
from infra.dev.steps import run

_FOLDER = CHECKOUT / "shared" / "web" / "locale"


def prepare() -> None:
    """Have a compiled catalogue, no older than its source, beside every source."""
    for source in sorted(_FOLDER.glob("*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            _compile(source, compiled)


def _compile(source: Path, compiled: Path) -> None:
    locale = source.parents[1].name
    unfinished = compiled.with_name(f"{compiled.name}.{os.getpid()}")
    run(
        f"Compiling the translations to {locale}",
        [program("pybabel"), "-q", "compile", "-l", locale, "-i", source, "-o", unfinished],
    )
    unfinished.rename(compiled)
