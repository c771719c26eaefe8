"""Imports as jobs: sent, tried, taken by the worker's own function, in the console and by the API (R1.8)."""

import asyncio
import io
import re
import resource
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid
from shared.file_jobs import running
from shared.file_jobs.repository import JobKind, JobState
from shared.files.opened import file_store
from shared.imports import jobs
from shared.imports.jobs import Uploaded
from shared.imports.workbook import LONGEST_TEXT, LONGEST_UNPACKED, as_csv
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from tests.support.tenant import Tenant

CSV = (
    "投诉编号,受理时间,受理方式,经销商代码,投诉内容,联系电话\n"
    "K1,2026-03-02 08:30,电话,near0,刹车异响,13800001234\n"
    "K2,2026-03-02 09:30,来电,near1,转向异响,\n"
    "K3,2026-03-02 10:30,飞鸽,near0,异响,12\n"
).encode()
WORKS = {JobKind.IMPORT: jobs.make}


@pytest.fixture(autouse=True)
def _files(files_folder: Path) -> None:
    """Files are kept in a folder of the module's own."""


def head(tenant: Tenant) -> Actor:
    return tenant.actor(Role.HEAD_OFFICE)


async def taken(tenant: Tenant, found: Uploaded, *, dry_run: bool) -> Uploaded:
    actor, job_id = head(tenant), found.job.id
    await jobs.start(actor, job_id, found.params.mapping, historical=True, dry_run=dry_run)
    assert await running.run(tenant.oem_id, job_id, WORKS, file_store())
    return await jobs.uploaded(actor, job_id)


async def cases_of(tenant: Tenant) -> int:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        return int(await tx.value("SELECT count(*) FROM cases"))


async def test_a_file_is_checked_then_taken_and_nothing_twice(tenant: Tenant) -> None:
    """R1.8: each rejected row with its reason; the same file again repeats."""
    found = await jobs.upload(head(tenant), "投诉.csv", CSV)
    assert found.job.state is JobState.DRAFT
    assert found.job.total == 3

    checked = await taken(tenant, found, dry_run=True)
    assert checked.job.counts == {"accepted": 2, "repeated": 0, "rejected": 1}
    assert await cases_of(tenant) == 0
    done = await taken(tenant, found, dry_run=False)
    assert done.job.counts == {"accepted": 2, "repeated": 0, "rejected": 1}
    assert await cases_of(tenant) == 2
    again = await taken(tenant, await jobs.upload(head(tenant), "投诉.csv", CSV), dry_run=False)
    assert again.job.counts == {"accepted": 0, "repeated": 2, "rejected": 1}
    assert await cases_of(tenant) == 2
    assert done.job.result is not None
    result = (await file_store().get(done.job.result.stored)).decode("utf-8-sig")
    assert "K3" in result
    assert "飞鸽" in result
    with pytest.raises(Conflict, match="import_done"):
        await jobs.start(head(tenant), found.job.id, found.params.mapping, historical=True, dry_run=False)


async def test_a_preview_says_what_would_be_and_writes_nothing(tenant: Tenant) -> None:
    found = await jobs.upload(head(tenant), "a.csv", CSV)

    tried = await jobs.preview(head(tenant), found.job.id, found.params.mapping)

    assert [row.status.value for row in tried.rows] == ["accepted", "accepted", "rejected"]
    assert await cases_of(tenant) == 0
    assert await jobs.words_of(head(tenant), found.job.id, "受理方式", 9) == ["电话", "来电", "飞鸽"]


async def test_the_mapping_is_remembered_for_the_same_columns(tenant: Tenant) -> None:
    found = await jobs.upload(head(tenant), "a.csv", CSV)
    values = {**found.params.mapping.values["channel"], "飞鸽": "letter"}
    mapping = type(found.params.mapping)(columns=found.params.mapping.columns, values={"channel": values})
    await jobs.start(head(tenant), found.job.id, mapping, historical=True, dry_run=True)

    later = await jobs.upload(head(tenant), "b.csv", CSV)

    assert later.params.mapping.values["channel"]["飞鸽"] == "letter"


async def test_a_workbook_is_read_like_a_file(tenant: Tenant) -> None:
    found = await jobs.upload(head(tenant), "a.xlsx", workbook())

    assert found.params.header == ["投诉编号", "受理时间", "受理方式", "经销商代码", "投诉内容", "联系电话"]
    tried = await jobs.preview(head(tenant), found.job.id, found.params.mapping)
    assert [row.status.value for row in tried.rows] == ["accepted"]
    assert tried.rows[0].contactable


def workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["投诉编号", "受理时间", "受理方式", "经销商代码", "投诉内容", "联系电话"])
        sheet.write_row(1, 0, ["K9", "2026-03-02 08:30", "电话", "near0", "=1+1 异响"])
        sheet.write_number(1, 5, 13800001234)
    return out.getvalue()


def bomb(unpacked: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(unpacked // 1_000_000):
                part.write(b" " * 1_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bomb(LONGEST_UNPACKED + 2_000_000), "workbook_too_large"),
        (b"PK\x03\x04 no archive at all", "workbook_broken"),
        (bomb(1_000_000), "workbook_broken"),
    ],
)
async def test_bombs_and_broken_workbooks_are_refused(content: bytes, code: str) -> None:
    """A small file that unpacks to a large one is refused before it is read."""
    assert len(content) < 1_000_000
    with pytest.raises(Invalid) as refused:
        await as_csv(content)
    assert refused.value.fields[0].code == code


def repeating(times: int) -> bytes:
    """One long text that stands in many cells: little unpacked, much as CSV."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number in range(times):
            sheet.write_string(number, 0, "x" * 32_000)
    return out.getvalue()


async def test_a_text_in_very_many_cells_is_refused() -> None:
    """No bomb in the archive: what comes out of it counts as well, and is not gathered first."""
    content = repeating(16_800)
    assert len(content) < 500_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers = await asyncio.gather(*(as_csv(content) for _ in range(3)), return_exceptions=True)
    assert [
        (each.fields[0].code, each.fields[0].params) for each in answers if isinstance(each, Invalid)
    ] == [("workbook_too_large", {"limit": LONGEST_TEXT // 1_000_000})] * 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000, "kilobytes"


async def test_a_workbook_with_long_texts_is_read() -> None:
    text = await as_csv(repeating(300))
    assert text.count(b"\n") == 300
    assert len(text) > 9_000_000


async def test_a_workbook_that_lies_about_its_size_is_refused() -> None:
    lying = bytearray(bomb(5_000_000))
    for found in re.finditer(rb"PK\x01\x02", bytes(lying)):
        lying[found.start() + 24 : found.start() + 28] = (10).to_bytes(4, "little")

    with pytest.raises(Invalid) as refused:
        await as_csv(bytes(lying))

    assert refused.value.fields[0].code == "workbook_broken"


async def test_only_the_oem_imports(tenant: Tenant) -> None:
    with pytest.raises(Forbidden):
        await jobs.upload(tenant.actor(Role.SERVICE_MANAGER), "a.csv", CSV)
