"""Page cursors."""

from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cursors import cut_page, decode_cursor, decode_place, encode_cursor
from shared.errors import Invalid

Keys = tuple[datetime, UUID]


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_gives_back_the_keys_it_was_made_of(at: datetime, row_id: UUID) -> None:
    text = encode_cursor((at, row_id))

    assert decode_cursor(text, Keys) == (at, row_id)
    assert text.isascii()
    assert not set(text) & set("+/=&? ")


@given(st.text())
def test_no_text_from_outside_breaks_a_cursor(text: str) -> None:
    with suppress(Invalid):
        decode_cursor(text, Keys)


@pytest.mark.parametrize(
    "text", ["", "x", "****", encode_cursor((1, 2)), encode_cursor(("a",)), "\ud800", "中文"]
)
def test_a_cursor_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode_cursor(text, Keys)

    problem = caught.value.fields[0]
    assert (problem.field, problem.code) == ("cursor", "bad_cursor")


def test_a_list_by_time_begins_without_a_cursor_and_goes_on_after_its_last_row() -> None:
    at, row_id = datetime(2026, 3, 2, tzinfo=UTC), UUID(int=7)

    assert decode_place(None) == (None, None)
    assert decode_place(encode_cursor((at, row_id))) == (at, row_id)
    with pytest.raises(Invalid):
        decode_place(encode_cursor((at.replace(tzinfo=None), row_id)))


@given(st.lists(st.integers()), st.integers(min_value=1, max_value=10))
def test_pages_of_a_list_hold_each_row_once_and_the_last_one_says_so(rows: list[int], size: int) -> None:
    numbered = list(enumerate(rows))
    pages: list[list[tuple[int, int]]] = []
    start, more = 0, ""
    while more is not None:
        items, more = cut_page(numbered[start : start + size + 1], size, lambda each: each[0])
        pages.append(items)
        start = 0 if more is None else decode_cursor(more, int) + 1

    assert [each for page in pages for each in page] == numbered
    assert all(len(page) == size for page in pages[:-1])
