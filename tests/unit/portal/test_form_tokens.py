"""Proof that a form was read before it was sent."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import AppError
from shared.portal.form_tokens import LONGEST, QUICKEST, issue, nonce

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SECRET = "x" * 32


def refused(token: str, oem_id: int = 7, at: datetime = NOW + timedelta(minutes=2)) -> str:
    with pytest.raises(AppError) as error:
        nonce(token, oem_id, at, SECRET)
    return error.value.code


def test_a_token_has_a_name_of_its_own_that_stays() -> None:
    first, second = issue(7, NOW, SECRET), issue(7, NOW, SECRET)
    at = NOW + timedelta(minutes=2)
    assert nonce(first, 7, at, SECRET) == nonce(first, 7, at + timedelta(hours=1), SECRET)
    assert nonce(first, 7, at, SECRET) != nonce(second, 7, at, SECRET)


def test_nobody_writes_within_three_seconds_or_for_half_a_day() -> None:
    token = issue(7, NOW, SECRET)
    assert refused(token, at=NOW + QUICKEST - timedelta(seconds=1)) == "form_too_quick"
    assert refused(token, at=NOW + LONGEST + timedelta(seconds=1)) == "form_expired"
    assert nonce(token, 7, NOW + QUICKEST, SECRET)


def test_a_token_of_another_oem_or_secret_is_refused() -> None:
    assert refused(issue(8, NOW, SECRET)) == "form_invalid"
    assert refused(issue(7, NOW, "y" * 32)) == "form_invalid"


@given(st.text(max_size=80))
def test_what_is_no_token_is_refused(text: str) -> None:
    assert refused(text) == "form_invalid"


def test_a_changed_time_is_refused() -> None:
    seconds, rest = issue(7, NOW, SECRET).split(".", 1)
    assert refused(f"{int(seconds) - 60}.{rest}") == "form_invalid"
