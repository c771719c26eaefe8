"""Page cursors."""

from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cursors import decode_cursor, encode_cursor
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
