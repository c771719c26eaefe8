"""Which language a request gets, and how sentences are filled in."""

import pytest

from shared.web.locale import Locale, locale_of, negotiate, translator


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("zh", Locale.ZH_CN),
        ("zh-Hant-TW", Locale.ZH_CN),
        ("zh_CN", Locale.ZH_CN),
        ("EN-gb", Locale.EN),
        ("de", None),
        ("", None),
        (None, None),
        ("zhx", None),
    ],
)
def test_language_tags_lead_to_a_locale_we_speak(tag: str | None, locale: Locale | None) -> None:
    assert locale_of(tag) is locale


def test_the_explicit_choice_wins_over_profile_and_browser() -> None:
    assert negotiate("en", "zh-CN", accept_language="zh") is Locale.EN
    assert negotiate(None, "en", accept_language="zh") is Locale.EN
    assert negotiate("fr", None, accept_language="en") is Locale.EN


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("en-US,en;q=0.9,zh;q=0.8", Locale.EN),
        ("de, zh;q=0.5, en;q=0.4", Locale.ZH_CN),
        ("fr;q=1, en;q=0", Locale.ZH_CN),
        ("en;q=nonsense", Locale.ZH_CN),
        ("", Locale.ZH_CN),
        ("*", Locale.ZH_CN),
    ],
)
def test_the_browsers_weights_are_heeded(header: str, locale: Locale) -> None:
    assert negotiate(accept_language=header) is locale


def test_sentences_are_translated_and_filled_in() -> None:
    chinese, english = translator(Locale.ZH_CN), translator(Locale.EN)
    assert chinese.gettext("Level %(level)s", level=2) == "第 2 级"
    assert english.gettext("Level %(level)s", level=2) == "Level 2"
    assert english.ngettext("%(count)s case", "%(count)s cases", 1) == "1 case"
    assert english.ngettext("%(count)s case", "%(count)s cases", 3) == "3 cases"
    assert chinese.ngettext("%(count)s case", "%(count)s cases", 3) == "3 件"


def test_one_word_reads_differently_by_context() -> None:
    chinese = translator(Locale.ZH_CN)
    assert chinese.pgettext("category", "Parts") == "备件类"
    assert chinese.pgettext("department", "Parts") == "备件"


def test_a_part_without_value_does_not_break_the_sentence() -> None:
    assert translator(Locale.EN).fill("Level %(level)s", {}) == "Level (level)"
