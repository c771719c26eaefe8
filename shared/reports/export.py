"""The case list of a month as CSV and XLSX: every row, whole texts (R6.6). Deterministic."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Final

from shared.reports.figures import CaseRow, DealerMonth
from shared.reports.printable import capped, clean
from shared.reports.summary import handling_days
from shared.reports.words import Words
from shared.web.locale import Locale

CELL_AT_MOST: Final = 32_000
"""A spreadsheet's cell holds 32,767 characters."""

FORMULA_SIGNS: Final = ("=", "+", "-", "@")
_WIDTHS: Final = (18, 12, 12, 14, 16, 8, 18, 8, 16, 60, 40, 48, 40, 12, 10, 14, 14, 14, 40, 40)


def csv_file(figures: DealerMonth, locale: Locale) -> bytes:
    """The list as CSV in UTF-8 with a byte order mark, so that Excel reads Chinese.

    A cell that a spreadsheet would take for a formula starts with an apostrophe.
    """
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerows([_harmless(cell) for cell in line] for line in _table(figures, locale))
    return buffer.getvalue().encode("utf-8-sig")


def xlsx_file(figures: DealerMonth, locale: Locale) -> bytes:
    """The list as an Excel workbook; every cell is text or a number, never a formula or a link."""
    from xlsxwriter import Workbook

    words = Words(locale, figures.time_zone)
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as workbook:
        workbook.set_properties(
            {"title": figures.report_number, "created": figures.generated_at.replace(tzinfo=None)}
        )
        sheet = workbook.add_worksheet(words.translator.pgettext("report", "Case list"))
        bold = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        table = _table(figures, locale)
        for row, line in enumerate(table):
            for column, cell in enumerate(line):
                look = wrapped if row else bold
                if isinstance(cell, int):
                    sheet.write_number(row, column, cell, look)
                else:
                    sheet.write_string(row, column, cell, look)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(table) - 1, len(_WIDTHS) - 1)
    return buffer.getvalue()


def _table(figures: DealerMonth, locale: Locale) -> Sequence[Sequence[str | int]]:
    words = Words(locale, figures.time_zone)
    rows = sorted(figures.cases, key=lambda row: (row.received_at, row.number))
    return [_head(words), *(_line(figures, words, row) for row in rows)]


def _head(words: Words) -> list[str]:
    t = words.translator
    return [
        t.pgettext("case list", "Case no."),
        t.pgettext("case list", "Date"),
        t.pgettext("case list", "Customer"),
        t.pgettext("case list", "Plate"),
        t.pgettext("case list", "Phone"),
        t.pgettext("case list", "Chan."),
        t.pgettext("case list", "Channel"),
        t.pgettext("case list", "Cat."),
        t.pgettext("case list", "Category"),
        t.pgettext("case list", "Complaint"),
        t.gettext("What was found"),
        t.pgettext("case list", "Result"),
        t.gettext("Further advice"),
        t.pgettext("case list", "Told on"),
        t.pgettext("case list", "Days"),
        t.pgettext("case list", "Hours waiting for the customer"),
        t.pgettext("case list", "Hours waiting in all"),
        t.pgettext("case list", "Handler"),
        t.pgettext("case list", "Cause"),
        t.pgettext("case list", "Corrective measure"),
    ]


def _line(figures: DealerMonth, words: Words, row: CaseRow) -> list[str | int]:
    resolved = row.result_at is not None
    cells: list[str | int] = [
        row.number,
        figures.local_date(row.received_at).isoformat(),
        row.customer,
        row.plate,
        row.phone or words.phone_kind(row.phone_kind),
        int(row.channel),
        words.channel(row.channel),
        row.category.value,
        words.category(row.category),
        row.content,
        row.found,
        row.result,
        row.advice,
        figures.local_date(row.result_at).isoformat() if row.result_at is not None else "",
        handling_days(figures, row) if resolved else "",
        row.customer_seconds // 3_600,
        row.waited_seconds // 3_600,
        row.handler,
        row.cause,
        row.measure,
    ]
    return [cell if isinstance(cell, int) else capped(clean(cell), CELL_AT_MOST) for cell in cells]


def _harmless(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell
