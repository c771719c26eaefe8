"""`huiyin report`: the report of a dealer's month, as a PDF, now."""

import asyncio
from pathlib import Path

import click

from services.cli.console import ERR, OUT, database, fail, oem_and_actor, speaking
from shared.db.engine import transaction
from shared.errors import NotFound
from shared.reports import service
from shared.reports.month import Month
from shared.reports.pool import ReportPool
from shared.settings import FileSettings, check_all
from shared.tenancy import Actor
from shared.tenants.dealers import dealers
from shared.web.locale import Locale
from shared.web.sentences import sentence


@click.command("report")
@click.option("--oem", "slug", required=True, help="Slug of the OEM.")
@click.option("--dealer", "code", required=True, help="The dealer's code.")
@click.option("--month", "month_text", required=True, help="The month, such as 2026-10.")
@click.option(
    "--locale",
    type=click.Choice([each.value for each in Locale]),
    default=Locale.ZH_CN.value,
    show_default=True,
    help="The report's language.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the PDF; by default into this folder, under the report's own name.",
)
def command(*, slug: str, code: str, month_text: str, locale: str, output: Path | None) -> None:
    """Make the report of a dealer's month and write it to a file.

    It is kept like any other report and appears in the console, too. No worker and no Redis are needed.
    """
    check_all(FileSettings)
    month = Month.parse(month_text)
    try:
        written = asyncio.run(_report(slug, code, month, Locale(locale), output))
    except OSError as error:
        fail(f"{error.filename or output}: {error.strerror}")
    OUT.print(str(written), markup=False, highlight=False, soft_wrap=True)


async def _report(slug: str, code: str, month: Month, locale: Locale, output: Path | None) -> Path:
    async with database(), ReportPool(1) as pool:
        _, actor = await oem_and_actor(slug)
        dealer_id = await _dealer_id(actor, code)
        with ERR.status(f"{code} {month}"):
            run = await service.render_now(actor, dealer_id, month, locale, pool.render)
        if run.error is not None:
            fail(sentence(speaking(), run.error.code, run.error.params))
        name, content = await service.pdf_of(actor, run.id)
    path = output or Path(name)
    path.write_bytes(content)
    return path


async def _dealer_id(actor: Actor, code: str) -> int:
    async with transaction(actor.scope, read_only=True) as tx:
        known = await dealers(tx, actor.oem_id)
    found = next((each.id for each in known if each.code == code), None)
    if found is None:
        raise NotFound("unknown_dealer")
    return found
