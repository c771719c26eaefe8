import csv
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from shared.db.engine import transaction
from shared.imports.service import BATCH
from shared.tenancy import Scope
from shared.tenants import oems
from tests.support.servers import Database
from tests.support.tenant import Tenant
from tests.support.waiting import eventually

HEADER = "编号,受理时间,受理方式,经销商,内容,电话"
GOOD = "A1,2026-02-25 10:00,来电,近一店,转向异响,13800001234"
BAD = "=A2+1,2026-02-25 10:00,飞鸽,near0,转向异响,13800001234"
MAPPING = """
[columns]
external_ref = "编号"
received_at = "受理时间"
channel = "受理方式"
dealer = "经销商"
words = "内容"
customer_phone = "电话"

[values.channel]
"来电" = "phone"

[values.dealer]
"近一店" = "near0"
"""


class Command:
    """`huiyin import` as a process of its own, on a folder of its own."""

    def __init__(self, database: Database, slug: str, folder: Path) -> None:
        self.slug, self.folder = slug, folder
        self.environment = os.environ | {"HUIYIN_DATABASE_URL": database.app_url, "LANG": "zh_CN.UTF-8"}
        self.environment.pop("LC_ALL", None)
        (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")

    def start(self, *options: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "services.cli", "import", *options],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(
        self, lines: Sequence[str], *options: str, encoding: str = "utf-8", **environment: str
    ) -> tuple[int, str]:
        return self.import_file(self.write(lines, encoding), *options, **environment)

    def import_file(self, file: Path, *options: str, **environment: str) -> tuple[int, str]:
        mapping = str(self.folder / "mapping.toml")
        process = self.start(str(file), "--oem", self.slug, "--mapping", mapping, *options, **environment)
        out, err = process.communicate(timeout=100)
        return process.returncode, out + err

    def write(self, lines: Sequence[str], encoding: str = "utf-8") -> Path:
        file = self.folder / "cases.csv"
        file.write_text("\n".join([HEADER, *lines]), encoding=encoding)
        return file

    def result(self) -> list[list[str]]:
        path = self.folder / "cases.result.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))[1:]


@pytest.fixture
async def command(database: Database, tenant: Tenant, tmp_path: Path) -> Command:
    async with transaction(Scope.oem(tenant.oem_id), read_only=True) as tx:
        slug = (await oems.oem(tx, tenant.oem_id)).slug
    return Command(database, slug, tmp_path)


async def value(tenant: Tenant, sql: str) -> Any:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        return await tx.value(sql)


async def test_accepted_then_repeated_ends_well(command: Command, tenant: Tenant) -> None:
    """Issue 2: `huiyin import FILE --oem …`, nothing twice on repetition."""
    status, said = command.run([GOOD])
    assert status == 0, said
    ((line, reference, outcome, number, remark),) = command.result()
    assert (line, reference, outcome, remark) == ("2", "A1", "已接收", "")
    assert number == await value(tenant, "SELECT number FROM cases")
    status, said = command.run([GOOD])
    assert status == 0, said
    assert command.result() == [["2", "A1", "重复", number, ""]]
    created_by = await value(tenant, "SELECT array_agg(created_by) FROM cases")
    assert created_by[0].startswith("cli:")
    assert len(created_by) == 1


@pytest.mark.parametrize(
    ("language", "row"),
    [
        ("zh_CN.UTF-8", ["3", "'=A2+1", "已拒绝", "", "受理方式：“飞鸽”不是已知的受理渠道。"]),
        ("C.UTF-8", ["3", "'=A2+1", "rejected", "", "受理方式: '飞鸽' is no known channel."]),
    ],
)
async def test_a_rejected_row_has_its_reason_in_the_readers_language(
    command: Command, language: str, row: list[str]
) -> None:
    """Issue 2: and no cell is a formula."""
    status, said = command.run([GOOD, BAD], LANG=language)
    assert status == 1, said
    assert row[4] in said
    assert command.result()[1] == row


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
async def test_files_of_other_programs_are_read(command: Command, encoding: str, tenant: Tenant) -> None:
    status, said = command.run([GOOD], encoding=encoding)
    assert status == 0, said
    assert ("GB18030" in said) == (encoding == "gb18030")
    assert await value(tenant, "SELECT words FROM cases") == "转向异响"


async def test_a_workbook_is_read_like_a_file(command: Command, tenant: Tenant) -> None:
    """R1.8: CSV and XLSX, with the same reader as the console; the same workbook again adds nothing."""
    file = command.folder / "cases.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        for place, line in enumerate((HEADER, GOOD, BAD)):
            sheet.write_row(place, 0, line.split(","))
    for outcome in ("已接收", "重复"):
        status, said = command.import_file(file)
        assert status == 1, said
        assert [row[2] for row in command.result()] == [outcome, "已拒绝"]
    assert await value(tenant, "SELECT words FROM cases") == "转向异响"
    file.write_bytes(b"PK\x03\x04 no workbook")
    status, said = command.import_file(file)
    assert status == 2
    assert "Excel" in said


async def test_a_dry_run_tells_shares_owners_and_reasons(command: Command, tenant: Tenant) -> None:
    """Issue 2."""
    status, said = command.run([GOOD, BAD], "--dry-run")
    assert status == 1, said
    for told in ("试运行", "产品质量类", "100.0%", "负责人", "飞鸽"):
        assert told in said
    assert await value(tenant, "SELECT count(*) FROM cases") == 0
    assert [row[2:4] for row in command.result()] == [["已接收", ""], ["已拒绝", ""]]


async def test_what_is_of_no_use_is_told_and_ends_with_2(command: Command, tmp_path: Path) -> None:
    for lines, options, environment, told in (
        ([GOOD], ["--oem", "nobody"], {}, "nobody"),
        ([GOOD], [], {"HUIYIN_DATABASE_URL": ""}, "HUIYIN_DATABASE_URL"),
        ([GOOD], ["--result", str(tmp_path / "cases.csv")], {}, "--result"),
        ([GOOD], ["--result", str(tmp_path / "no" / "r.csv")], {}, "r.csv"),
        ([GOOD], ["--mapping", str(tmp_path / "cases.csv")], {}, "映射文件"),
    ):
        status, said = command.run(lines, *options, **environment)
        assert (status, "Traceback" in said) == (2, False), said
        assert told in said
    (tmp_path / "cases.csv").write_bytes(b"\xd0\xcf\x11\xe0 an old workbook")
    process = command.start(str(tmp_path / "cases.csv"), "--oem", command.slug)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 2
    assert "CSV" in out + err


async def test_live_is_not_history(command: Command, tenant: Tenant) -> None:
    status, said = command.run([GOOD], "--live")
    assert status == 0, said
    assert await value(tenant, "SELECT historical FROM cases") is False


async def test_killed_midway_and_started_again_all_is_there_once(command: Command, tenant: Tenant) -> None:
    """Issue 2: killing any process loses no case and repeats none."""
    count = 12 * BATCH
    now = datetime.now(UTC)
    lines = [f"K{number},{now:%Y-%m-%d},来电,near{number % 2},异响{number}," for number in range(count)]
    file = command.write(lines)
    options = (str(file), "--oem", command.slug, "--mapping", str(command.folder / "mapping.toml"))
    process = command.start(*options)

    async def some() -> bool:
        return int(await value(tenant, "SELECT count(*) FROM cases")) >= 2 * BATCH

    await eventually(some, "the first cases", deadline_s=60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = int(await value(tenant, "SELECT count(*) FROM cases"))
    assert 2 * BATCH <= before < count
    status, said = command.run(lines)
    assert status == 0, said
    assert await value(tenant, "SELECT count(*) FROM cases") == count
    assert await value(tenant, "SELECT count(DISTINCT external_ref) FROM cases") == count
    assert [row[2] for row in command.result()].count("重复") == before
    runs = "SELECT array_agg(accepted || '/' || repeated) FROM import_runs WHERE finished_at IS NOT NULL"
    assert await value(tenant, runs) == [f"{count}/0"]
    assert await value(tenant, "SELECT count(*) FROM events WHERE kind = 'import.finished'") == 1
