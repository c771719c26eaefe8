"""`huiyin demo`: the whole product with an invented OEM, from a checkout."""

import sys
from importlib.util import find_spec

import click

from services.cli.console import fail


@click.command("demo")
def command() -> None:
    """Run everything on embedded servers with an invented OEM, until Ctrl-C.

    Needs a checkout of the source: `make demo` prepares it and calls this.
    """
    if find_spec("infra") is None:
        fail("The demo runs from a checkout of the source only.", hint="git clone …, then `make demo`.")
    from infra.dev.demo.run import main

    sys.exit(main())
