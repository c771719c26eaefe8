"""Opaque page cursors: where a list goes on, as text that travels in an address (pure).

A cursor holds only sort keys of a row the reader has just seen; it is no secret and proves nothing, so every
query applies its scope and filters anew.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec

from shared.errors import Invalid

Keys = TypeVar("Keys")
Row = TypeVar("Row")

_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], UUID]


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


def decode_place(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    """The instant and id after which a list that is ordered by them goes on; both None without a cursor.

    Raises `Invalid` (`bad_cursor`).
    """
    return (None, None) if cursor is None else decode_cursor(cursor, _Place)


def cut_page(found: list[Row], size: int, keys: Callable[[Row], object]) -> tuple[list[Row], str | None]:
    """A page of `size` rows out of the `size + 1` that were asked for, and the cursor of the next page.

    `keys` are a row's sort keys; the cursor is None where no row is left.
    """
    items = found[:size]
    return items, encode_cursor(keys(items[-1])) if len(found) > size else None
