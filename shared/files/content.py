"""What a file really is, told by its content and never by its name, and its form without hidden data.

Pictures are drawn anew: position, camera and whatever else hides in them stays behind, and so does anything
that is no picture. What films and recordings of phones say of their place is blanked.
"""

import io
import warnings
from collections.abc import Mapping
from enum import StrEnum
from threading import BoundedSemaphore
from typing import Final

import msgspec
from PIL import Image
from PIL.ImageFile import ImageFile

from shared.errors import Invalid


class FileKind(StrEnum):
    """What kind of file people add to a case."""

    IMAGE = "image"
    DOCUMENT = "document"
    AUDIO = "audio"
    VIDEO = "video"


_MB: Final = 1_000_000
LIMITS: Final[Mapping[FileKind, int]] = {
    FileKind.IMAGE: 10 * _MB,
    FileKind.DOCUMENT: 10 * _MB,
    FileKind.AUDIO: 20 * _MB,
    FileKind.VIDEO: 30 * _MB,
}
"""The most bytes of a file of each kind."""

_MOST_PIXELS: Final = 60_000_000
_LONGEST_SIDE: Final = 4_096
# A picture of the most pixels takes 240 MB to draw: the process keeps to two at a time.
_DRAWING: Final = BoundedSemaphore(2)
_JPEG_QUALITY: Final = 90
_FIELD: Final = "file"

_PICTURES: Final = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/webp", "webp"),
}
# Photos that phones take in several versions at once are JPEGs with more behind them; the first counts.
_SEVERAL_JPEGS: Final = "MPO"
_ORIENTATION: Final = 0x0112
_TURNS: Final[Mapping[object, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture stands upright, by its Exif orientation."""

_Found = tuple[FileKind, str, str]
_PICTURE: Final[_Found] = (FileKind.IMAGE, "", "")
_MP3: Final[_Found] = (FileKind.AUDIO, "audio/mpeg", "mp3")
_RIFF: Final[Mapping[bytes, _Found]] = {
    b"WEBP": _PICTURE,
    b"WAVE": (FileKind.AUDIO, "audio/wav", "wav"),
}
_BEGINNINGS: Final[tuple[tuple[bytes, _Found], ...]] = (
    (b"\xff\xd8\xff", _PICTURE),
    (b"\x89PNG\r\n\x1a\n", _PICTURE),
    (b"GIF87a", _PICTURE),
    (b"GIF89a", _PICTURE),
    (b"%PDF-", (FileKind.DOCUMENT, "application/pdf", "pdf")),
    (b"ID3", _MP3),
    (b"#!AMR", (FileKind.AUDIO, "audio/amr", "amr")),
    (b"OggS", (FileKind.AUDIO, "audio/ogg", "ogg")),
    (b"\x1a\x45\xdf\xa3", (FileKind.VIDEO, "video/webm", "webm")),
)
_AUDIO_BRANDS: Final = frozenset({b"M4A ", b"M4B "})
_VIDEO_BRANDS: Final = frozenset(
    {
        b"isom",
        b"iso2",
        b"iso4",
        b"iso5",
        b"iso6",
        b"mp41",
        b"mp42",
        b"avc1",
        b"M4V ",
        b"3gp4",
        b"3gp5",
    }
)
_PICTURE_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"})
_BOXES_WITH_CHILDREN: Final = frozenset({b"moov", b"trak"})
_BOXES_WITH_PLACES: Final = frozenset({b"udta", b"meta"})


class CheckedFile(msgspec.Struct, frozen=True):
    """A file as it is kept: `suffix` is the ending that fits what it is."""

    kind: FileKind
    media_type: str
    suffix: str
    content: bytes


def checked(content: bytes) -> CheckedFile:
    """The file in the form it is kept in.

    Raises `Invalid` for field `file`: `file_is_empty`, `file_kind_refused` (also for what is broken),
    `file_too_large` (params `megabytes`), `picture_too_large`. Takes up to a second: call it in a thread.
    """
    if not content:
        raise Invalid.field(_FIELD, "file_is_empty")
    found = _told_by_its_beginning(content)
    if found is None:
        raise Invalid.field(_FIELD, "file_kind_refused")
    kind, media_type, suffix = found
    if len(content) > LIMITS[kind]:
        raise Invalid.field(_FIELD, "file_too_large", megabytes=LIMITS[kind] // _MB)
    if kind is FileKind.IMAGE:
        return _drawn_anew(content)
    if content[4:8] == b"ftyp":
        content = _without_places(content)
    return CheckedFile(kind, media_type, suffix, content)


def _told_by_its_beginning(content: bytes) -> _Found | None:
    start = content[:16]
    if start[4:8] == b"ftyp":
        return _told_by_its_brand(start[8:12])
    if start[:4] == b"RIFF":
        return _RIFF.get(start[8:12])
    for beginning, found in _BEGINNINGS:
        if start.startswith(beginning):
            return found
    # A frame of MPEG audio: eleven set bits, layer III, a bit rate that exists.
    if start[:1] == b"\xff" and len(start) > 2 and start[1] & 0xE6 == 0xE2 and 0 < start[2] >> 4 < 15:
        return _MP3
    return None


def _told_by_its_brand(brand: bytes) -> _Found | None:
    if brand in _AUDIO_BRANDS:
        return FileKind.AUDIO, "audio/mp4", "m4a"
    if brand == b"qt  ":
        return FileKind.VIDEO, "video/quicktime", "mov"
    if brand in _VIDEO_BRANDS:
        return FileKind.VIDEO, "video/mp4", "mp4"
    if brand in _PICTURE_BRANDS:
        raise Invalid.field(_FIELD, "picture_format_refused")
    return None


def _drawn_anew(content: bytes) -> CheckedFile:
    try:
        with _DRAWING:
            return _bare(_opened(content))
    except Image.DecompressionBombError as error:
        raise Invalid.field(_FIELD, "picture_too_large") from error
    except Invalid:
        raise
    except Exception as error:
        # The decoders raise whatever they stumble over in a broken file, TypeError and struct.error too.
        raise Invalid.field(_FIELD, "file_kind_refused") from error


def _opened(content: bytes) -> ImageFile:
    # A picture that unpacks to far more than it says is refused by its size, before it is unpacked.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        picture = Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP", "GIF"])
    if picture.width * picture.height > _MOST_PIXELS:
        raise Invalid.field(_FIELD, "picture_too_large")
    return picture


def _bare(picture: ImageFile) -> CheckedFile:
    form = "JPEG" if picture.format == _SEVERAL_JPEGS else picture.format
    written = form if form in _PICTURES else "PNG"
    turn = _TURNS.get(picture.getexif().get(_ORIENTATION))
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    upright = picture if turn is None else picture.transpose(turn)
    if written == "JPEG" and upright.mode not in {"RGB", "L"}:
        upright = upright.convert("RGB")
    bare = Image.new(upright.mode, upright.size)
    if upright.mode == "P":
        upright = upright.convert("RGBA")
        bare = Image.new("RGBA", upright.size)
    bare.paste(upright)
    target = io.BytesIO()
    bare.save(target, format=written, quality=_JPEG_QUALITY)
    media_type, suffix = _PICTURES[written]
    return CheckedFile(FileKind.IMAGE, media_type, suffix, target.getvalue())


def _without_places(content: bytes) -> bytes:
    """The film with its user data blanked in place (ISO 14496-12 boxes): nothing else moves."""
    blanked = bytearray(content)
    _blank(blanked, 0, len(blanked), depth=0)
    return bytes(blanked)


def _blank(film: bytearray, start: int, end: int, depth: int) -> None:
    place = start
    while place + 8 <= end and depth < 8:
        size = int.from_bytes(film[place : place + 4], "big")
        name = bytes(film[place + 4 : place + 8])
        head = 8
        if size == 1:
            size, head = int.from_bytes(film[place + 8 : place + 16], "big"), 16
        elif size == 0:
            size = end - place
        if size < head or place + size > end:
            return
        if name in _BOXES_WITH_PLACES:
            film[place + 4 : place + 8] = b"free"
            film[place + head : place + size] = bytes(size - head)
        elif name in _BOXES_WITH_CHILDREN:
            _blank(film, place + head, place + size, depth + 1)
        place += size
