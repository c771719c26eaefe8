"""Exports over the real API and by the worker's own functions (R9.2, R9.3)."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from python_calamine import CalamineWorkbook

from shared.cases import service
from shared.cases.commands import AddTag
from shared.cases.intake import Intake, Source
from shared.cases.queries import CaseFilter
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.errors import TooManyRequests
from shared.exports import service as exports
from shared.exports.writing import Format
from shared.file_jobs import running
from shared.file_jobs.repository import JobKind, JobState
from shared.files.opened import file_store
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from tests.integration.api_cases.conftest import Api, Caller

WORKS = {JobKind.EXPORT: exports.make}
EVIL = "=cmd|' /C calc'!A0"


async def registered(api: Api, tag: str, count: int = 1, dealer_id: int | None = None, **more: Any) -> None:
    """Cases that this test finds by their tag."""
    advisor = api.tenant.actor(Role.ADVISOR, dealer_id)
    facts = {"words": "异响", "customer_name": "张测试", "customer_phone": "13800001234", **more}
    for _ in range(count):
        case = await service.register(advisor, Intake(channel=Channel.PHONE, **facts), source=Source.STAFF)
        await service.add_tag(advisor, case.id, AddTag(tag=tag), version=None)


async def made(api: Api, caller: Caller, wanted: dict[str, Any]) -> dict[str, Any]:
    """Ask, do the worker's work, look again."""
    asked = await caller.post("/exports", wanted)
    assert asked.status_code == 202, asked.text
    assert asked.json()["state"] == "queued"
    assert await running.run(api.tenant.oem_id, UUID(asked.json()["id"]), WORKS, file_store())
    return (await caller.get(f"/exports/{asked.json()['id']}")).json()


async def downloaded(caller: Caller, job: dict[str, Any]) -> httpx.Response:
    link = await caller.get(f"/exports/{job['id']}/file")
    assert link.status_code == 200, link.text
    return await caller.client.get(httpx.URL(link.json()["url"]).path)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))


def a_tag() -> str:
    return f"t{uuid4().hex[:12]}"


async def test_a_list_comes_out_as_csv_with_its_filters(api: Api) -> None:
    tag, other = a_tag(), a_tag()
    await registered(api, tag, 3)
    await registered(api, other)
    advisor = await api.sign_in(Role.SERVICE_MANAGER)

    job = await made(api, advisor, {"format": "csv", "filter": {"tags": [tag]}, "locale": "en"})
    answer = await downloaded(advisor, job)

    assert job["state"] == "ready"
    assert job["done"] == job["total"] == 3
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = rows_of(answer.content)
    assert len(rows) == 3
    assert {row["Tags"] for row in rows} == {tag}
    assert {"What was found", "Result", "Further advice"} <= set(rows[0])
    assert {row["Phone"] for row in rows} == {"138****1234"}
    assert {row["Channel"] for row in rows} == {"Phone"}
    assert all(row["Case number"].startswith("AF") for row in rows)


async def test_pages_follow_each_other_without_loss(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "LONGEST_PAGE", 2)
    tag = a_tag()
    await registered(api, tag, 5)
    manager = await api.sign_in(Role.SERVICE_MANAGER)

    job = await made(
        api, manager, {"format": "csv", "filter": {"tags": [tag], "sort": "oldest"}, "locale": "en"}
    )
    numbers = [row["Case number"] for row in rows_of((await downloaded(manager, job)).content)]

    assert len(numbers) == 5
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "＝"])
async def test_nothing_becomes_a_formula_in_csv(api: Api, sign: str) -> None:
    tag = a_tag()
    await registered(api, tag, words=f"{sign}{EVIL}", customer_name=f"{sign}1+1")
    manager = await api.sign_in(Role.SERVICE_MANAGER)

    job = await made(api, manager, {"format": "csv", "filter": {"tags": [tag]}, "locale": "en"})

    [row] = rows_of((await downloaded(manager, job)).content)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "＝")) for cell in row.values())


async def test_a_workbook_holds_text_and_no_formula(api: Api) -> None:
    tag = a_tag()
    await registered(api, tag, words=EVIL, mileage_km=23500)
    manager = await api.sign_in(Role.SERVICE_MANAGER)

    job = await made(api, manager, {"format": "xlsx", "filter": {"tags": [tag]}, "locale": "zh-CN"})
    answer = await downloaded(manager, job)

    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    header, row = book.get_sheet_by_index(0).to_python()
    found = dict(zip(header, row, strict=True))
    assert found["客户原话"] == EVIL
    assert found["里程"] == 23500
    assert b"<f>" not in answer.content
    assert job["name"].endswith(".xlsx")


@pytest.mark.parametrize("role", [Role.READER, Role.SERVICE_MANAGER, Role.HEAD_OFFICE])
async def test_personal_data_is_masked_in_exports(api: Api, role: Role) -> None:
    """R9.2: names, numbers and plates leave the product masked, whoever takes them out."""
    tag = a_tag()
    await registered(api, tag, vehicle_plate="测A12345")
    caller = await api.sign_in(role)

    job = await made(api, caller, {"format": "csv", "filter": {"tags": [tag]}, "locale": "en"})

    [row] = rows_of((await downloaded(caller, job)).content)
    assert row["Customer"] == "张*"
    assert row["Phone"] == "138****1234"
    assert "12345" not in row["Plate"]


async def test_an_export_sees_what_its_asker_sees(api: Api) -> None:
    """R9.1: a dealer's own cases, whoever makes the file."""
    tag = a_tag()
    await registered(api, tag)
    await registered(api, tag, dealer_id=api.tenant.sibling)
    await registered(api, tag, dealer_id=api.tenant.far)
    counts = {}
    for role in (Role.SERVICE_MANAGER, Role.REGIONAL_MANAGER, Role.HEAD_OFFICE):
        caller = await api.sign_in(role)
        job = await made(api, caller, {"format": "csv", "filter": {"tags": [tag]}})
        counts[role] = len(rows_of((await downloaded(caller, job)).content))

    assert counts == {Role.SERVICE_MANAGER: 1, Role.REGIONAL_MANAGER: 2, Role.HEAD_OFFICE: 3}


async def test_an_export_is_its_askers_alone(api: Api) -> None:
    tag = a_tag()
    await registered(api, tag)
    manager, head = await api.sign_in(Role.SERVICE_MANAGER), await api.sign_in(Role.STATION_HEAD)

    job = await made(api, manager, {"format": "csv", "filter": {"tags": [tag]}})

    assert (await head.get(f"/exports/{job['id']}")).status_code == 404
    assert (await head.get(f"/exports/{job['id']}/file")).status_code == 404
    assert job["id"] not in (await head.get("/exports")).text
    assert job["id"] in (await manager.get("/exports")).text


async def test_who_may_not_export_is_refused(api: Api) -> None:
    advisor = await api.sign_in(Role.ADVISOR)

    assert (await advisor.post("/exports", {"format": "csv"})).status_code == 403
    assert (await advisor.get("/exports")).status_code == 403


async def test_nothing_and_too_much_are_refused_with_a_reason(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = a_tag()
    await registered(api, tag, 2)
    manager = await api.sign_in(Role.SERVICE_MANAGER)

    nothing = await manager.post("/exports", {"format": "csv", "filter": {"tags": [a_tag()]}})
    monkeypatch.setattr(exports, "MOST_ROWS", 1)
    too_much = await manager.post("/exports", {"format": "csv", "filter": {"tags": [tag]}})

    assert nothing.json()["errors"][0]["code"] == "export_empty"
    assert too_much.status_code == 422
    [problem] = too_much.json()["errors"]
    assert problem["params"] == {"count": 2, "limit": 1}
    assert "at most 1" in problem["detail"]


async def test_a_few_are_made_at_a_time(api: Api) -> None:
    tag = a_tag()
    await registered(api, tag)
    head = api.tenant.actor(Role.STATION_HEAD)
    wanted = CaseFilter(tags=(tag,))
    for _ in range(exports.MOST_UNDER_WAY):
        await exports.request(head, wanted, Format.CSV)

    with pytest.raises(TooManyRequests):
        await exports.request(head, wanted, Format.CSV)


async def test_a_file_that_is_not_ready_or_gone_is_told(api: Api) -> None:
    tag = a_tag()
    await registered(api, tag)
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    asked = (await manager.post("/exports", {"format": "csv", "filter": {"tags": [tag]}})).json()

    early = await manager.get(f"/exports/{asked['id']}/file")
    await running.run(api.tenant.oem_id, UUID(asked["id"]), WORKS, file_store())
    link = (await manager.get(f"/exports/{asked['id']}/file")).json()["url"]
    await end(api, asked["id"])
    assert await running.expire(api.tenant.oem_id, file_store()) == 1
    late = await manager.get(f"/exports/{asked['id']}/file")

    assert early.json()["code"] == "export_not_ready"
    assert late.json()["code"] == "export_expired"
    assert (await manager.client.get(httpx.URL(link).path)).status_code == 404


async def end(api: Api, job_id: str) -> None:
    async with transaction(Scope.oem(api.tenant.oem_id)) as tx:
        await tx.execute(
            "UPDATE file_jobs SET expires_at = now() - $2::interval WHERE id = $1", UUID(job_id), timedelta(1)
        )


async def test_a_job_of_somebody_who_has_left_is_not_made(api: Api) -> None:
    tag = a_tag()
    await registered(api, tag)
    manager = api.tenant.actor(Role.SERVICE_MANAGER)
    gone = Actor(manager.kind, manager.role, manager.scope, manager.name, id=uuid4())
    job = await exports.request(gone, CaseFilter(tags=(tag,)), Format.CSV)

    assert not await running.run(api.tenant.oem_id, job.id, WORKS, file_store())

    found = await exports.export(gone, job.id)
    assert found.state is JobState.FAILED
    assert found.error is not None
    assert found.error.code == "person_inactive"


async def test_a_job_is_made_once_and_tried_again_when_it_fails(api: Api) -> None:
    tag = a_tag()
    await registered(api, tag)
    head = api.tenant.actor(Role.HEAD_OFFICE)
    job = await exports.request(head, CaseFilter(tags=(tag,)), Format.CSV)

    async def failing(*_: object) -> running.MadeFile:
        raise RuntimeError("out of luck")

    assert not await running.run(api.tenant.oem_id, job.id, {JobKind.EXPORT: failing}, file_store())
    assert (await exports.export(head, job.id)).state is JobState.QUEUED
    assert await running.run(api.tenant.oem_id, job.id, WORKS, file_store())
    assert not await running.run(api.tenant.oem_id, job.id, WORKS, file_store())


async def test_asking_and_taking_are_in_the_audit_log(api: Api) -> None:
    """R9.3: who took what out; field names, never values."""
    tag = a_tag()
    await registered(api, tag)
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    job = await made(api, manager, {"format": "csv", "filter": {"tags": [tag], "text": ""}})
    await downloaded(manager, job)

    async with transaction(Scope.oem(api.tenant.oem_id)) as tx:
        actions = await tx.values(
            "SELECT action FROM audit_entries WHERE entity = 'export' AND entity_id = $1 ORDER BY at, id",
            job["id"],
        )
        fields = await tx.value(
            "SELECT fields FROM audit_entries WHERE action = 'export.request' AND entity_id = $1", job["id"]
        )
    assert actions == ["export.request", "export.ready", "export.download"]
    assert "tags" in fields
    assert tag not in fields
