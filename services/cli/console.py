"""What the commands share: how they speak, how they fail, and the database they work on."""

import getpass
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, NoReturn

from rich.console import Console

from shared.db.engine import ENGINE
from shared.errors import AppError
from shared.notifications.addresses import configured_links
from shared.notifications.links import Links
from shared.permissions import Role
from shared.settings import DatabaseSettings, WebSettings
from shared.tenancy import Actor, ActorKind, Scope
from shared.tenants.oems import Oem, by_slug
from shared.web.locale import Locale, Translator, negotiate, translator
from shared.web.sentences import sentence

OUT: Final = Console()
ERR: Final = Console(stderr=True)


def fail(*problems: str, hint: str = "", status: int = 1) -> NoReturn:
    """Say what is wrong, one line each, and end with `status`."""
    for problem in problems:
        ERR.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)
    if hint:
        ERR.print(hint, markup=False, highlight=False, soft_wrap=True)
    sys.exit(status)


def speaking() -> Translator:
    """The language of the terminal: English unless LANG is Chinese."""
    return translator(negotiate(os.environ.get("LC_ALL") or os.environ.get("LANG"), Locale.EN))


def explain(error: AppError) -> list[str]:
    """The sentences of an error, in the language of the terminal."""
    speak = speaking()
    if not error.fields:
        return [sentence(speak, error.code, error.params)]
    return [f"{field.field}: {sentence(speak, field.code, field.params)}" for field in error.fields]


@asynccontextmanager
async def database(settings: DatabaseSettings | None = None) -> AsyncGenerator[None]:
    """The database of the web doors' login (or of the one given), open for the block."""
    settings = settings or DatabaseSettings.load()
    await ENGINE.open(
        settings.url, pool_size=4, acquire_timeout=settings.acquire_timeout, application="huiyin-cli"
    )
    try:
        yield
    finally:
        await ENGINE.close()


async def oem_and_actor(slug: str) -> tuple[Oem, Actor]:
    """The OEM of a slug, and the person at the terminal acting for it. Raises `NotFound`."""
    oem = await by_slug(slug)
    return oem, Actor.cli(oem.id, getpass.getuser())


def platform_operator() -> Actor:
    """The person at the terminal, acting for the whole installation."""
    name = f"cli:{getpass.getuser()}"
    return Actor(ActorKind.CLI, Role.PLATFORM_OPERATOR, Scope.platform(), name)


def links() -> Links:
    """The addresses that messages lead to."""
    return configured_links(WebSettings.load())
