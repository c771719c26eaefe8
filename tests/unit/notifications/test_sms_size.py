"""The size of an SMS as networks count it (3GPP TS 23.038 and 23.040)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.notifications.sms_size import clipped, is_gsm7, sms_size

LATIN = st.text(st.sampled_from("aZ9 .,@£€[]{}~^|\\èÄñ\n"), max_size=700)
ANY = st.text(st.sampled_from("aé[回音。😀🚗 …"), max_size=300)
TWO_SEPTETS = "\f^{}\\[~]|€"


def slow_count(text: str) -> tuple[int, int]:
    """Units and segments, packed one character after the other."""
    gsm7 = is_gsm7(text)
    alone, joined = (160, 153) if gsm7 else (70, 67)
    widths = [
        (2 if each in TWO_SEPTETS else 1) if gsm7 else len(each.encode("utf-16-le")) // 2 for each in text
    ]
    if sum(widths) <= alone:
        return sum(widths), 1
    segments, left = 1, joined
    for width in widths:
        if width > left:
            segments, left = segments + 1, joined
        left -= width
    return sum(widths), segments


@given(text=LATIN | ANY)
def test_any_text_is_counted_as_it_is_packed(text: str) -> None:
    """Issue 4: SMS length and segment count."""
    size = sms_size(text)
    assert (size.units, size.segments) == slow_count(text)
    assert size.alphabet == ("GSM-7" if is_gsm7(text) else "UCS-2")


@given(text=LATIN | ANY, more=LATIN | ANY)
def test_more_words_never_need_fewer_segments(text: str, more: str) -> None:
    assert sms_size(text).segments <= sms_size(text + more).segments


@given(text=LATIN | ANY, segments=st.integers(2, 3))
def test_what_is_cut_fits_and_says_so(text: str, segments: int) -> None:
    cut = clipped(text, segments)
    assert sms_size(cut).segments <= segments
    if cut == text:
        assert sms_size(text).segments <= segments
        return
    mark = "..." if is_gsm7(text) else "…"
    assert cut.endswith(mark)
    assert text.startswith(cut.removesuffix(mark))


@pytest.mark.parametrize(("letter", "mark", "units"), [("a", "...", 306), ("回", "…", 134)])
def test_what_is_cut_uses_all_the_room_there_is(letter: str, mark: str, units: int) -> None:
    cut = clipped(letter * 400, 2)
    assert cut == letter * (units - len(mark)) + mark


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 152 + "€" + "a" * 152, 3),
        ("a" * 151 + "€" + "a" * 153, 2),
        ("😀" * 33 + "回" + "😀" * 33 + "回", 2),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
        ("a" * 160 + "…", 3),
    ],
)
def test_no_character_is_divided_between_segments(text: str, segments: int) -> None:
    assert sms_size(text).segments == segments
