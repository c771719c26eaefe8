import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.imports import reading
from shared.imports.reading import Record, inspect, read_table

TEXT = "编号,内容\n1,刹车异响很明显\n2,空调不制冷\n"


def rows(content: bytes, encoding: str | None = None) -> list[Record]:
    inspection = inspect(io.BytesIO(content), encoding)
    return list(read_table(io.BytesIO(content), inspection.encoding).records)


def problem(content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        rows(content)
    return caught.value.fields[0].code


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("gb18030"), "gb18030"),
        (b"id,words\n1,noise\n", "utf-8"),
    ],
)
def test_the_encoding_is_found(content: bytes, encoding: str) -> None:
    inspection = inspect(io.BytesIO(content))
    assert (inspection.encoding, inspection.damaged) == (encoding, False)
    table = read_table(io.BytesIO(content), inspection.encoding)
    assert table.header[0] in {"编号", "id"}
    assert len(list(table.records)) in {1, 2}


def test_a_character_cut_by_the_end_of_a_block_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_BLOCK", 5)
    assert inspect(io.BytesIO(TEXT.encode())).encoding == "utf-8"
    assert not inspect(io.BytesIO(TEXT.encode())).damaged
    assert inspect(io.BytesIO(TEXT.encode("gb18030"))).encoding == "gb18030"


def test_one_broken_character_makes_no_gb18030_of_a_utf_8_file() -> None:
    content = TEXT.encode().replace("空".encode(), b"\xe7\xa9")
    assert inspect(io.BytesIO(content)).damaged
    assert [(row.line, row.problem) for row in rows(content)] == [(2, None), (3, "characters_broken")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (b"PK\x03\x04rest", "file_is_spreadsheet"),
        (b"\xd0\xcf\x11\xe0rest", "file_is_spreadsheet"),
        ("a,b\n1,2\n".encode("utf-16"), "file_is_utf_16"),
        ("a,b\n1,2\n".encode("utf-16-le"), "header_broken"),
        (b"a,b\n\xff\xff\xff\xff", "encoding_unknown"),
        (b'a,"b\n1,2\n', "header_broken"),
    ],
)
def test_what_is_no_csv_text_is_refused(content: bytes, code: str) -> None:
    assert problem(content) == code


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    content = delimiter.join(["a", '"b,;|\tc"', "d"]) + "\n" + delimiter.join("123") + "\n"
    table = read_table(io.BytesIO(content.encode()), "utf-8")
    assert table.delimiter == delimiter
    assert table.header == ("a", "b,;|\tc", "d")
    assert [row.cells for row in table.records] == [("1", "2", "3")]


def test_a_row_is_known_by_the_line_it_begins_on() -> None:
    content = b'a,b\r\n1,"two\r\nlines"\r\n\r\n3,4\r\n'
    assert [(row.line, row.cells) for row in rows(content)] == [(2, ("1", "two\r\nlines")), (5, ("3", "4"))]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"1", "cells_miscounted"),
        (b"1,2,3", "cells_miscounted"),
        (b"1,\x00", "nul_character"),
        (b'1,"x"y', "quotes_broken"),
        (b"1," + b"x" * (reading.LONGEST_CELL + 1), "cell_too_long"),
    ],
)
def test_a_broken_row_is_told_and_the_next_one_read(line: bytes, code: str) -> None:
    found = rows(b"a,b\n" + line + b"\n3,4\n")
    assert [(row.line, row.problem) for row in found] == [(2, code), (3, None)]


def test_a_quotation_mark_that_never_closes_is_told() -> None:
    found = rows(b'a,b\n1,2\n3,"4\n5,6\n')
    assert [(row.line, row.problem) for row in found] == [(2, None), (3, "quotes_broken")]
    assert found[-1].params["last"] == 4


def test_an_endless_line_is_refused_without_reading_it_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_LINE", 1_000)
    with pytest.raises(Invalid) as caught:
        rows(b"a,b\n" + b"x" * 5_000)
    assert caught.value.fields[0].code == "line_too_long"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        found = rows(content)
    except Invalid:
        return
    assert all(row.problem or row.cells for row in found)
