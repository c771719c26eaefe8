"""`huiyin doctor`: everything Huiyin needs, one line each, and how to fix what is wrong."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import click
from rich.markup import escape

from services.cli.checks import Check, Verdict
from services.cli.checks.files import check_files
from services.cli.checks.machine import check_fonts, check_pango
from services.cli.checks.services import check_redis, check_sms, check_smtp
from services.cli.checks.stores import check_app_login, check_owner_login, check_worker_login
from services.cli.console import OUT
from shared.settings import ALL_SETTINGS, SettingsError

_MARKS = {
    Verdict.OK: "[green]OK      [/]",
    Verdict.WARNING: "[yellow]warning [/]",
    Verdict.FAILED: "[red]failed  [/]",
}


@click.command("doctor")
def command() -> None:
    """Check everything Huiyin needs and say how to fix it.

    Ends with status 1 when something has failed; a warning tells what works less well.
    """
    checks = [*_settings(), *asyncio.run(_all())]
    for check in checks:
        OUT.print(
            f"{_MARKS[check.verdict]} [bold]{check.name}[/]  {escape(check.found)}",
            highlight=False,
            soft_wrap=True,
        )
        if check.fix:
            OUT.print(f"         → {escape(check.fix)}", highlight=False, soft_wrap=True)
    failed = sum(check.verdict is Verdict.FAILED for check in checks)
    warnings = sum(check.verdict is Verdict.WARNING for check in checks)
    OUT.print(f"{len(checks)} checks, {warnings} warnings, {failed} failed.", highlight=False, soft_wrap=True)
    sys.exit(1 if failed else 0)


def _settings() -> list[Check]:
    problems: list[str] = []
    for kind in ALL_SETTINGS:
        try:
            kind.load()
        except SettingsError as error:
            problems += error.problems
    if not problems:
        return [Check.ok("Settings", "all set")]
    fix = "Set it in the environment; the README lists every setting."
    return [Check.failed("Settings", problem, fix) for problem in dict.fromkeys(problems)]


async def _all() -> list[Check]:
    found: list[Check] = []
    for name, check in _CHECKS.items():
        try:
            found += await check()
        except Exception as error:  # noqa: BLE001  # the other checks are wanted most when one breaks down
            found.append(
                Check.failed(name, f"the check broke down: {type(error).__name__}: {error}", _REPORT)
            )
    return found


async def _machine() -> list[Check]:
    return [check_fonts(), check_pango()]


_CHECKS: Final[Mapping[str, Callable[[], Awaitable[list[Check]]]]] = {
    "Database (owner)": check_owner_login,
    "Database (app)": check_app_login,
    "Database (worker)": check_worker_login,
    "Redis": check_redis,
    "SMTP": check_smtp,
    "SMS": check_sms,
    "Files": check_files,
    "Fonts and Pango": _machine,
}
_REPORT = "Look at the settings this check reads; where they are right, tell the makers of Huiyin."
