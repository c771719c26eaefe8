"""Prepares a checkout: `python3 -m infra.dev.setup demo|dev|assets|clean`.

Runs on the system's Python with nothing installed. This module alone has to be readable by Pythons older than
the product's, to say so; everything else is imported after the check.
"""

import os
import shutil
import sys

OLDEST = (3, 11)
_KNOWN = (14, 13, 12, 11)


def main() -> int:
    """Do what the argument asks; 0 when all is well, 1 after telling what is missing."""
    if sys.version_info < OLDEST:
        _go_on_with_a_newer_python()
    from infra.dev.preparation import run

    return run(sys.argv[1:])


def _go_on_with_a_newer_python() -> None:
    for minor in _KNOWN:
        newer = shutil.which(f"python3.{minor}")
        if newer:
            # No shell is wanted in between.
            os.execv(newer, [newer, "-m", "infra.dev.setup", *sys.argv[1:]])  # noqa: S606  # no shell is wanted
    found = ".".join(map(str, sys.version_info[:2]))
    sys.exit(
        f"Huiyin needs Python 3.11 or newer; this is {found} ({sys.executable}).\n"
        "Install a newer one, or name it: make PYTHON=/path/to/python3.12 …"
    )


if __name__ == "__main__":
    sys.exit(main())
