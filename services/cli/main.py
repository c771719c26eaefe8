"""The command `huiyin`: each subcommand is a module that is loaded when it is called.

A module of `COMMANDS` holds its click command under the name given there; one that is missing is not offered.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

import click

from shared.errors import AppError
from shared.settings import SettingsError


class _Command(NamedTuple):
    module: str
    attribute: str
    help: str


COMMANDS: Final = {
    "migrate": _Command("services.cli.migrate", "command", "Bring the database to the newest schema."),
    "doctor": _Command(
        "services.cli.doctor", "command", "Check everything Huiyin needs and say how to fix it."
    ),
    "api": _Command("services.cli.serve", "api", "Serve the API."),
    "admin": _Command("services.cli.serve", "admin", "Serve the console."),
    "worker": _Command(
        "services.cli.worker", "command", "Run clocks, events and messages; reports with --reports."
    ),
    "oem": _Command("services.cli.oem", "command", "Bring in OEMs, their regions and dealers."),
    "user": _Command("services.cli.user", "command", "Bring in people; passwords and API keys."),
    "import": _Command(
        "services.cli.imports", "command", "Import complaints from a CSV file or an Excel workbook."
    ),
    "report": _Command("services.cli.report", "command", "Make the report of a dealer's month."),
    "demo": _Command("services.cli.demo", "command", "Run everything with an invented OEM, from a checkout."),
}


class _Group(click.Group):
    """Offers the commands that are there and loads one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return [name for name, command in COMMANDS.items() if find_spec(command.module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        known = COMMANDS.get(cmd_name)
        if known is None or find_spec(known.module) is None:
            return None
        command: click.Command = getattr(import_module(known.module), known.attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # From the table: loading every module for its first line would take seconds.
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (SettingsError, AppError) as error:
            # Imported only now: what speaks to people brings the database and the catalogues along.
            from services.cli.console import explain, fail

            if isinstance(error, AppError):
                fail(*explain(error))
            fail(*error.problems, hint="The README lists every setting.")


@click.command(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def huiyin() -> None:
    """Huiyin: every complaint gets an answer.

    Settings come from the environment (HUIYIN_…); `huiyin doctor` checks them.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    try:
        huiyin.main(args=arguments, prog_name="huiyin")
    except KeyboardInterrupt:
        sys.exit(130)
