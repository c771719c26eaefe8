import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cases.bigrams import compact, fold, grams_of, tails_of, understood

TEXTS = st.text(max_size=60)
WRITTEN = st.text(alphabet=st.sampled_from("异响剎車刹车ABCabcＡｂ１2 　\n，.é"), max_size=40)


def is_found(written: str, typed: str) -> bool:
    """The same as `search_cases` does with the row of a case that holds `written`."""
    text, terms = fold(written), understood(typed)
    if terms is None or terms.grams is None:
        return False
    return set(terms.grams) <= set(grams_of(text)) and all(chunk in text for chunk in terms.chunks)


@given(TEXTS | WRITTEN, st.data())
def test_what_is_written_is_found_by_any_two_characters_of_it(written: str, data: st.DataObject) -> None:
    chunks = [chunk for chunk in fold(written).split() if len(chunk) > 1]
    if not chunks:
        return
    chunk = data.draw(st.sampled_from(chunks))
    place = data.draw(st.integers(0, len(chunk) - 2))
    assert set(grams_of(chunk[place : place + 2])) <= set(grams_of(fold(written)))


@given(WRITTEN, st.data())
def test_what_is_written_is_found_by_any_part_as_it_was_written(written: str, data: st.DataObject) -> None:
    pieces = [piece for piece in written.split() if len(piece) > 1]
    if not pieces:
        return
    piece = data.draw(st.sampled_from(pieces))
    first = data.draw(st.integers(0, len(piece) - 2))
    last = data.draw(st.integers(first + 2, len(piece)))
    assert is_found(written, piece[first:last])


@given(TEXTS, TEXTS)
def test_a_part_folds_to_a_part(one: str, other: str) -> None:
    assert fold(one) + fold(other) == fold(one + other)


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("低速转弯时前部有异响", "异响"),
        ("低速转弯时前部有异响", "前部有异响"),
        ("The BRAKE pedal sinks", "brake"),
        ("The brake pedal sinks", "ＢＲＡＫＥ"),
        ("ＡＢＳ故障", "abs故障"),
        ("剎車失靈", "剎車"),
        ("刹车时转向异响", "异响 刹车"),
        ("张测试\n空调不制冷", "空调 测"),
        ("车\u200b门异响", "车门"),
    ],
)
def test_words_are_found_whatever_their_width_and_case(written: str, typed: str) -> None:
    assert is_found(written, typed)


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("剎車失靈", "刹车"),
        ("转向有响异声", "异响"),
        ("空调异\n响", "异响"),
        ("前部异响，转向沉重", "转向异响"),
        ("brass, make", "brake"),
        ("空调", "空调 异响"),
    ],
)
def test_other_words_are_not_found(written: str, typed: str) -> None:
    assert not is_found(written, typed)


@pytest.mark.parametrize("typed", ["", " ", "张", "a b", "\u200b\u200b", "\x00", "１"])
def test_less_than_two_characters_together_are_nothing_to_look_for(typed: str) -> None:
    assert understood(typed) is None


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("8613800001234", "1234"),
        ("8613800001234", "138 0000 1234"),
        ("8613800001234", "+86 138-0000-1234"),
        ("861088888888", "010-8888 8888"),
        ("测A12345", "测A·12345"),
        ("测A12345", "a１2345"),
        ("测A12345", "2345"),
        ("LSVAA49J132047371", "047371"),
        ("AF20260302001", "02001"),
    ],
)
def test_codes_are_found_whole_and_by_their_endings(code: str, typed: str) -> None:
    terms = understood(typed)
    assert terms is not None
    assert set(tails_of([code])) & set(terms.tails)
    assert any(compact(code).endswith(ending) for ending in terms.endings)


@pytest.mark.parametrize("typed", ["345", "转向异响", "1235", "A1234"])
def test_too_little_and_other_endings_find_no_code(typed: str) -> None:
    terms = understood(typed)
    assert terms is not None
    assert not any("测A12345".endswith(ending) for ending in terms.endings)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("AF20260302001", "AF20260302001"),
        ("af20260302", "AF20260302"),
        ("202603", "AF202603"),
        ("20260", None),
        ("AF", None),
        ("测A202603", None),
    ],
)
def test_a_number_is_also_found_by_its_beginning(typed: str, first: str | None) -> None:
    terms = understood(typed)
    assert terms is not None
    assert terms.first_number == first


@given(TEXTS)
def test_marks_are_never_mistaken_for_writing(text: str) -> None:
    grams = grams_of(fold(text))
    assert all(len(gram) == 2 and not any(each.isspace() for each in gram) for gram in grams)
    assert all(len(tail) > 2 for tail in tails_of([compact(text)]))


@given(TEXTS)
def test_codes_hold_letters_and_digits_alone(text: str) -> None:
    assert all(unicodedata.category(each)[0] in "LNM" for each in compact(text))
