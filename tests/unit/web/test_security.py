"""The headers of pages and the CSRF token that fits one session only."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from shared.web.security import (
    CONTENT_SECURITY_POLICY,
    is_same_origin,
    is_valid_csrf_token,
    issue_csrf_token,
    page_headers,
)

SECRET = "a secret of more than thirty-two characters"


def test_a_token_fits_the_session_it_was_made_for() -> None:
    assert is_valid_csrf_token(SECRET, "session-1", issue_csrf_token(SECRET, "session-1"))


def test_a_token_fits_no_other_session_and_no_other_server() -> None:
    token = issue_csrf_token(SECRET, "session-1")
    assert not is_valid_csrf_token(SECRET, "session-2", token)
    assert not is_valid_csrf_token(SECRET + "!", "session-1", token)


def test_tokens_differ_from_page_to_page() -> None:
    assert issue_csrf_token(SECRET, "s") != issue_csrf_token(SECRET, "s")


@given(st.one_of(st.none(), st.text(), st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_whatever_is_sent_instead_is_refused(token: str | None) -> None:
    assert not is_valid_csrf_token(SECRET, "session-1", token)


def test_another_site_is_not_the_same_origin() -> None:
    host = "console.example.com"
    assert not is_same_origin({"sec-fetch-site": "cross-site"}, host)
    assert not is_same_origin({"sec-fetch-site": "same-site"}, host)
    assert not is_same_origin({"origin": "https://evil.example.com"}, host)
    assert not is_same_origin({"origin": "null"}, host)
    assert is_same_origin({"sec-fetch-site": "same-origin"}, host)
    assert is_same_origin({"sec-fetch-site": "none"}, host)
    assert is_same_origin({"origin": "https://console.example.com"}, host)
    assert is_same_origin({}, host)


def test_pages_allow_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "default-src 'self'" in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


def test_https_is_insisted_on_only_where_there_is_https() -> None:
    assert "strict-transport-security" not in page_headers(https=False)
    assert "max-age=31536000" in page_headers(https=True)["strict-transport-security"]
    assert "HX-Request" in page_headers(https=True)["vary"]
