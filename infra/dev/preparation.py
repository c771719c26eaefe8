"""What `make` does before it runs anything: each step looks first and does only what is missing."""

import sys

from infra.dev import assets, clean, environment, system_packages
from infra.dev.locks import held
from infra.dev.places import STATE, ServerError, make_folder
from infra.dev.steps import SetupError, say

USAGE = "usage: python3 -m infra.dev.setup demo|dev|assets|clean"


def run(arguments: list[str]) -> int:
    """Carry out one task; 0 when it is done, 1 when something is missing and was named."""
    tasks = {
        "demo": _demo,
        "dev": _dev,
        "assets": _assets,
        "clean": clean.clean,
    }
    if len(arguments) != 1 or arguments[0] not in tasks:
        say(USAGE)
        return 2
    try:
        with held(make_folder(STATE) / "setup.lock"):
            tasks[arguments[0]]()
    except (SetupError, ServerError) as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; the next run goes on from here.\n")
        return 130
    return 0


def _demo() -> None:
    _prepare("demo", system_packages.FOR_DEMO)


def _dev() -> None:
    _prepare("dev", system_packages.FOR_TESTS)


def _assets() -> None:
    _prepare("demo", (system_packages.VENV,))


def _prepare(extra: environment.Extra, needs: tuple[system_packages.Need, ...]) -> None:
    system_packages.prepare(needs)
    environment.prepare(extra)
    assets.prepare()
