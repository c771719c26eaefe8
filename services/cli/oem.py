"""`huiyin oem`: OEMs, their regions and dealers."""

import asyncio
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from services.cli.console import OUT, database, fail, links, oem_and_actor, platform_operator
from services.cli.file_rows import show_rows
from services.cli.passwords import password_option
from shared.db.engine import transaction
from shared.onboarding.dealer_file import import_dealers
from shared.onboarding.files import FileResult
from shared.onboarding.platform import OpenedOem, open_oem
from shared.onboarding.service import (
    NewDealer,
    NewOem,
    NewRegion,
    OnboardedOem,
    add_dealer,
    add_region,
    onboard_oem,
)
from shared.tenancy import Scope
from shared.tenants import dealers as network
from shared.tenants.dealers import Dealer, Region
from shared.tenants.oems import all_oems


@click.group("oem")
def command() -> None:
    """Bring in OEMs, their regions and dealers."""


@command.command("add", short_help="Bring in an OEM and its administrator.")
@click.argument("slug")
@click.option("--name", required=True, help="Name in Chinese.")
@click.option("--name-en", required=True, help="Name in English.")
@click.option("--country", default="CN", show_default=True, help="ISO 3166 code.")
@click.option("--time-zone", default="Asia/Shanghai", show_default=True, help="IANA name.")
@click.option(
    "--locale",
    type=click.Choice(["zh-CN", "en"]),
    default="zh-CN",
    show_default=True,
    help="Language of the OEM.",
)
@click.option("--admin-email", required=True, help="E-mail address of the first administrator.")
@click.option("--admin-name", required=True, help="Name of the first administrator.")
@click.option(
    "--invite", is_flag=True, is_eager=True, help="Let the administrator choose a password by e-mail."
)
@password_option
def add(
    *,
    slug: str,
    name: str,
    name_en: str,
    country: str,
    time_zone: str,
    locale: str,
    admin_email: str,
    admin_name: str,
    invite: bool,
    password: str,
) -> None:
    """Bring in the OEM SLUG with default policies and its first administrator."""
    new = NewOem(
        slug=slug,
        name=name,
        name_en=name_en,
        country=country,
        time_zone=time_zone,
        locale=locale,
        admin_email=admin_email,
        admin_name=admin_name,
        admin_password=None if invite else password,
    )

    async def run() -> OnboardedOem | OpenedOem:
        async with database():
            if not invite:
                return await onboard_oem(new)
            return await open_oem(platform_operator(), new, links())

    made = asyncio.run(run())
    what = "has been invited" if invite else "can sign in"
    OUT.print(f"OEM [bold]{slug}[/] is number {made.oem_id}; {admin_email} {what}.")


@command.command("import-dealers", short_help="Add the dealers of a CSV file.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--oem", "slug", required=True, help="Slug of the OEM.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
def import_file(*, file: Path, slug: str, dry_run: bool) -> None:
    """Add the dealers of the CSV file FILE with their regions; importing it again adds nothing twice.

    Exit status 1 when a row was rejected.
    """
    content = file.read_bytes()

    async def run() -> FileResult:
        async with database():
            _, actor = await oem_and_actor(slug)
            return await import_dealers(actor, content, dry_run=dry_run)

    show_rows(asyncio.run(run()))


@command.command("list")
def show() -> None:
    """List the OEMs."""

    async def run() -> Table:
        async with database():
            oems = await all_oems()
        table = Table("Number", "Slug", "Name", "English name", "Country", "Time zone")
        for oem in oems:
            names = escape(oem.name), escape(oem.name_en)
            table.add_row(str(oem.id), oem.slug, *names, oem.country, oem.time_zone)
        return table

    OUT.print(asyncio.run(run()))


@command.command("add-region")
@click.option("--oem", "slug", required=True, help="Slug of the OEM.")
@click.argument("code")
@click.option("--name", required=True, help="Name in Chinese.")
@click.option("--name-en", required=True, help="Name in English.")
@click.option("--area", help="Code of the area that this district lies in; without one it is an area.")
def region(slug: str, code: str, name: str, name_en: str, area: str | None) -> None:
    """Add the area or district CODE."""

    async def run() -> Region:
        async with database():
            oem, actor = await oem_and_actor(slug)
            parent_id = None if area is None else await _region_id(oem.id, area)
            new = NewRegion(code=code, name=name, name_en=name_en, parent_id=parent_id)
            return await add_region(actor, new)

    made = asyncio.run(run())
    OUT.print(f"Region [bold]{code}[/] is number {made.id}.")


@command.command("add-dealer")
@click.option("--oem", "slug", required=True, help="Slug of the OEM.")
@click.argument("code")
@click.option("--name", required=True, help="Name in Chinese.")
@click.option("--name-en", required=True, help="Name in English.")
@click.option("--district", required=True, help="Code of its district.")
@click.option("--province", default="", help="Its province.")
@click.option("--city", default="", help="Its city.")
@click.option("--phone", default="", help="The complaint line.")
@click.option("--officer", default="", help="The complaints officer.")
def dealer(
    slug: str,
    code: str,
    name: str,
    name_en: str,
    district: str,
    province: str,
    city: str,
    phone: str,
    officer: str,
) -> None:
    """Add the dealer CODE."""

    async def run() -> Dealer:
        async with database():
            oem, actor = await oem_and_actor(slug)
            new = NewDealer(
                region_id=await _region_id(oem.id, district),
                code=code,
                name=name,
                name_en=name_en,
                province=province,
                city=city,
                phone=phone,
                complaints_officer=officer,
            )
            return await add_dealer(actor, new)

    made = asyncio.run(run())
    OUT.print(f"Dealer [bold]{code}[/] is number {made.id}.")


async def _region_id(oem_id: int, code: str) -> int:
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        known = {region.code: region.id for region in await network.regions(tx, oem_id)}
    if code not in known:
        fail(f"There is no region {code}.", hint=f"Known: {', '.join(known)}")
    return known[code]
