"""Reading CSV files of any origin and size, row by row; lines that cannot be read are told, never lost."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO, Final

import msgspec

from shared.errors import Invalid, Param

LONGEST_LINE: Final = 1_000_000
"""Characters; a longer line is no line of a table."""
LONGEST_CELL: Final = 100_000
_BLOCK: Final = 1 << 20
_DELIMITERS: Final = (",", ";", "\t", "|")
_BROKEN: Final = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII: Final = re.compile("[^\x00-\x7f\udc80-\udcff]")
_ZIP: Final = b"PK\x03\x04"
_OLD_SPREADSHEET: Final = b"\xd0\xcf\x11\xe0"
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What a first pass over the bytes says. With `damaged`, single lines are not valid in the encoding."""

    encoding: str
    damaged: bool
    sha256: bytes
    size_bytes: int


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A row and the line it begins on (from 1); `problem` says why it has no cells."""

    line: int
    cells: tuple[str, ...] = ()
    problem: str | None = None
    params: dict[str, Param] = {}


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The header, and the rows still to be read, each with as many cells as the header.

    The stream read from is closed together with `text`.
    """

    header: tuple[str, ...]
    delimiter: str
    records: Iterator[Record]
    text: io.TextIOWrapper


def inspect(stream: BinaryIO, encoding: str | None = None) -> Inspection:
    """Read all of `stream` once and tell its encoding: the given one, UTF-8 where that fits, else GB18030.

    A file that is mostly UTF-8 is UTF-8 with damage. Raises `Invalid` for what is no CSV text.
    """
    digest = sha256()
    counter = _Counter()
    size = 0
    while block := stream.read(_BLOCK):
        if size == 0:
            _refuse_other_formats(block)
        size += len(block)
        digest.update(block)
        counter.take(block)
    counter.finish()
    if size == 0:
        raise Invalid.field("file", "file_empty")
    chosen, damaged = counter.verdict(encoding)
    return Inspection(encoding=chosen, damaged=damaged, sha256=digest.digest(), size_bytes=size)


def read_table(stream: BinaryIO, encoding: str, delimiter: str | None = None) -> Table:
    """The rows of a CSV text; raises `Invalid` (`file_empty`, `header_broken`, `line_too_long`).

    Rows that cannot be read come as records with a problem. Blank lines are passed over.
    """
    csv.field_size_limit(LONGEST_CELL)
    text = io.TextIOWrapper(
        stream,
        encoding="utf-8-sig" if encoding == "utf-8" else encoding,
        errors="surrogateescape",
        newline="",
    )
    lines = _Lines(text)
    first = lines.peek()
    chosen = delimiter or _likeliest_delimiter(first)
    rows = csv.reader(lines, delimiter=chosen, strict=True)
    no_cells: list[str] = []
    try:
        header = tuple(cell.strip() for cell in next(rows, no_cells))
    except csv.Error as error:
        raise Invalid.field("file", "header_broken") from error
    if not any(header):
        raise Invalid.field("file", "file_empty")
    if _BROKEN.search("".join(header)) or "\x00" in "".join(header):
        raise Invalid.field("file", "header_broken")
    return Table(header=header, delimiter=chosen, records=_records(rows, lines, len(header)), text=text)


class _Counter:
    """Counts what of the bytes is valid in either encoding."""

    def __init__(self) -> None:
        self._utf_8 = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._gb18030 = codecs.getincrementaldecoder("gb18030")("strict")
        self._whole = self._broken = 0
        self._fits_gb18030 = True

    def take(self, block: bytes, *, final: bool = False) -> None:
        text = self._utf_8.decode(block, final)
        if not text.isascii():
            self._broken += len(_BROKEN.findall(text))
            self._whole += len(_BEYOND_ASCII.findall(text))
        if self._fits_gb18030:
            try:
                self._gb18030.decode(block, final)
            except UnicodeDecodeError:
                self._fits_gb18030 = False

    def finish(self) -> None:
        self.take(b"", final=True)

    def verdict(self, encoding: str | None) -> tuple[str, bool]:
        mostly_utf_8 = self._broken == 0 or self._whole > self._broken
        if encoding == "utf-8" or (encoding is None and mostly_utf_8):
            return "utf-8", self._broken > 0
        if encoding == "gb18030" or self._fits_gb18030:
            return "gb18030", not self._fits_gb18030
        raise Invalid.field("file", "encoding_unknown")


class _Lines:
    """The physical lines of a text, none longer than `LONGEST_LINE`, with one that can be looked at ahead."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._ahead: str | None = None
        self.count = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._ahead if self._ahead is not None else self._read()
        self._ahead = None
        if not line:
            raise StopIteration
        self.count += 1
        return line

    def peek(self) -> str:
        self._ahead = self._read()
        return self._ahead

    def _read(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE:
            raise Invalid.field("file", "line_too_long", line=self.count + 1, longest=LONGEST_LINE)
        return line


def _records(rows: Iterator[list[str]], lines: _Lines, width: int) -> Iterator[Record]:
    while True:
        first_line = lines.count + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            code = "cell_too_long" if "field larger" in str(error) else "quotes_broken"
            params: dict[str, Param] = {"last": lines.count, "longest": LONGEST_CELL}
            yield Record(line=first_line, problem=code, params=params)
            continue
        if not any(cells):
            continue
        yield _record(first_line, cells, width)


def _record(line: int, cells: list[str], width: int) -> Record:
    whole = "".join(cells)
    if len(cells) != width:
        return Record(line=line, problem="cells_miscounted", params={"cells": len(cells), "columns": width})
    if _BROKEN.search(whole):
        return Record(line=line, problem="characters_broken")
    if "\x00" in whole:
        return Record(line=line, problem="nul_character")
    return Record(line=line, cells=tuple(cells))


def _refuse_other_formats(beginning: bytes) -> None:
    if beginning.startswith((_ZIP, _OLD_SPREADSHEET)):
        raise Invalid.field("file", "file_is_spreadsheet")
    if beginning.startswith(_UTF_16):
        raise Invalid.field("file", "file_is_utf_16")


def _likeliest_delimiter(header: str) -> str:
    outside_quotes = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=outside_quotes.count)
