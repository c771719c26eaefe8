"""Opaque page cursors: where a list goes on, as text that travels in an address (pure).

A cursor holds only sort keys of a row the reader has just seen; it is no secret and proves nothing, so every
query applies its scope and filters anew.
"""

import base64
import binascii
from typing import TypeVar

import msgspec

from shared.errors import Invalid

Keys = TypeVar("Keys")


def encode_cursor(keys: object) -> str:
    """The cursor of a row's sort keys: a tuple or a Struct."""
    return base64.urlsafe_b64encode(msgspec.json.encode(keys)).rstrip(b"=").decode()


def decode_cursor(text: str, shape: type[Keys]) -> Keys:
    """The keys again, as `shape`: the type they had. Raises `Invalid` (`bad_cursor`)."""
    try:
        raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=shape)
    except (binascii.Error, UnicodeError, msgspec.MsgspecError) as error:
        raise Invalid.field("cursor", "bad_cursor") from error
