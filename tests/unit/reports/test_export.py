"""R6.6: the case list as CSV and XLSX beside the PDF."""

import csv
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest

from shared.reports.export import CELL_AT_MOST, csv_file, xlsx_file
from shared.reports.figures import PhoneKind
from shared.web.locale import Locale
from tests.unit.reports.samples import busy_month, case_row, dealer_month

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\u200b=HYPERLINK(1)"]


def csv_rows(**changes: object) -> list[list[str]]:
    content = csv_file(dealer_month(cases=(case_row(**changes),)), Locale.EN)
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))


def test_a_row_holds_the_columns_of_the_monthly_form():
    """R6.1: who, when, by which channel, what; result in its parts (R3.7), date, time, handler; cause."""
    head, row = csv_rows(found="接待无人引导", advice="来店前请电话预约")
    assert dict(zip(head, row, strict=True)) == {
        "Case no.": "AF20261008001",
        "Date": "2026-10-08",
        "Customer": "张*",
        "Plate": "测A·1***5",
        "Phone": "138****0012",
        "Chan.": "2",
        "Channel": "Phone",
        "Cat.": "SA",
        "Category": "Service",
        "Complaint": "等待时间过长",
        "What was found": "接待无人引导",
        "Result": "致歉并说明",
        "Further advice": "来店前请电话预约",
        "Told on": "2026-10-09",
        "Days": "1",
        "Hours waiting for the customer": "0",
        "Hours waiting in all": "0",
        "Handler": "陈晓",
        "Cause": "工位不足",
        "Corrective measure": "预约分时",
    }


def test_an_open_case_has_no_result_date_and_a_hidden_number_its_kind():
    head, row = csv_rows(result_at=None, result="", phone="", phone_kind=PhoneKind.LANDLINE)
    values = dict(zip(head, row, strict=True))
    assert (values["Told on"], values["Days"], values["Phone"]) == ("", "", "Landline")


def test_every_case_is_listed_with_its_whole_words():
    long_words = "很长的话" * 400
    figures = busy_month(400)
    rows = (*figures.cases, case_row(content=long_words))
    content = csv_file(dealer_month(cases=rows), Locale.ZH_CN).decode("utf-8-sig")
    lines = list(csv.reader(StringIO(content)))
    assert len(lines) == 1 + len(rows)
    assert any(line[9] == long_words for line in lines)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_the_csv_is_a_formula(text: str):
    """A spreadsheet must not run what a customer wrote."""
    _, row = csv_rows(content=text, customer=text)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@pytest.mark.parametrize(
    "text", [*FORMULAS, "https://evil.example/", "lone \ud800 surrogate", "\x00\x07", "x" * 50_000]
)
def test_no_cell_of_the_workbook_is_a_formula_or_a_link(text: str):
    content = xlsx_file(dealer_month(cases=(case_row(content=text),)), Locale.EN)
    sheet = ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet.lower()


def test_a_huge_cell_is_cut_to_what_a_spreadsheet_holds():
    _, row = csv_rows(content="x" * 50_000)
    assert len(row[9]) == CELL_AT_MOST


@pytest.mark.parametrize("locale", list(Locale))
def test_the_same_figures_give_the_same_bytes(locale: Locale):
    figures = busy_month(20)
    assert csv_file(figures, locale) == csv_file(figures, locale)
    assert xlsx_file(figures, locale) == xlsx_file(figures, locale)
