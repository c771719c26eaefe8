"""Small CSV files of dealers and staff: columns by name, a verdict for every row, nothing twice (pure).

The first line names the columns, by their names here or by the Chinese ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from io import BytesIO
from typing import Final

import msgspec

from shared.errors import FieldError, Invalid
from shared.imports.reading import inspect, read_table

LONGEST_FILE_BYTES: Final = 500_000
MOST_ROWS: Final = 5_000
LONGEST_CELL: Final = 200

DEALER_COLUMNS: Final[Mapping[str, str]] = {
    "code": "经销商代码",
    "name": "经销商名称",
    "name_en": "经销商英文名称",
    "area_code": "大区代码",
    "area_name": "大区名称",
    "area_name_en": "大区英文名称",
    "district_code": "小区代码",
    "district_name": "小区名称",
    "district_name_en": "小区英文名称",
    "province": "省份",
    "city": "城市",
    "phone": "投诉电话",
    "complaints_officer": "投诉专员",
}
DEALER_REQUIRED: Final = ("code", "name", "area_code", "district_code")
STAFF_COLUMNS: Final[Mapping[str, str]] = {
    "email": "邮箱",
    "name": "姓名",
    "role": "角色",
    "dealer_code": "经销商代码",
    "region_codes": "区域代码",
    "phone": "手机",
    "locale": "语言",
}
STAFF_REQUIRED: Final = ("email", "name", "role")


class RowStatus(StrEnum):
    """What becomes of a row."""

    CREATED = "created"
    KNOWN = "known"
    REJECTED = "rejected"


class RowResult(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on the row that begins on `line` (from 1); `name` tells it apart."""

    line: int
    name: str
    status: RowStatus
    problems: tuple[FieldError, ...] = ()


class FileResult(msgspec.Struct, frozen=True):
    """The verdicts in the order of the file."""

    rows: list[RowResult]

    def count(self, status: RowStatus) -> int:
        """How many rows came to this."""
        return sum(row.status is status for row in self.rows)


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as read: the cells by column, or the problem that it could not be read for."""

    line: int
    cells: Mapping[str, str]
    problem: FieldError | None = None

    def rejected(self, name: str, *problems: FieldError) -> RowResult:
        """The verdict that it cannot be taken."""
        return RowResult(line=self.line, name=name, status=RowStatus.REJECTED, problems=problems)


def read_rows(content: bytes, columns: Mapping[str, str], required: Sequence[str]) -> list[FileRow]:
    """The rows of a file; raises `Invalid` (`file`) for what is no such file."""
    if len(content) > LONGEST_FILE_BYTES:
        raise Invalid.field("file", "file_too_heavy", limit=LONGEST_FILE_BYTES // 1000)
    table = read_table(BytesIO(content), inspect(BytesIO(content)).encoding)
    known = {name: name for name in columns} | {chinese: name for name, chinese in columns.items()}
    header = [known.get(each.strip(), "") for each in table.header]
    for name in required:
        if name not in header:
            there = ", ".join(table.header)[:500]
            raise Invalid.field("file", "column_missing", column=f"{name} ({columns[name]})", there=there)
    for name in set(header) - {""}:
        if header.count(name) > 1:
            raise Invalid.field("file", "column_twice", column=name)
    rows: list[FileRow] = []
    for record in table.records:
        if len(rows) == MOST_ROWS:
            raise Invalid.field("file", "too_many_rows", limit=MOST_ROWS)
        if record.problem is not None:
            problem = FieldError("", record.problem, record.params)
            rows.append(FileRow(line=record.line, cells={}, problem=problem))
            continue
        cells = dict.fromkeys(columns, "")
        cells |= {name: cell.strip() for name, cell in zip(header, record.cells, strict=False) if name}
        rows.append(FileRow(line=record.line, cells=cells, problem=next(_problems(cells, required), None)))
    return rows


def example(columns: Mapping[str, str]) -> bytes:
    """An empty file with the Chinese column names, as spreadsheets open it."""
    return ("\ufeff" + ",".join(columns.values()) + "\r\n").encode()


def _problems(cells: Mapping[str, str], required: Sequence[str]) -> Iterator[FieldError]:
    for name, cell in cells.items():
        if not cell and name in required:
            yield FieldError(name, "required")
        elif len(cell) > LONGEST_CELL:
            yield FieldError(name, "too_long", {"limit": LONGEST_CELL})
        elif not cell.isprintable():
            yield FieldError(name, "not_understood")
