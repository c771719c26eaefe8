"""Reports printed once per test process: printing takes seconds."""

import logging
from collections.abc import Callable
from functools import cache, cached_property
from io import BytesIO

import pytest
from pypdf import PdfReader

from shared.reports.figures import DealerMonth
from shared.reports.render import render_pdf
from shared.web.locale import Locale
from tests.unit.reports import samples


class Printed:
    """A report with what is needed to judge it; `complaints`: what WeasyPrint logged as warning or worse."""

    def __init__(self, figures: DealerMonth, content: bytes, complaints: list[str]) -> None:
        self.figures = figures
        self.content = content
        self.complaints = complaints

    @cached_property
    def reader(self) -> PdfReader:
        return PdfReader(BytesIO(self.content))

    @cached_property
    def text(self) -> str:
        """The words of all pages, blanks removed, because line breaks fall anywhere in Chinese."""
        pages = "".join(page.extract_text() for page in self.reader.pages)
        return "".join(pages.split())


def print_report(figures: DealerMonth, locale: Locale) -> Printed:
    complaints: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            complaints.append(record.getMessage())

    collector = Collector(logging.WARNING)
    logging.getLogger("weasyprint").addHandler(collector)
    try:
        return Printed(figures, render_pdf(figures, locale), complaints)
    finally:
        logging.getLogger("weasyprint").removeHandler(collector)


@pytest.fixture(scope="session")
def ordinary() -> Callable[[Locale], Printed]:
    """A month with a few cases, printed once per language."""
    return cache(lambda locale: print_report(samples.busy_month(12, carried_over=3), locale))


@pytest.fixture(scope="session")
def empty() -> Callable[[Locale], Printed]:
    """A month without any case, printed once per language."""
    return cache(lambda locale: print_report(samples.dealer_month(), locale))
