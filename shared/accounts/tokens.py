"""Tokens of sessions and links, and API keys: 256 random bits, shown once and stored as SHA-256 only.

Looking a token up by its hash takes no time that depends on how much of a guess was right.
"""

import hashlib
import secrets
from typing import Final

import msgspec

SESSION_PREFIX: Final = "hs_"
KEY_PREFIX: Final = "hk_"
INVITATION_PREFIX: Final = "hi_"
RESET_PREFIX: Final = "hr_"
_RANDOM_BYTES: Final = 32
_KEY_NAME_BYTES: Final = 4


class NewKey(msgspec.Struct, frozen=True):
    """A fresh API key: `text` is shown once, `prefix` stays readable."""

    text: str
    prefix: str


def new_session_token() -> str:
    """A fresh token for one session."""
    return SESSION_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def new_invitation_token() -> str:
    """A fresh token for the link of one invitation."""
    return INVITATION_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def new_reset_token() -> str:
    """A fresh token for the link of one password reset."""
    return RESET_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def new_key() -> NewKey:
    """A fresh API key, `hk_<prefix>_<secret>`."""
    prefix = KEY_PREFIX + secrets.token_hex(_KEY_NAME_BYTES)
    return NewKey(f"{prefix}_{secrets.token_urlsafe(_RANDOM_BYTES)}", prefix)


def digest(token: str) -> bytes:
    """What the database holds of a token or key; any text has one."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
