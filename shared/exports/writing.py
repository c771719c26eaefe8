"""An export as a CSV or a workbook: headers and values in the reader's words, no cell a formula."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO, StringIO
from typing import Final
from zoneinfo import ZoneInfo

from shared.exports.rows import ExportRow
from shared.web.labels import label
from shared.web.locale import Locale, Translator, msgid
from shared.web.spreadsheets import neutral

CELL_AT_MOST: Final = 32_000
"""A spreadsheet's cell holds 32,767 characters."""
_UNPRINTABLE: Final = {code: None for code in range(32) if code not in {9, 10, 13}}

Cell = str | int


class Format(StrEnum):
    """What kind of file."""

    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES: Final = {
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom the file is for: language and time zone."""

    translator: Translator
    zone: ZoneInfo

    def label(self, group: str, value: str | int) -> str:
        """A value of a closed list in the reader's words."""
        return label(self.translator, group, value)

    def moment(self, at: datetime | None) -> str:
        """An instant at the reader's place, sortable."""
        return "" if at is None else f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, how wide a workbook shows it, and its cell of a case."""

    title: str
    width: int
    cell: Callable[[Reader, ExportRow], Cell]


COLUMNS: Final = (
    Column(msgid("Case number"), 18, lambda _, row: row.number),
    Column(msgid("State"), 14, lambda reader, row: reader.label("state", row.state)),
    Column(msgid("Received"), 17, lambda reader, row: reader.moment(row.received_at)),
    Column(msgid("Registered"), 17, lambda reader, row: reader.moment(row.registered_at)),
    Column(msgid("Channel"), 14, lambda reader, row: reader.label("channel", row.channel)),
    Column(msgid("Channel code"), 8, lambda _, row: row.report_code),
    Column(msgid("Category"), 14, lambda reader, row: reader.label("category", row.category)),
    Column(msgid("Kind"), 14, lambda reader, row: reader.label("kind", row.kind)),
    Column(msgid("Urgency"), 10, lambda reader, row: reader.label("urgency", row.urgency)),
    Column(msgid("Nature"), 14, lambda reader, row: reader.label("nature", row.nature)),
    Column(msgid("Major complaint"), 8, lambda reader, row: _yes(reader, is_so=row.major)),
    Column(msgid("Department"), 14, lambda reader, row: reader.label("department", row.department)),
    Column(msgid("Dealer code"), 12, lambda _, row: row.dealer_code),
    Column(msgid("Dealer"), 24, lambda reader, row: _named(reader, row.dealer_name, row.dealer_name_en)),
    Column(msgid("Owner"), 14, lambda _, row: row.owner_name),
    Column(msgid("Customer"), 14, lambda _, row: row.customer_name),
    Column(msgid("Phone"), 17, lambda _, row: row.customer_phone),
    Column(msgid("Plate"), 12, lambda _, row: row.vehicle_plate),
    Column(msgid("VIN"), 20, lambda _, row: row.vehicle_vin),
    Column(msgid("Vehicle"), 24, lambda _, row: row.vehicle_model),
    Column(msgid("Mileage"), 10, lambda _, row: "" if row.mileage_km is None else row.mileage_km),
    Column(msgid("Title"), 40, lambda _, row: row.title),
    Column(msgid("In the customer's words"), 60, lambda _, row: row.words),
    Column(msgid("Description"), 40, lambda _, row: row.description),
    Column(msgid("Demand"), 30, lambda _, row: row.demand),
    Column(msgid("Plan"), 40, lambda _, row: row.plan),
    Column(msgid("What was found"), 40, lambda _, row: row.found),
    Column(msgid("Result"), 40, lambda _, row: row.result),
    Column(msgid("Further advice"), 40, lambda _, row: row.advice),
    Column(msgid("Root cause"), 40, lambda _, row: row.root_cause),
    Column(msgid("Preventive measure"), 40, lambda _, row: row.preventive_measure),
    Column(msgid("Due"), 17, lambda reader, row: reader.moment(row.due_at)),
    Column(msgid("First contact"), 17, lambda reader, row: reader.moment(row.contacted_at)),
    Column(msgid("Customer told"), 17, lambda reader, row: reader.moment(row.result_told_at)),
    Column(msgid("Closed"), 17, lambda reader, row: reader.moment(row.closed_at)),
    Column(msgid("Tags"), 20, lambda _, row: row.tags),
    Column(msgid("Reference"), 20, lambda _, row: row.external_ref),
)


def csv_file(reader: Reader, rows: Sequence[ExportRow]) -> bytes:
    """The rows as CSV in UTF-8 with a byte order mark, so that spreadsheets read Chinese."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(_titles(reader))
    writer.writerows([_harmless(cell) for cell in _cells(reader, row)] for row in rows)
    return buffer.getvalue().encode("utf-8-sig", "replace")


def xlsx_file(reader: Reader, rows: Sequence[ExportRow]) -> bytes:
    """The rows as a workbook; every cell is text or a number, never a formula or a link."""
    # The doors make no workbooks and have no library for them.
    from xlsxwriter import Workbook

    buffer = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as workbook:
        sheet = workbook.add_worksheet(reader.translator.gettext("Cases"))
        bold = workbook.add_format({"bold": True, "bottom": 1})
        for column, each in enumerate(COLUMNS):
            sheet.set_column(column, column, each.width)
        sheet.freeze_panes(1, 1)
        for column, title in enumerate(_titles(reader)):
            sheet.write_string(0, column, title, bold)
        for line, row in enumerate(rows, 1):
            for column, cell in enumerate(_cells(reader, row)):
                if isinstance(cell, int):
                    sheet.write_number(line, column, cell)
                else:
                    sheet.write_string(line, column, cell)
        sheet.autofilter(0, 0, len(rows), len(COLUMNS) - 1)
    return buffer.getvalue()


WRITERS: Final = {Format.CSV: csv_file, Format.XLSX: xlsx_file}


def _titles(reader: Reader) -> list[str]:
    return [reader.translator.gettext(each.title) for each in COLUMNS]


def _cells(reader: Reader, row: ExportRow) -> list[Cell]:
    cells = [each.cell(reader, row) for each in COLUMNS]
    return [cell if isinstance(cell, int) else cell.translate(_UNPRINTABLE)[:CELL_AT_MOST] for cell in cells]


def _harmless(cell: Cell) -> Cell:
    return neutral(cell) if isinstance(cell, str) else cell


def _yes(reader: Reader, *, is_so: bool) -> str:
    return reader.translator.gettext("Yes") if is_so else ""


def _named(reader: Reader, name: str, name_en: str) -> str:
    return name_en if reader.translator.locale is Locale.EN and name_en else name
