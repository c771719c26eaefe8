"""The monthly report as a PDF, read back (R6.1, R6.2, R6.6)."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from shared.cases.vocabulary import Category
from shared.reports import export, fonts, pages
from shared.reports.figures import Kpi
from shared.reports.judge import judge_all
from shared.reports.render import render_html
from shared.reports.summary import summarise
from shared.reports.words import Words
from shared.web.locale import Locale
from tests.integration.reports.conftest import Printed
from tests.unit.reports import samples

Report = Callable[[Locale], Printed]
LOCALES = pytest.mark.parametrize("locale", list(Locale))
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("reports")]

FORM = {
    Locale.ZH_CN: [
        "客户投诉统计分析月报|2026年10月|测试城东旗舰服务中心|TC-0137|序号|投诉编号|日期|投诉顾客|车牌号码|联系电话",
        "渠道|类别|投诉内容|处理结果|答复日期|处理时间|处理人|投诉原因分析及整改措施|完成|审核|批准",
        "3日内|4–7日|8–14日|15–30日|1–2个月|2个月以上|及时率|处理率|24小时响应率|闭环率|未结|本月受理|以前月份结转",
    ],
    Locale.EN: [
        "Monthly complaint report|October 2026|Testville East Flagship Service|TC-0137|Case no.|Date",
        "Customer|Plate|Phone|Chan.|Cat.|Complaint|Result|Told on|Time|Handler|Cause and corrective measure",
        "Prepared|Reviewed|Approved|≤ 3 d|4–7 d|8–14 d|15–30 d|1–2 mo|> 2 mo|Timeliness|Handling",
        "Response in 24 h|Closed loop|Received this month|Carried over from earlier months",
    ],
}


def phrases(locale: Locale) -> list[str]:
    return ["".join(phrase.split()) for line in FORM[locale] for phrase in line.split("|")]


@LOCALES
def test_everything_the_monthly_form_asks_for_is_on_the_pages(ordinary: Report, locale: Locale):
    """R6.1: the form's columns, the timeliness buckets and the three signatures."""
    text = ordinary(locale).text
    assert [phrase for phrase in phrases(locale) if phrase not in text] == []


@LOCALES
def test_every_case_is_on_the_pages_with_its_words(ordinary: Report, locale: Locale):
    """R6.1, R3.7: each case with who, what, the result in its parts, cause and measure."""
    report = ordinary(locale)
    for row in report.figures.cases:
        who = (row.number, row.customer, row.plate, row.phone)
        for part in (*who, row.content, row.found, row.result, row.advice, row.cause, row.measure):
            assert "".join(part.split()) in report.text


@LOCALES
def test_the_totals_are_on_the_pages(ordinary: Report, locale: Locale):
    """R6.1: totals per category with share, channels, buckets of resolved and of open cases."""
    report = ordinary(locale)
    words = Words(locale, report.figures.time_zone)
    summary = summarise(report.figures)
    view = pages.build(report.figures, locale)
    for category in Category:
        count = summary.categories.of(category)
        share = words.percent(pages.share_permille(count, summary.categories.total))
        assert f"{''.join(words.category(category).split())}{category.value}{count}{share}" in report.text
    for buckets in (summary.resolved_buckets, summary.open_buckets):
        assert "".join(map(str, buckets)) in report.text
    for code, count in summary.channels.items():
        assert "".join(f"{int(code)} {words.channel(code)}{count}".split()) in report.text
    assert view.not_printed == 0


@LOCALES
def test_every_indicator_is_on_the_pages_with_target_and_judgement(ordinary: Report, locale: Locale):
    """R6.2: target, actual, judgement."""
    report = ordinary(locale)
    words = Words(locale, report.figures.time_zone)
    for result in judge_all(report.figures):
        counts = f"{result.counts.met}/{result.counts.accepted}{result.counts.running}"
        line = f"{counts}{words.percent(result.target)}{words.percent(result.rate)}"
        assert line in report.text
        assert "".join(words.judgement(result.judgement).split()) in report.text
    assert len(judge_all(report.figures)) == len(Kpi)


@LOCALES
def test_a_month_without_cases_is_no_zero_and_no_hundred_percent(empty: Report, locale: Locale):
    """R6.2: months without cases say "no cases"."""
    report = empty(locale)
    missing = "–无投诉" if locale is Locale.ZH_CN else "–Nocases"
    assert report.text.count(missing) == 2 * len(Kpi)
    text = report.text.replace("不以0%或100%计", "").replace("ratherthan0%or100%", "")
    assert "0.0%" not in text.replace("90.0%", "")
    assert "100.0%" not in text


@LOCALES
@pytest.mark.parametrize("kind", ["ordinary", "empty"])
def test_the_printer_has_nothing_to_complain_about(request: pytest.FixtureRequest, kind: str, locale: Locale):
    """Errors inside charts are swallowed by the printer and show in its log only."""
    report: Report = request.getfixturevalue(kind)
    assert report(locale).complaints == []


@LOCALES
def test_a_short_report_has_four_pages_and_the_list_lies_across(ordinary: Report, locale: Locale):
    sizes = [page.mediabox for page in ordinary(locale).reader.pages]
    assert len(sizes) == 4
    assert [size.width > size.height for size in sizes] == [False, False, False, True]


@LOCALES
def test_only_the_reports_own_fonts_are_used(ordinary: Report, locale: Locale):
    """A missing glyph would be taken from a font of the machine, without a word."""
    names: set[str] = set()
    for page in ordinary(locale).reader.pages:
        used = page["/Resources"]["/Font"]
        names |= {str(used[key]["/BaseFont"]) for key in used}
    family = fonts.FAMILY.replace(" ", "-")
    assert {name.split("+")[1] for name in names} == {family, f"{family}-Medium", f"{family}-Bold"}


@LOCALES
def test_readers_find_their_way(ordinary: Report, locale: Locale):
    """Tagged for screen readers, with language, title and an outline."""
    reader = ordinary(locale).reader
    catalogue = reader.trailer["/Root"]
    assert catalogue["/Lang"] == locale.value
    assert catalogue["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert "2026" in (reader.metadata.title or "")
    chapters = [entry for entry in reader.outline if not isinstance(entry, list)]
    assert len(chapters) == 3
    assert [reader.get_destination_page_number(chapter) for chapter in chapters] == [1, 2, 3]


@LOCALES
def test_all_cases_are_attached_as_files(ordinary: Report, locale: Locale):
    """R6.6: XLSX and CSV beside the PDF."""
    report = ordinary(locale)
    attached = {name: content[0] for name, content in report.reader.attachments.items()}
    assert attached == {
        "cases-TC0137-2026-10.xlsx": export.xlsx_file(report.figures, locale),
        "cases-TC0137-2026-10.csv": export.csv_file(report.figures, locale),
    }


def test_a_long_list_is_cut_and_says_so():
    figures = samples.busy_month(310, carried_over=5)
    html = render_html(figures, Locale.EN)
    assert html.count('<tr><td class="mute">') == pages.ROWS_PRINTED_AT_MOST
    assert "The first 300 of 315 cases are printed here" in html
    assert figures.cases[299].number in html
    assert "Carried over from earlier months" not in html


def test_an_interim_report_says_that_the_month_is_not_over():
    early = samples.START.replace(day=15, month=10)
    assert "Interim: the month is not over yet." in render_html(
        samples.dealer_month(generated_at=early), Locale.EN
    )
    assert "Interim" not in render_html(samples.dealer_month(), Locale.EN)


def test_the_same_figures_give_the_same_bytes_in_any_process(ordinary: Report):
    """R6.6: reproducible."""
    program = (
        "import sys; from shared.reports.render import render_pdf; from shared.web.locale import Locale;"
        "from tests.unit.reports import samples;"
        "sys.stdout.buffer.write(render_pdf(samples.busy_month(12, carried_over=3), Locale.ZH_CN))"
    )
    for seed in ("1", "2"):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TZ": "America/Lima",
        }
        printed = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, check=True, env=environment, timeout=240
        )
        assert printed.stdout == ordinary(Locale.ZH_CN).content
