"""Every character a report can print by itself has a glyph in its fonts."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from fontTools.ttLib import TTFont

from shared.reports import documents, fonts, render
from shared.reports.printable import NO_GLYPH
from shared.reports.words import Words
from shared.web.labels import LABELS
from shared.web.locale import CATALOGUES, DOMAIN, Locale
from tests.unit.reports import samples


def sentences(locale: Locale) -> str:
    """All sentences of the report in a language, and the labels it uses."""
    path = CATALOGUES / locale.catalogue / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale.catalogue)
    texts: list[str] = []
    for message in catalogue:
        is_ours = any(file.startswith("shared/reports/") for file, _ in message.locations)
        if message.id and (is_ours or message.context in LABELS):
            for text in (message.id, message.string):
                texts.extend([text] if isinstance(text, str) else text)
    assert len(texts) > 100
    return "".join(texts)


@pytest.mark.parametrize("locale", list(Locale))
def test_every_sentence_has_its_glyphs(locale: Locale):
    missing = {character for character in sentences(locale) if ord(character) not in fonts.covered()}
    assert missing == set()


@pytest.mark.parametrize("locale", list(Locale))
def test_a_whole_report_has_its_glyphs(locale: Locale):
    html = render.render_html(samples.busy_month(30), locale)
    words = Words(locale, samples.TIME_ZONE)
    assert NO_GLYPH not in html
    assert words.short_month(samples.MONTH.first_day) in html


def test_the_templates_have_their_glyphs():
    texts = [path.read_text(encoding="utf-8") for path in Path(documents.TEMPLATES).rglob("*.*")]
    assert texts
    missing = {c for text in texts for c in text if not c.isspace() and ord(c) not in fonts.covered()}
    assert missing == set()


def test_the_three_weights_cover_the_same_characters():
    for path in fonts.FILES.values():
        with TTFont(path, lazy=True) as font:
            assert frozenset(font.getBestCmap()) == fonts.covered()
    assert all(ord(mark) in fonts.covered() for mark in "○△×①✓≥≤▲▼→÷…–—·□")


def test_the_style_sheet_names_no_other_font():
    sheet = (documents.TEMPLATES / "dealer_month" / "report.css").read_text(encoding="utf-8")
    assert set(re.findall(r'"([^"]*[Ss]ans[^"]*)"', sheet)) == {fonts.FAMILY}
