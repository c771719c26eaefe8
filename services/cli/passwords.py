"""How commands get a password: asked for without echo, or from standard input; never as an argument."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def password_option(command: Command) -> Command:
    """The option `--password-stdin`; the command gets `password`."""
    return click.option(
        "--password-stdin",
        "password",
        is_flag=True,
        callback=_password,
        help="Read the password from standard input instead of asking for it.",
    )(command)


def _password(context: click.Context, _option: click.Parameter, from_stdin: bool) -> str:  # noqa: FBT001  # click's signature
    if context.params.get("invite"):
        return ""  # the link in the e-mail is there for it
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
