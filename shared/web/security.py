"""What protects the pages in the browser: response headers and the CSRF token.

**CSRF.** The token is an HMAC over the session's id under the server's secret, salted anew for every page
(so that compression cannot leak it). It proves that the page was made for this very session; a token of
another session, or one planted by a neighbouring domain, does not fit. Litestar's own double submit
compares a cookie with a form field and knows no session, therefore it is not used. Before sign-in the id of
the visitor cookie stands in for the session's.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

CSRF_FIELD: Final = "csrf_token"
CSRF_HEADER: Final = "x-csrf-token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""No inline script or style anywhere; nothing from another host."""

PAGE_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cache-control": "private, no-store",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "vary": "HX-Request, Accept-Language, Cookie",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Headers of every page. `vary` keeps a page and its htmx fragment apart in caches."""

_SALT_BYTES: Final = 16


def page_headers(*, https: bool) -> dict[str, str]:
    """The headers of a page; over HTTPS browsers are told to stay there for a year."""
    if not https:
        return dict(PAGE_HEADERS)
    return {**PAGE_HEADERS, "strict-transport-security": "max-age=31536000; includeSubDomains"}


def issue_csrf_token(secret: str, session_id: str) -> str:
    """A token for the forms of one page."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return base64.urlsafe_b64encode(salt + _signature(secret, session_id, salt)).decode()


def is_valid_csrf_token(secret: str, session_id: str, token: str | None) -> bool:
    """Whether the token was issued for this session. Never raises, whatever the token holds."""
    try:
        raw = base64.urlsafe_b64decode((token or "").encode("ascii"))
    except ValueError:
        return False
    salt, signature = raw[:_SALT_BYTES], raw[_SALT_BYTES:]
    return hmac.compare_digest(signature, _signature(secret, session_id, salt))


def is_same_origin(headers: Mapping[str, str], host: str) -> bool:
    """Whether a page of this very host sent the request, as the browser says; without a word it passes.

    The CSRF token still decides. `headers` has lower-case names.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or origin.split("://", 1)[-1] == host


def _signature(secret: str, session_id: str, salt: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"csrf\0" + salt + b"\0" + session_id.encode(), hashlib.sha256)
