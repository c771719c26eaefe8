"""What a picture is, by its content."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.files.images import Picture, picture


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 2, height: int = 1) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00" + b"\x00" * 3 * 2)
    outline = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + outline


def jpeg(width: int = 3, height: int = 4) -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0\x00\x04ab" + frame + b"\xff\xda\x00\x02pixels\xff\xd9"


def looked_at(content: bytes) -> Picture:
    return picture(content, longest_bytes=10_000, longest_side=100)


def test_pictures_are_told_by_what_they_hold() -> None:
    assert looked_at(png()) == Picture("image/png", 2, 1)
    assert looked_at(jpeg()) == Picture("image/jpeg", 3, 4)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a\x01\x00\x01\x00",
        png()[:-1],
        png() + b"<script>",
        png().replace(b"IHDR", b"IHDX"),
        png(width=0),
        jpeg()[:-2],
        b"\xff\xd8\xff\xd9",
        b"%PDF-1.7",
    ],
)
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        looked_at(content)
    assert refused.value.fields[0].code == "not_a_picture"


def test_too_large_is_too_large() -> None:
    for content, code in (
        (png() + b"x" * 10_000, "picture_too_heavy"),
        (png(width=101), "picture_too_wide"),
    ):
        with pytest.raises(Invalid) as refused:
            looked_at(content)
        assert refused.value.fields[0].code == code


@given(st.binary(max_size=200), st.sampled_from([b"", png()[:8], png()[:33], jpeg()[:2], jpeg()[:12]]))
def test_no_bytes_bring_it_down(tail: bytes, head: bytes) -> None:
    try:
        looked_at(head + tail)
    except Invalid:
        return
