"""`huiyin user`: people, passwords, API keys."""

import asyncio
from pathlib import Path
from uuid import UUID

import click
from rich.markup import escape
from rich.table import Table

from services.cli.console import OUT, database, fail, links, oem_and_actor
from services.cli.file_rows import show_rows
from services.cli.passwords import password_option
from shared.accounts import service as accounts
from shared.accounts.people import members
from shared.db.engine import transaction
from shared.onboarding.files import FileResult
from shared.onboarding.staff import NewStaff, add_staff
from shared.onboarding.staff_file import import_staff
from shared.permissions import MEMBER_ROLES, Role
from shared.tenancy import Scope
from shared.tenants import dealers as network

_ROLES = [role.value for role in Role if role in MEMBER_ROLES]


@click.group("user")
def command() -> None:
    """Bring in people; passwords and API keys."""


@command.command("add", short_help="Give a person a place.")
@click.argument("email")
@click.option("--oem", "slug", required=True, help="Slug of the OEM.")
@click.option("--name", required=True, help="Name of the person.")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What the person may do.")
@click.option("--dealer", "dealer_code", help="Code of the dealer, for its staff.")
@click.option("--region", "region_codes", multiple=True, help="Code of an area or district, for its manager.")
@click.option("--phone", default="", help="Mobile number, for SMS.")
@click.option("--locale", type=click.Choice(["zh-CN", "en"]), help="Language; the OEM's unless given.")
@password_option
def add(
    email: str,
    slug: str,
    name: str,
    role: str,
    dealer_code: str | None,
    region_codes: tuple[str, ...],
    phone: str,
    locale: str | None,
    password: str,
) -> None:
    """Give the person EMAIL a place; someone who has an account already keeps the password."""

    async def run() -> UUID:
        async with database():
            oem, actor = await oem_and_actor(slug)
            new = NewStaff(
                email=email,
                name=name,
                role=Role(role),
                dealer_id=0 if dealer_code is None else await _dealer_id(oem.id, dealer_code),
                region_ids=await _region_ids(oem.id, region_codes),
                phone=phone,
                locale=locale,
                password=password,
            )
            return await add_staff(actor, new)

    OUT.print(f"{email} can sign in; membership {asyncio.run(run())}.")


@command.command("import", short_help="Invite the people of a CSV file.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--oem", "slug", required=True, help="Slug of the OEM.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and send nothing.")
def import_file(*, file: Path, slug: str, dry_run: bool) -> None:
    """Invite the people of the CSV file FILE by e-mail; importing it again invites nobody twice.

    Exit status 1 when a row was rejected.
    """
    content = file.read_bytes()

    async def run() -> FileResult:
        async with database():
            _, actor = await oem_and_actor(slug)
            return await import_staff(actor, content, links(), dry_run=dry_run)

    show_rows(asyncio.run(run()))


@command.command("add-operator", short_help="Create a platform operator.")
@click.argument("email")
@click.option("--name", required=True, help="Name of the operator.")
@password_option
def add_operator(email: str, name: str, password: str) -> None:
    """Create a platform operator EMAIL, who may create OEMs and sees no case."""

    async def run() -> None:
        async with database():
            new = accounts.NewAccount(email, name, password, platform_operator=True)
            await accounts.create_account(new)

    asyncio.run(run())
    OUT.print(f"{email} can sign in.")


@command.command("password", short_help="Set a password; ends all sessions.")
@click.argument("email")
@password_option
def password(email: str, password: str) -> None:
    """Set the password of EMAIL and end all sessions of that person."""

    async def run() -> None:
        async with database():
            await accounts.set_password(email, password)

    asyncio.run(run())
    OUT.print("Done; all sessions of that person have ended.")


@command.command("list")
@click.option("--oem", "slug", required=True, help="Slug of the OEM.")
def show(slug: str) -> None:
    """List the people of an OEM and of its dealers."""

    async def run() -> Table:
        async with database():
            oem, _ = await oem_and_actor(slug)
            async with transaction(Scope.oem(oem.id), read_only=True) as tx:
                people = await members(tx, oem.id)
                dealers = {dealer.id: dealer.code for dealer in await network.dealers(tx, oem.id)}
        table = Table("E-mail", "Name", "Role", "Dealer", "Active")
        for person in people:
            dealer = dealers.get(person.dealer_id, "")
            active = "yes" if person.active else "no"
            table.add_row(person.email, escape(person.name), person.role, escape(dealer), active)
        return table

    OUT.print(asyncio.run(run()))


@command.command("key")
@click.argument("name")
@click.option("--oem", "slug", required=True, help="Slug of the OEM.")
@click.option("--dealer", "dealer_code", help="Code of the dealer it acts for; without one, the whole OEM.")
def key(name: str, slug: str, dealer_code: str | None) -> None:
    """Create the API key NAME and show it, this once."""

    async def run() -> str:
        async with database():
            oem, actor = await oem_and_actor(slug)
            dealer_id = None if dealer_code is None else await _dealer_id(oem.id, dealer_code)
            return await accounts.create_api_key(actor, name, dealer_id)

    OUT.print(asyncio.run(run()), markup=False, highlight=False)


@command.command("keys")
@click.option("--oem", "slug", required=True, help="Slug of the OEM.")
def keys(slug: str) -> None:
    """List the API keys of an OEM."""

    async def run() -> Table:
        async with database():
            _, actor = await oem_and_actor(slug)
            known = await accounts.api_keys(actor)
        table = Table("Prefix", "Name", "Dealer", "Created by", "Last used", "Revoked")
        for each in known:
            table.add_row(
                each.prefix,
                escape(each.name),
                str(each.dealer_id or ""),
                escape(each.created_by),
                str(each.last_used_at or "never"),
                str(each.revoked_at or ""),
            )
        return table

    OUT.print(asyncio.run(run()))


@command.command("revoke-key")
@click.argument("prefix")
@click.option("--oem", "slug", required=True, help="Slug of the OEM.")
def revoke_key(prefix: str, slug: str) -> None:
    """Revoke the API key PREFIX for good."""

    async def run() -> None:
        async with database():
            _, actor = await oem_and_actor(slug)
            known = {each.prefix: each.id for each in await accounts.api_keys(actor)}
            if prefix not in known:
                fail(f"There is no key {prefix}.", hint="`huiyin user keys` lists them.")
            await accounts.revoke_api_key(actor, known[prefix])

    asyncio.run(run())
    OUT.print("Revoked.")


async def _dealer_id(oem_id: int, code: str) -> int:
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        known = {dealer.code: dealer.id for dealer in await network.dealers(tx, oem_id)}
    if code not in known:
        fail(f"There is no dealer {code}.")
    return known[code]


async def _region_ids(oem_id: int, codes: tuple[str, ...]) -> tuple[int, ...]:
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        known = {region.code: region.id for region in await network.regions(tx, oem_id)}
    if missing := [code for code in codes if code not in known]:
        fail(*(f"There is no region {code}." for code in missing), hint=f"Known: {', '.join(known)}")
    return tuple(known[code] for code in codes)
