"""How a request to the SMS gateway proves that it comes from Huiyin.

The sender signs `<timestamp>.<body>` with HMAC-SHA256 under the shared secret; a question without a body
signs its path in the body's place. A signature is good for five minutes around its timestamp (seconds since
1970).
"""

import hmac
from collections.abc import Mapping

TIMESTAMP_HEADER = "X-Huiyin-Timestamp"
SIGNATURE_HEADER = "X-Huiyin-Signature"
TOKEN_HEADER = "Idempotency-Key"  # noqa: S105  # the name of a header
GOOD_FOR_S = 300


def signed_headers(secret: str, timestamp_s: int, content: bytes) -> dict[str, str]:
    """The two headers of a request with `content`."""
    return {
        TIMESTAMP_HEADER: str(timestamp_s),
        SIGNATURE_HEADER: f"v1={_digest(secret, timestamp_s, content)}",
    }


def is_signed(headers: Mapping[str, str], secret: str, now_s: int, content: bytes) -> bool:
    """Whether the headers hold a fresh signature of `content`."""
    timestamp, signature = headers.get(TIMESTAMP_HEADER, ""), headers.get(SIGNATURE_HEADER, "")
    if not timestamp.isascii() or not timestamp.isdecimal() or abs(now_s - int(timestamp)) > GOOD_FOR_S:
        return False
    return hmac.compare_digest(signature.encode(), f"v1={_digest(secret, int(timestamp), content)}".encode())


def _digest(secret: str, timestamp_s: int, content: bytes) -> str:
    return hmac.digest(secret.encode(), f"{timestamp_s}.".encode() + content, "sha256").hex()
