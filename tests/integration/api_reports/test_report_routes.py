"""Asking for reports, watching and downloading them over HTTP (R6.1, R6.6, R9.1)."""

from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from shared.errors import Unavailable
from shared.permissions import Role
from shared.reports import service
from shared.reports.figures import DealerMonth
from shared.web.locale import Locale
from tests.integration.api_cases.conftest import Api, Caller

PDF = b"%PDF-1.7 for tests"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUIYIN_FILES_URL", tmp_path.as_uri())
    return tmp_path


async def printed(figures: DealerMonth, locale: Locale) -> bytes:
    assert figures.dealer_code
    return PDF + locale.value.encode()


async def refused(figures: DealerMonth, locale: Locale) -> bytes:
    raise Unavailable("report_timeout", {"seconds": figures.month.month, "locale": locale.value})


async def ask(caller: Caller, dealer_id: int, **values: Any) -> dict[str, Any]:
    answer = await caller.post("/reports", {"dealer_id": dealer_id, "month": "2026-03", **values})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def test_a_report_from_request_to_download(api: Api):
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    report = await ask(manager, api.tenant.here)
    assert (report["state"], report["month"], report["locale"]) == ("queued", "2026-03", "zh-CN")
    assert report["problem"] is None
    path = f"/reports/{report['id']}"
    early = await manager.get(f"{path}/pdf")
    assert (early.status_code, early.json()["code"]) == (409, "report_not_ready")
    assert (await ask(manager, api.tenant.here))["id"] == report["id"]
    assert await service.render(api.tenant.oem_id, UUID(report["id"]), printed)
    ready = (await manager.get(path)).json()
    assert (ready["state"], ready["size_bytes"]) == ("ready", len(PDF) + 5)
    download = await manager.get(f"{path}/pdf")
    assert download.content == PDF + b"zh-CN"
    assert download.headers["content-type"] == "application/pdf"
    disposition = download.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="near0_2026-03')
    assert quote("客户投诉统计分析月报") in disposition
    listed = (await manager.get("/reports", month="2026-03")).json()
    assert ready in listed["items"]


async def test_a_failure_is_told_in_the_readers_language(api: Api):
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    report = await ask(manager, api.tenant.here, month="2026-02")
    assert not await service.render(api.tenant.oem_id, UUID(report["id"]), refused)
    shown = (await manager.get(f"/reports/{report['id']}")).json()
    assert shown["state"] == "queued"
    assert shown["problem"] == {
        "code": "report_timeout",
        "detail": "The report took longer than 2 seconds and was stopped.",
    }


async def test_the_list_pages_by_cursor(api: Api):
    manager = await api.sign_in(Role.SERVICE_MANAGER, api.tenant.far)
    made = [(await ask(manager, api.tenant.far, month=f"2025-0{month}"))["id"] for month in (1, 2, 3)]
    first = (await manager.get("/reports", limit=2)).json()
    rest = (await manager.get("/reports", limit=2, cursor=first["next_cursor"])).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"month": "2026-3"}, 422),
        ({"month": "2026-13"}, 422),
        ({"month": "0001-01"}, 422),
        ({"month": "9999-12"}, 422),
        ({"month": "2026-03-01"}, 422),
        ({"month": "\u0662026-03"}, 422),
        ({"month": None}, 400),
        ({"locale": "fr"}, 400),
        ({"dealer_id": 0}, 400),
        ({"dealer_id": 2**70}, 400),
        ({"dealer_id": "x"}, 400),
        ({"unknown": 1}, 400),
    ],
)
async def test_bad_requests_are_the_senders_fault(api: Api, values: dict[str, Any], status: int):
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    body = {"dealer_id": api.tenant.here, "month": "2026-03", **values}
    answer = await manager.post("/reports", body)
    assert answer.status_code in {status, 422}, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "query", [{"month": "x"}, {"month": "2026-00"}, {"limit": 0}, {"limit": 999}, {"cursor": "x"}]
)
async def test_bad_queries_are_the_senders_fault(api: Api, query: dict[str, Any]):
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    assert (await manager.get("/reports", **query)).status_code == 422


async def test_another_tenants_report_is_absent_on_every_route(api: Api):
    """R9.1."""
    report = await ask(await api.sign_in(Role.SERVICE_MANAGER), api.tenant.here, month="2026-01")
    for stranger in (
        await api.sign_in(Role.SERVICE_MANAGER, api.tenant.sibling),
        await api.sign_in(Role.ADVISOR, api.tenant.sibling),
        await api.key(api.tenant.far),
    ):
        for path in ("", "/pdf"):
            answer = await stranger.get(f"/reports/{report['id']}{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "report_not_found")
        body = {"dealer_id": api.tenant.here, "month": "2026-03"}
        refused = (await stranger.post("/reports", body)).json()
        assert [(each["field"], each["code"]) for each in refused["errors"]] == [
            ("dealer_id", "unknown_dealer")
        ]
    key = await api.key(api.tenant.far)
    assert report["id"] not in (await key.get("/reports")).text


async def test_who_may_read_may_not_always_ask(api: Api):
    body = {"dealer_id": api.tenant.here, "month": "2026-03"}
    for role in (Role.READER, Role.ADVISOR):
        answer = await (await api.sign_in(role)).post("/reports", body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert (await (await api.sign_in(Role.READER)).get("/reports")).status_code == 200
    assert (await (await api.sign_in(Role.ADVISOR)).get("/reports")).status_code == 403


async def test_what_is_not_there_is_absent(api: Api):
    manager = await api.sign_in(Role.REGIONAL_MANAGER)
    for path in (f"/reports/{uuid4()}", f"/reports/{uuid4()}/pdf"):
        assert (await manager.get(path)).status_code == 404
    answer = await manager.post("/reports", {"dealer_id": 999, "month": "2026-03"})
    assert answer.status_code == 422


async def test_the_routes_are_described(api: Api):
    document = (await api.client.get("/api/v1/openapi.json")).json()
    paths = {path: item for path, item in document["paths"].items() if path.startswith("/api/v1/reports")}
    operations = [operation for item in paths.values() for operation in item.values()]
    assert {each["operationId"] for each in operations} == {
        "requestReport",
        "listReports",
        "getReport",
        "getReportPdf",
    }
    assert all(each["summary"] and each["description"] and each["tags"] == ["Reports"] for each in operations)
    asking = paths["/api/v1/reports"]["post"]
    assert asking["requestBody"]["content"]["application/json"]["schema"]["examples"]
    assert {"202", "400", "403", "409", "422"} <= asking["responses"].keys()
    pdf = paths["/api/v1/reports/{report_id}/pdf"]["get"]["responses"]
    assert "application/pdf" in pdf["200"]["content"]
    assert {"404", "503"} <= pdf.keys()
