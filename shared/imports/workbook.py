"""The first sheet of an Excel workbook as CSV, made by a process of its own with little to spend (R1.8).

`python -m shared.imports.workbook` reads a workbook on its standard input and writes CSV. A workbook is an
archive, and a small archive can hold more than any memory: what it unpacks to is counted first, and the
process may neither grow nor run for long. One text of a workbook may stand in any number of its cells, so
what comes out is counted as well, here and there. What it refuses it tells as JSON on its standard error.
"""

import asyncio
import csv
import io
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import BinaryIO, Final

import msgspec

from shared.errors import Invalid, Param

LONGEST_UNPACKED: Final = 100_000_000
"""Bytes."""
LONGEST_TEXT: Final = 30_000_000
"""Bytes of CSV."""
MOST_PARTS: Final = 1_000
_MEMORY_BYTES: Final = 1_000_000_000
_CPU_S: Final = 30
_PATIENCE_S: Final = 60
_BLOCK: Final = 1 << 20
_LONGEST_TOLD: Final = 1_000_000
# Each may take `_MEMORY_BYTES`.
_CONVERTING: Final = asyncio.Semaphore(1)
_REFUSED: Final = 3
_ZIP: Final = b"PK\x03\x04"


class _Refusal(msgspec.Struct, frozen=True):
    code: str
    params: dict[str, Param] = {}


class _RefusedError(Exception):
    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(code)
        self.refusal = _Refusal(code, params)


def is_workbook(content: bytes) -> bool:
    """Whether the bytes begin as an Excel workbook does."""
    return content.startswith(_ZIP)


async def opened(stream: BinaryIO) -> BinaryIO:
    """A stream of CSV: the one given, at its beginning, or the first sheet of the workbook it holds.

    Raises `Invalid` as `as_csv`.
    """
    beginning = stream.read(len(_ZIP))
    stream.seek(0)
    if not is_workbook(beginning):
        return stream
    content = stream.read(LONGEST_UNPACKED + 1)
    if len(content) > LONGEST_UNPACKED:
        raise _too_large()
    return io.BytesIO(await as_csv(content))


async def as_csv(content: bytes) -> bytes:
    """The first sheet as CSV in UTF-8.

    Raises `Invalid` (field `file`): `workbook_broken`, `workbook_too_large` for what unpacks to more than
    `LONGEST_UNPACKED`, makes more CSV than `LONGEST_TEXT`, or takes too much memory or time. One after the
    other in each process, so that many at a time take no more memory than one.
    """
    async with _CONVERTING:
        return await _converted(content)


async def _converted(content: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            out, told, _ = await asyncio.gather(
                _read(process.stdout, LONGEST_TEXT),
                _read(process.stderr, _LONGEST_TOLD),
                _feed(process.stdin, content),
            )
            await process.wait()
    except TimeoutError as error:
        raise _too_large() from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 0:
        return out
    if process.returncode == _REFUSED:
        refusal = msgspec.json.decode(told, type=_Refusal)
        raise Invalid.field("file", refusal.code, **refusal.params)
    raise _too_large()


async def _read(pipe: asyncio.StreamReader | None, most: int) -> bytes:
    """All that comes; raises `Invalid` as soon as it is more than `most` bytes."""
    found = bytearray()
    while pipe is not None and (block := await pipe.read(_BLOCK)):
        found += block
        if len(found) > most:
            raise _too_large(most)
    return bytes(found)


async def _feed(pipe: asyncio.StreamWriter | None, content: bytes) -> None:
    if pipe is None:
        return
    # Who refuses early does not read to the end.
    with suppress(BrokenPipeError, ConnectionResetError):
        pipe.write(content)
        await pipe.drain()
    pipe.close()


def _too_large(most: int = LONGEST_UNPACKED) -> Invalid:
    return Invalid.field("file", "workbook_too_large", limit=most // 1_000_000)


def unpacked_size(content: bytes) -> int:
    """How much an archive unpacks to in bytes, counted by unpacking it; raises for one that is refused."""
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                raise _RefusedError("workbook_broken")
            if len(parts) > MOST_PARTS or sum(each.file_size for each in parts) > LONGEST_UNPACKED:
                raise _RefusedError("workbook_too_large", limit=LONGEST_UNPACKED // 1_000_000)
            for each in parts:
                # A size that is not true ends here: the checksum does not fit what was promised.
                with archive.open(each) as part:
                    while block := part.read(_BLOCK):
                        total += len(block)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _RefusedError("workbook_broken") from error
    return total


def _rows(content: bytes) -> Iterator[Sequence[object]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        yield from CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).iter_rows()
    except CalamineError as error:
        raise _RefusedError("workbook_broken") from error


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    # A telephone number typed as a number is no fraction.
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _write(rows: Iterable[Sequence[object]]) -> None:
    text = io.BytesIO()
    out = io.TextIOWrapper(text, encoding="utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(out)
    width = 0
    for row in rows:
        cells = [_text(cell) for cell in row]
        if not any(cells):
            continue
        width = width or max(place for place, cell in enumerate(cells, 1) if cell)
        # What stands beside the header is a note, not a column; more cells than columns are told as such.
        kept = cells[:width] if not any(cells[width:]) else cells
        writer.writerow(kept)
        if text.tell() > LONGEST_TEXT:
            raise _RefusedError("workbook_too_large", limit=LONGEST_TEXT // 1_000_000)
    # Nothing before all of it is known to be wanted: whoever reads it would have to keep it.
    sys.stdout.buffer.write(text.getbuffer())
    sys.stdout.buffer.flush()


def main() -> None:
    """Convert, with little to spend."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        content = sys.stdin.buffer.read()
        unpacked_size(content)
        _write(_rows(content))
    except _RefusedError as error:
        sys.stderr.buffer.write(msgspec.json.encode(error.refusal))
        sys.exit(_REFUSED)


if __name__ == "__main__":
    main()
