"""A month's figures as a PDF in one language (R6.1, R6.2, R6.6)."""

from datetime import UTC

from shared.cases.vocabulary import Category, ReportCode
from shared.reports import export, pages, weasy
from shared.reports.documents import drawable, environment
from shared.reports.figures import DealerMonth
from shared.reports.summary import share_permille
from shared.reports.weasy import AttachedFile
from shared.web.locale import Locale, translator


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
        environment(locale)
        .get_template("dealer_month/report.html")
        .render(
            page=pages.build(figures, locale),
            generated=figures.generated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            categories=tuple(Category),
            channel_codes=tuple(ReportCode),
            share=share_permille,
        )
    )
    return html.translate(drawable())
