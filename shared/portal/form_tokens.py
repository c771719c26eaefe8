"""Proof that a form was read before it was sent, and the name by which it is sent once.

Signed by the server and bound to the OEM: machines that fill in forms without opening them have none, those
that do are too quick, and sending the same form twice makes one case.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.errors import Conflict, Invalid

QUICKEST: Final = timedelta(seconds=3)
"""Nobody reads and writes faster."""

LONGEST: Final = timedelta(hours=12)
_LABEL: Final = b"huiyin form"


def issue(oem_id: int, now: datetime, secret: str) -> str:
    """A token for one form, `<seconds since 1970>.<nonce>.<signature>`."""
    body = f"{int(now.timestamp())}.{secrets.token_urlsafe(12)}"
    return f"{body}.{_signature(oem_id, body, secret)}"


def nonce(token: str, oem_id: int, now: datetime, secret: str) -> str:
    """The name of the form.

    Raises `Invalid` (`form_invalid`), `Conflict` (`form_expired`) after twelve hours, and `Conflict`
    (`form_too_quick`) within three seconds; the same token passes later.
    """
    body, _, signature = token.rpartition(".")
    expected = _signature(oem_id, body, secret)
    if not hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), expected.encode()):
        raise Invalid("form_invalid")
    issued_text, _, name = body.partition(".")
    age = now - datetime.fromtimestamp(int(issued_text), UTC)
    if age > LONGEST:
        raise Conflict("form_expired")
    if age < QUICKEST:
        raise Conflict("form_too_quick")
    return name


def _signature(oem_id: int, body: str, secret: str) -> str:
    message = b"\0".join([_LABEL, str(oem_id).encode(), body.encode("utf-8", "surrogatepass")])
    return hmac.digest(secret.encode(), message, hashlib.sha256).hex()[:32]
