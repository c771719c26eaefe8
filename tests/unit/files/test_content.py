"""What a file really is, and what is taken out of it."""

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shared.errors import Invalid
from shared.files.content import LIMITS, FileKind, checked


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 20), **more: object) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "#336699").save(target, format=form, **more)
    return target.getvalue()


def picture_of_a_phone() -> bytes:
    """Upright by its orientation tag, and with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[2] = (31.0, 30.0, 0.0)
    return picture(exif=exif)


def code(content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        checked(content)
    (field,) = refused.value.fields
    assert field.field == "file"
    return field.code


@pytest.mark.parametrize(
    ("form", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_a_picture_is_told_by_its_content(form: str, media_type: str) -> None:
    found = checked(picture(form))
    assert (found.kind, found.media_type) == (FileKind.IMAGE, media_type)
    with Image.open(io.BytesIO(found.content)) as again:
        assert again.size == (40, 20)


def test_what_a_picture_tells_of_place_and_camera_is_gone_and_it_stands_upright() -> None:
    found = checked(picture_of_a_phone())
    assert b"PhoneMaker" not in found.content
    with Image.open(io.BytesIO(found.content)) as bare:
        assert not bare.getexif()
        assert bare.size == (20, 40)


def test_what_is_hidden_behind_a_picture_is_gone() -> None:
    found = checked(picture("PNG") + b"<script>alert(1)</script>")
    assert b"<script>" not in found.content


@pytest.mark.slow
def test_large_pictures_become_as_large_as_a_screen_needs() -> None:
    with Image.open(io.BytesIO(checked(picture(size=(6000, 3000))).content)) as small:
        assert small.size == (4096, 2048)


def test_a_moving_picture_becomes_a_still_one() -> None:
    assert checked(picture("GIF")).media_type == "image/png"


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked() -> None:
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    png = bytearray(picture("PNG"))
    place = png.index(b"IHDR") + 4
    png[place : place + 13] = header

    png[place + 13 : place + 17] = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    assert code(bytes(png)) == "picture_too_large"


@pytest.mark.parametrize(
    ("content", "kind", "suffix"),
    [
        (b"%PDF-1.7\n...", FileKind.DOCUMENT, "pdf"),
        (b"ID3\x04" + bytes(40), FileKind.AUDIO, "mp3"),
        (b"\xff\xfb\x90\x44" + bytes(40), FileKind.AUDIO, "mp3"),
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), FileKind.AUDIO, "wav"),
        (b"#!AMR\n" + bytes(40), FileKind.AUDIO, "amr"),
        (b"OggS" + bytes(40), FileKind.AUDIO, "ogg"),
        (b"\0\0\0\x18ftypM4A " + bytes(40), FileKind.AUDIO, "m4a"),
        (b"\0\0\0\x18ftypisom" + bytes(40), FileKind.VIDEO, "mp4"),
        (b"\0\0\0\x18ftypqt  " + bytes(40), FileKind.VIDEO, "mov"),
        (b"\x1a\x45\xdf\xa3" + bytes(40), FileKind.VIDEO, "webm"),
    ],
)
def test_other_kinds_are_told_by_their_beginning(content: bytes, kind: FileKind, suffix: str) -> None:
    found = checked(content)
    assert (found.kind, found.suffix) == (kind, suffix)


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\0" + bytes(100),
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04" + bytes(100),
        b"#!/bin/sh\nrm -rf /\n",
        b"RIFF\0\0\0\0AVI ",
        b"\xff\xd8\xff\xe0 no picture at all",
        b"\x89PNG\r\n\x1a\n broken",
        b"hello",
    ],
)
def test_what_is_none_of_these_is_refused_whatever_it_is_called(content: bytes) -> None:
    assert code(content) == "file_kind_refused"


def test_empty_and_too_large_files_are_refused() -> None:
    assert code(b"") == "file_is_empty"
    assert code(b"%PDF-1.7" + bytes(LIMITS[FileKind.DOCUMENT])) == "file_too_large"


def test_a_format_of_pictures_that_cannot_be_read_says_what_to_do() -> None:
    assert code(b"\0\0\0\x18ftypheic" + bytes(40)) == "picture_format_refused"


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def test_a_film_does_not_tell_where_it_was_made() -> None:
    place = box(b"udta", box(b"\xa9xyz", b"+31.5000+120.3000/"))
    film = (
        box(b"ftyp", b"isom" + bytes(8))
        + box(b"moov", box(b"mvhd", bytes(20)) + place)
        + box(b"mdat", b"frames")
    )
    found = checked(film)
    assert b"+31.5000" not in found.content
    assert len(found.content) == len(film)
    assert found.content.endswith(box(b"mdat", b"frames"))


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"\0\0\0\x18ftypisom", b"\xff\xd8\xff", b"RIFF", b"GIF89a"]),
)
def test_any_bytes_are_either_taken_or_refused(content: bytes, beginning: bytes) -> None:
    try:
        found = checked(beginning + content)
    except Invalid:
        return
    assert found.content


def test_a_photo_in_several_versions_stays_a_jpeg() -> None:
    target = io.BytesIO()
    versions = [Image.new("RGB", (40, 20), colour) for colour in ("#336699", "#993366")]
    versions[0].save(target, format="MPO", save_all=True, append_images=versions[1:])
    assert checked(target.getvalue()).media_type == "image/jpeg"


def test_facts_of_a_photo_that_cannot_be_read_keep_it_from_nobody() -> None:
    # The maker's name with the type of a number, as some phones and programs write it.
    content = picture_of_a_phone()
    odd = content.replace(b"\x01\x0f\x00\x02", b"\x01\x0f\x00\x03").replace(
        b"\x0f\x01\x02\x00", b"\x0f\x01\x03\x00"
    )
    assert odd != content
    assert b"PhoneMaker" not in checked(odd).content


@given(st.data())
def test_whatever_is_broken_in_a_photo_is_refused_or_left_out(data: st.DataObject) -> None:
    content = bytearray(picture_of_a_phone())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(2, 200))] = data.draw(st.integers(0, 255))
    with suppress(Invalid):
        assert checked(bytes(content)).kind is FileKind.IMAGE
