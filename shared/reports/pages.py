"""What the templates print: figures, judgements and findings of a month with their charts and table rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from shared.cases.vocabulary import Category, ReportCode
from shared.reports.facts import Finding
from shared.reports.figures import CaseRow, DealerMonth
from shared.reports.findings import find
from shared.reports.judge import Judgement, KpiResult, judge_all
from shared.reports.printable import capped
from shared.reports.summary import Summary, handling_days, share_permille, summarise
from shared.reports.words import Words
from shared.web import charts, trends
from shared.web.charts import Part, Series
from shared.web.locale import Locale
from shared.web.svg import Tone

ROWS_PRINTED_AT_MOST: Final = 300
"""Layout costs about 13 ms a row; all rows are attached to the PDF."""

SHORT_CELL: Final = 40
LONG_CELL: Final = 220

CATEGORY_TONES: Final = {
    Category.SALES: Tone.SALES,
    Category.SERVICE: Tone.SERVICE,
    Category.PRODUCT_QUALITY: Tone.QUALITY,
    Category.PARTS: Tone.PARTS,
    Category.OTHER: Tone.OTHER,
}
BUCKET_TONES: Final = (Tone.GOOD, Tone.ACCENT, Tone.ACCENT, Tone.WARN, Tone.BAD, Tone.BAD)
JUDGEMENT_TONES: Final = {
    Judgement.MEETS: Tone.GOOD,
    Judgement.NEEDS_IMPROVEMENT: Tone.WARN,
    Judgement.BELOW: Tone.BAD,
    Judgement.UNDECIDED: Tone.ACCENT,
    Judgement.NO_CASES: Tone.NEUTRAL,
}
PLOT_LOW: Final = 700
"""Left end of the dot plots of rates, per mille; lower rates are drawn there."""


@dataclass(frozen=True, slots=True)
class PrintedCase:
    """One line of the case list, every text at a length that fits."""

    place: int
    number: str
    received: str
    customer: str
    plate: str
    phone: str
    channel: int
    category: str
    content: str
    found: str
    result: str
    advice: str
    resolved: str
    handling: str
    handler: str
    cause: str
    measure: str
    is_major: bool


@dataclass(frozen=True, slots=True)
class Indicator:
    """One KPI as the cover and the KPI page show it."""

    result: KpiResult
    tone: str
    spark: Markup
    trend: Markup
    plot: Markup | None


@dataclass(frozen=True, slots=True)
class ReportPages:
    """The context of `dealer_month/report.html`."""

    figures: DealerMonth
    words: Words
    summary: Summary
    indicators: tuple[Indicator, ...]
    findings: tuple[Finding, ...]
    trend: Markup
    categories: Markup
    buckets: Markup
    channels: Markup
    rows: tuple[PrintedCase, ...]
    carried_rows: tuple[PrintedCase, ...]
    attachment: str

    @property
    def not_printed(self) -> int:
        """How many cases are in the attachment only."""
        return len(self.figures.cases) - len(self.rows) - len(self.carried_rows)


def build(figures: DealerMonth, locale: Locale) -> ReportPages:
    """Everything the report of a month prints in one language."""
    words = Words(locale, figures.time_zone)
    summary = summarise(figures)
    results = judge_all(figures)
    printed = _printed_cases(figures, words, [*summary.received, *summary.carried_over])
    received = min(len(summary.received), len(printed))
    return ReportPages(
        figures=figures,
        words=words,
        summary=summary,
        indicators=tuple(_indicator(figures, result, words) for result in results),
        findings=find(figures, summary, results),
        trend=_trend(figures, words),
        categories=_categories(summary, words),
        buckets=_buckets(summary, words),
        channels=_channels(summary, words),
        rows=printed[:received],
        carried_rows=printed[received:],
        attachment=attachment_name(figures),
    )


def attachment_name(figures: DealerMonth) -> str:
    """The file name of the attached case list, without its ending."""
    code = "".join(
        character for character in figures.dealer_code if character.isascii() and character.isalnum()
    )
    return f"cases-{code}-{figures.month}"


def _indicator(figures: DealerMonth, result: KpiResult, words: Words) -> Indicator:
    months = [words.short_month(month.month.first_day) for month in figures.months]
    tone = JUDGEMENT_TONES[result.judgement]
    history = [None if rate is None else rate / 10 for rate in result.history]
    target = result.target / 10
    plot = None
    if result.rate is not None:
        plot = trends.dot_target(result.rate, result.target, PLOT_LOW, 1000, tone=tone, width=84)
    return Indicator(
        result=result,
        tone=tone,
        spark=trends.sparkline(history, target, tone=tone, width=150, height=32),
        trend=trends.rate_line(
            months, history, target, title=words.kpi(result.kpi), tone=tone, width=138, height=94
        ),
        plot=plot,
    )


def _trend(figures: DealerMonth, words: Words) -> Markup:
    labels = [words.short_month(month.month.first_day) for month in figures.months]
    series = [
        Series(
            words.category(category),
            [month.categories.of(category) for month in figures.months],
            CATEGORY_TONES[category],
        )
        for category in Category
    ]
    title = words.translator.gettext("Complaints in the last 12 months, by category")
    return charts.stacked_columns(labels, series, title=title, height=222)


def _categories(summary: Summary, words: Words) -> Markup:
    total = summary.categories.total
    parts = [
        Part(
            words.category(category),
            summary.categories.of(category),
            CATEGORY_TONES[category],
            words.percent(share_permille(summary.categories.of(category), total)),
        )
        for category in Category
    ]
    title = words.translator.gettext("Complaints by category")
    caption = words.translator.pgettext("report", "Cases")
    return charts.donut(parts, words.number(total), caption=caption, title=title)


def _buckets(summary: Summary, words: Words) -> Markup:
    parts = [
        Part(
            name,
            count,
            tone,
            words.percent(share_permille(count, summary.resolved_in_month)) if count else "",
        )
        for name, count, tone in zip(words.buckets(), summary.resolved_buckets, BUCKET_TONES, strict=True)
    ]
    title = words.translator.gettext("Handling time of resolved cases")
    return charts.columns(parts, title=title, width=330, height=148)


def _channels(summary: Summary, words: Words) -> Markup:
    total = len(summary.received)
    parts = [
        Part(
            f"{int(code)} {words.channel(code)}",
            summary.channels[code],
            note=words.percent(share_permille(summary.channels[code], total)) if total else "",
        )
        for code in ReportCode
    ]
    return charts.bars(
        parts,
        title=words.translator.gettext("Complaints by channel"),
        width=224,
        row_height=29,
        label_width=108,
    )


def _printed_cases(figures: DealerMonth, words: Words, rows: Sequence[CaseRow]) -> tuple[PrintedCase, ...]:
    return tuple(
        _printed_case(figures, words, row, place)
        for place, row in enumerate(rows[:ROWS_PRINTED_AT_MOST], start=1)
    )


def _printed_case(figures: DealerMonth, words: Words, row: CaseRow, place: int) -> PrintedCase:
    year = figures.month.year
    is_open = row.result_at is None
    return PrintedCase(
        place=place,
        number=capped(row.number, SHORT_CELL),
        received=words.short_day(figures.local_date(row.received_at), year),
        customer=capped(row.customer, SHORT_CELL),
        plate=capped(row.plate, SHORT_CELL),
        phone=capped(row.phone, SHORT_CELL) or words.phone_kind(row.phone_kind),
        channel=int(row.channel),
        category=row.category.value,
        content=capped(row.content, LONG_CELL),
        found=capped(row.found, LONG_CELL // 2),
        result=capped(row.result, LONG_CELL),
        advice=capped(row.advice, LONG_CELL // 2),
        resolved="" if row.result_at is None else words.short_day(figures.local_date(row.result_at), year),
        handling="" if is_open else words.whole_days(handling_days(figures, row)),
        handler=capped(row.handler, SHORT_CELL),
        cause=capped(row.cause, LONG_CELL // 2),
        measure=capped(row.measure, LONG_CELL // 2),
        is_major=row.is_major,
    )
