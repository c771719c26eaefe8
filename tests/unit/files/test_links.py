from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import NotFound
from shared.files.links import open_signed, sign

NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
SECRET = "a secret of the tests, long enough to be one"
KEY = "12/reports/0197a2c4.pdf"


def test_a_signed_key_opens_until_it_expires():
    signed = sign(KEY, NOW + timedelta(minutes=5), SECRET)
    assert open_signed(signed, NOW, SECRET) == KEY
    with pytest.raises(NotFound, match="link_expired"):
        open_signed(signed, NOW + timedelta(minutes=5), SECRET)


def test_a_signed_key_of_another_secret_does_not_open():
    with pytest.raises(NotFound, match="link_invalid"):
        open_signed(sign(KEY, NOW + timedelta(minutes=5), SECRET), NOW, SECRET + "!")


def test_the_expiry_cannot_be_moved():
    expiry, signature, key = sign(KEY, NOW, SECRET).split(".")
    with pytest.raises(NotFound, match="link_invalid"):
        open_signed(f"{int(expiry) + 3600}.{signature}.{key}", NOW, SECRET)


def test_one_files_signature_does_not_open_another():
    other = sign("12/reports/other.pdf", NOW + timedelta(minutes=5), SECRET)
    expiry, signature, _ = sign(KEY, NOW + timedelta(minutes=5), SECRET).split(".")
    with pytest.raises(NotFound, match="link_invalid"):
        open_signed(f"{expiry}.{signature}.{other.split('.')[2]}", NOW, SECRET)


@given(st.text())
def test_any_text_is_refused_as_a_link_and_nothing_else_happens(text: str):
    with pytest.raises(NotFound):
        open_signed(text, NOW, SECRET)


@given(st.text(min_size=1).filter(lambda key: key.isprintable()))
def test_any_key_comes_back(key: str):
    assert open_signed(sign(key, NOW + timedelta(days=1), SECRET), NOW, SECRET) == key
