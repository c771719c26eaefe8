"""A month's figures as a PDF in one language (R6.1, R6.2, R6.6)."""

from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.cases.vocabulary import Category, ReportCode
from shared.reports import export, fonts, pages, weasy
from shared.reports.figures import DealerMonth
from shared.reports.printable import Drawable
from shared.reports.summary import share_permille
from shared.reports.weasy import AttachedFile
from shared.web.locale import Locale, translator

TEMPLATES: Final = Path(__file__).parent / "templates"


def render_pdf(figures: DealerMonth, locale: Locale) -> bytes:
    """The report as PDF: the same figures give the same bytes. Takes seconds of CPU; see `pool.py`.

    All cases are attached as XLSX and CSV. Raises like `weasy.print_pdf`.
    """
    name = pages.attachment_name(figures)
    description = translator(locale).pgettext("report", "Case list")
    attachments = [
        AttachedFile(f"{name}.xlsx", description, export.xlsx_file(figures, locale)),
        AttachedFile(f"{name}.csv", description, export.csv_file(figures, locale)),
    ]
    return weasy.print_pdf(render_html(figures, locale), attachments, figures.generated_at.astimezone(UTC))


def render_html(figures: DealerMonth, locale: Locale) -> str:
    """The report as the HTML that is printed; needs the fonts, raises like `fonts.check`."""
    html = (
        _environment(locale)
        .get_template("dealer_month/report.html")
        .render(
            page=pages.build(figures, locale),
            generated=figures.generated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            categories=tuple(Category),
            channel_codes=tuple(ReportCode),
            share=share_permille,
        )
    )
    return html.translate(_drawable())


@cache
def _drawable() -> Drawable:
    return Drawable(fonts.covered())


@cache
def _environment(locale: Locale) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    sentences = translator(locale)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
        gettext=sentences.untouched,
        ngettext=sentences.untouched_plural,
        newstyle=True,
        pgettext=sentences.untouched_in_context,
    )
    return environment
