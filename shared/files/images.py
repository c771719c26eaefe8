"""What a picture really is, by its content and not by its name: PNG or JPEG, and how large (pure).

Only the outline is read, nothing is decoded: a small file cannot unfold into a large one here.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from shared.errors import Invalid

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"IEND"
_JPEG: Final = b"\xff\xd8\xff"
_JPEG_END: Final = b"\xff\xd9"
# Start of a frame: every kind of coding but the tables (C4, C8, CC) that share its numbers.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN: Final = 0xDA


class Picture(msgspec.Struct, frozen=True):
    """A picture's kind and size in pixels."""

    media_type: str
    width: int
    height: int


def picture(content: bytes, *, longest_bytes: int, longest_side: int, field: str = "file") -> Picture:
    """What the bytes are; raises `Invalid` for what is no whole PNG or JPEG, or too large for its place."""
    if len(content) > longest_bytes:
        raise Invalid.field(field, "picture_too_heavy", limit=longest_bytes // 1024)
    found = _png(content) or _jpeg(content)
    if found is None or not found.width or not found.height:
        raise Invalid.field(field, "not_a_picture")
    if max(found.width, found.height) > longest_side:
        raise Invalid.field(field, "picture_too_wide", limit=longest_side)
    return found


def _png(content: bytes) -> Picture | None:
    if not content.startswith(_PNG):
        return None
    chunks = list(_chunks(content))
    if len(chunks) < 2 or chunks[0][0] != b"IHDR" or chunks[-1][0] != _PNG_END or len(chunks[0][1]) < 8:
        return None
    width, height = struct.unpack(">II", chunks[0][1][:8])
    return Picture("image/png", width, height)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_PNG)
    while place + 12 <= len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        check = content[place + 8 + length : place + 12 + length]
        if len(check) < 4 or zlib.crc32(kind + data) != struct.unpack(">I", check)[0]:
            return
        yield kind, data
        place += 12 + length
        if kind == _PNG_END:
            # What follows the end belongs to no picture.
            if place != len(content):
                yield b"", b""
            return


def _jpeg(content: bytes) -> Picture | None:
    if not content.startswith(_JPEG) or not content.endswith(_JPEG_END):
        return None
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        (length,) = struct.unpack(">H", content[place + 2 : place + 4])
        if marker in _FRAMES and length >= 7 and place + 9 <= len(content):
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return Picture("image/jpeg", width, height)
        if marker == _SCAN or length < 2:
            return None
        place += 2 + length
    return None
