"""Keys that were signed to be followed for a while, without a look into the database. Pure.

A signed key is `<expiry>.<signature>.<key>` in URL-safe characters; whoever holds it may read that one file
until it expires.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

from shared.errors import NotFound

_PURPOSE = b"huiyin file link"


def sign(key: str, expires_at: datetime, secret: str) -> str:
    """The signed form of a key, valid until `expires_at` (aware)."""
    expiry = str(int(expires_at.timestamp()))
    return f"{expiry}.{_signature(expiry, key, secret)}.{_encoded(key.encode())}"


def open_signed(signed: str, now: datetime, secret: str) -> str:
    """The key in a signed key; raises `NotFound` with code `link_invalid` or `link_expired`."""
    parts = signed.split(".")
    if len(parts) != 3 or not parts[0].isascii() or not parts[0].isdecimal():
        raise NotFound("link_invalid")
    expiry, signature, encoded = parts
    try:
        key = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        raise NotFound("link_invalid") from None
    if not hmac.compare_digest(signature.encode(), _signature(expiry, key, secret).encode()):
        raise NotFound("link_invalid")
    if now >= datetime.fromtimestamp(int(expiry), UTC):
        raise NotFound("link_expired")
    return key


def _signature(expiry: str, key: str, secret: str) -> str:
    message = b"\0".join([_PURPOSE, expiry.encode(), key.encode()])
    return _encoded(hmac.digest(secret.encode(), message, hashlib.sha256))


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
