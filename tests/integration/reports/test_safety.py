"""What customers write, and addresses in a page, can do nothing to a report or to its machine."""

from datetime import UTC, datetime
from importlib import import_module
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from shared.errors import AppError, Unavailable
from shared.reports import fonts, weasy
from shared.reports.figures import Name, Signature, SignOff
from shared.reports.render import render_html
from shared.web.locale import Locale
from tests.integration.reports.conftest import print_report
from tests.unit.reports.samples import GENERATED_AT, case_row, dealer_month, quiet_months

MADE_AT = datetime(2026, 11, 2, tzinfo=UTC)
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("reports")]

HOSTILE = [
    "</td></tr></table><script>alert(1)</script>",
    '<link rel="attachment" href="file:///etc/passwd">',
    '<a rel="attachment" href="file:///etc/passwd">x</a>',
    '<img src="file:///etc/passwd"><img src="http://127.0.0.1:9/">',
    '<style>@import "http://127.0.0.1:9/x.css"; td{display:none}</style>',
    '<svg><image href="file:///etc/passwd"/></svg>',
    "{{ 7*7 }}{% for x in y %}",
    "%(name)s %s 100%",
    '" onload="x" style="position:fixed',
    "&lt;b&gt;&#x0;&amp;",
    "lone \ud83d surrogate, \x00 nul, \u202eoverride",
    "😡🚗 فارسی ไทย",
    "W" * 3000,
    "无断点" * 1000,
    "https://example.com/" + "very-long-path/" * 60,
]


@pytest.mark.parametrize("locale", list(Locale))
def test_hostile_words_are_printed_as_words(locale: Locale):
    rows = tuple(
        case_row(
            number=f"AF202610010{place:02d}",
            customer=text,
            plate=text,
            phone=text,
            content=text,
            result=text,
            handler=text,
            cause=text,
            measure=text,
            series=text,
        )
        for place, text in enumerate(HOSTILE)
    )
    long_name = Name("<b>超长名称</b>" * 12, "<b>An endless name</b> " * 12)
    report = print_report(
        dealer_month(
            cases=rows,
            oem=long_name,
            dealer=long_name,
            dealer_code="../<i>&" + "X" * 20,
            region_path=(long_name, long_name),
            months=quiet_months(),
            sign_off=SignOff(prepared=Signature("<script>" * 5, GENERATED_AT.date())),
        ),
        locale,
    )
    assert report.complaints == []
    assert sorted(report.reader.attachments) == [
        f"cases-i{'X' * 20}-2026-10.{ending}" for ending in ("csv", "xlsx")
    ]
    for visible in (
        "<script>alert(1)</script>",
        'href="file:///etc/passwd"',
        "{{7*7}}",
        "&lt;b&gt;",
        "%(name)s",
    ):
        assert visible in report.text
    assert "root:" not in report.text
    assert all(row.number in report.text for row in rows)


def test_a_character_without_a_glyph_is_a_box_and_a_control_character_is_nothing():
    html = render_html(dealer_month(cases=(case_row(content="好😡\x00\ud83d\u202e的"),)), Locale.EN)
    assert "好□ 的" in html


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="attachment" href="file:///etc/passwd">',
        '<p><a rel="attachment" href="file:///etc/passwd">x</a></p>',
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<style>@import "http://127.0.0.1:9/a.css";</style>',
        '<img src="file:///etc/passwd">',
        '<img src="http://127.0.0.1:9/a.png">',
        '<p style="background:url(https://127.0.0.1:9/a.png)">x</p>',
        '<object data="file:///etc/passwd"></object>',
        '<base href="file:///etc/"><img src="passwd">',
        '<img src="asset:../../settings.py">',
    ],
)
def test_a_page_that_asks_for_anything_foreign_is_not_printed(html: str):
    with pytest.raises(AppError, match="report_asset_refused"):
        weasy.print_pdf(html, [], MADE_AT)


def test_a_picture_inside_a_chart_cannot_read_files(tmp_path: Path):
    """The printer swallows errors inside SVG; what counts is that the file is not read."""
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>SECRET</text></svg>', encoding="utf-8")
    picture = f'<image href="{secret.as_uri()}"/>'
    html = f'<p>page</p><svg width="9" height="9" xmlns="http://www.w3.org/2000/svg">{picture}</svg>'
    text = PdfReader(BytesIO(weasy.print_pdf(html, [], MADE_AT))).pages[0].extract_text()
    assert "page" in text
    assert "SECRET" not in text


def test_a_data_address_may_be_used():
    pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    assert weasy.print_pdf(f'<img src="{pixel}">', [], MADE_AT).startswith(b"%PDF")


def test_missing_pango_is_told_with_the_packages_to_install(monkeypatch: pytest.MonkeyPatch):
    def without_pango(name: str) -> object:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return import_module(name)

    monkeypatch.setattr(weasy, "import_module", without_pango)
    with pytest.raises(Unavailable) as caught:
        weasy.check()
    assert caught.value.code == "pango_missing"
    assert "libpangoft2-1.0-0" in str(caught.value.params["debian"])
    assert caught.value.params["homebrew"] == "pango"


def test_missing_fonts_are_told_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(fonts, "FILES", {400: fonts.FILES[400], 700: tmp_path / "NotoSansSC-700.ttf"})
    with pytest.raises(Unavailable) as caught:
        weasy.check()
    assert (caught.value.code, caught.value.params["files"]) == ("report_fonts_missing", "NotoSansSC-700.ttf")
