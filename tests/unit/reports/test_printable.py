import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reports.printable import Drawable, capped, clean

ANY_TEXT = st.text(alphabet=st.characters(codec=None, min_codepoint=0, max_codepoint=0x10FFFF), max_size=80)
LONE_SURROGATES = st.text(alphabet=st.characters(categories=["Cs"]), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x00b\x1fc", "a b c"),
        ("  两\t行\r\n文字 ", "两 行 文字"),
        ("abc\u202edef", "abcdef"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("lone\ud83dsurrogate", "lonesurrogate"),
        ("e\u0301", "é"),
        ("⚠\ufe0f", "⚠"),
        ("", ""),
    ],
)
def test_what_cannot_be_printed_or_read_goes(text: str, expected: str):
    assert clean(text) == expected


@given(ANY_TEXT | LONE_SURROGATES)
def test_clean_text_can_be_encoded_and_stays_clean(text: str):
    once = clean(text)
    once.encode("utf-8")
    assert clean(once) == once
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in once)


@given(ANY_TEXT, st.integers(1, 50))
def test_capped_text_is_never_longer_than_its_limit(text: str, limit: int):
    shown = capped(text, limit)
    assert len(shown) <= limit
    assert shown == text if len(text) <= limit else shown.endswith("…")


@given(ANY_TEXT | LONE_SURROGATES)
def test_a_drawable_document_holds_nothing_but_what_the_fonts_cover(text: str):
    covered = frozenset(map(ord, "abc回音□"))
    shown = text.translate(Drawable(covered))
    assert all(ord(character) in covered or character in " \n" for character in shown)


def test_a_character_without_a_glyph_becomes_a_box():
    assert "好😡a".translate(Drawable(frozenset(map(ord, "好a")))) == "好□a"
