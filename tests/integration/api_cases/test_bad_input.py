"""Input that no honest client sends: it is refused, and never breaks anything."""

from typing import Any

import pytest

from shared.cursors import encode_cursor
from shared.permissions import Role
from tests.integration.api_cases.conftest import Api

COMPLAINT = {"channel": "phone", "words": "刹车异响", "customer_phone": "13800001234"}
HUGE = 10**30
FIRST_OF_ALL = encode_cursor(("newest", "0001-01-01T00:00:00+14:00", "0199aabb-ccdd-7eef-8011-223344556677"))


@pytest.mark.parametrize(
    "params",
    [
        {"dealer_id": HUGE},
        {"dealer_id": 2**63},
        {"dealer_id": -1},
        {"dealer_id": "9" * 5000},
        {"dealer_id": "x"},
        {"limit": -1},
        {"limit": 0},
        {"limit": HUGE},
        {"cursor": "x"},
        {"cursor": "é"},
        {"cursor": "WyJkdWUiLG51bGwsMV0"},
        {"cursor": "W1tbW1tbW1tb"},
        {"tab": "all", "cursor": FIRST_OF_ALL},
        {"tab": "nowhere"},
        {"state": "nowhere"},
        {"q": "x" * 101},
        {"q": "\U0010ffff"},
        {"q": "'; DROP TABLE cases; --"},
        {"q": "%"},
    ],
    ids=repr,
)
@pytest.mark.parametrize("path", ["/cases", "/cases/counts"])
async def test_a_strange_filter_breaks_no_list(api: Api, path: str, params: dict[str, Any]) -> None:
    manager = await api.sign_in(Role.REGIONAL_MANAGER)
    assert (await manager.get(path, **params)).status_code in {200, 422}


@pytest.mark.parametrize(
    "more",
    [
        {"dealer_id": HUGE},
        {"dealer_id": -1},
        {"mileage_km": HUGE},
        {"mileage_km": 1e300},
        {"received_at": "0001-01-01T00:00:00+14:00"},
        {"received_at": "9999-12-31T23:59:59-12:00"},
        {"received_at": "2026-01-01T00:00:00"},
        {"vehicle_purchased_on": "0001-01-01"},
        {"vehicle_purchased_on": "9999-12-31"},
        {"customer_phone": "1" * 10_000},
        {"customer_email": "a@" + "b." * 5_000 + "c"},
        {"words": "x" * 100_000},
        {"title": "\u2028\x00"},
        {"external_ref": "\ufffe\uffff"},
        {"language": "xx"},
    ],
    ids=lambda more: repr(more)[:60],
)
async def test_a_strange_complaint_is_refused_or_kept(api: Api, more: dict[str, Any]) -> None:
    agent = await api.sign_in(Role.CAC_AGENT)
    assert (await agent.post("/cases", COMPLAINT | more)).status_code in {201, 409, 422}


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "\xff", "k\u00e9y"])
async def test_a_strange_idempotency_key_is_refused_or_kept(api: Api, key: str) -> None:
    agent = await api.sign_in(Role.CAC_AGENT)
    answer = await agent.client.post(
        "/api/v1/cases",
        json=COMPLAINT,
        headers=[
            (b"authorization", f"Bearer {agent.token}".encode()),
            (b"idempotency-key", key.encode("latin-1")),
        ],
    )
    assert answer.status_code in {201, 422}


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("notes", {"text": "x", "version": HUGE}),
        ("take", {"version": -1}),
        ("take", {"version": 1.5}),
        ("plan", {"plan": "x", "promised_at": "9999-12-31T23:59:59-12:00", "version": 1}),
        ("plan", {"plan": "x", "promised_at": "9999-12-31T23:59:59Z", "version": 1}),
        ("plan", {"plan": "x", "promised_at": "0001-01-01T00:00:00+14:00", "version": 1}),
        ("plan", {"plan": "x", "promised_at": "2026-01-01", "version": 1}),
        ("assign", {"owner_id": "not-an-id", "reason": "x", "version": 1}),
        ("notes", {"text": "\U0010ffff" * 4001, "version": 1}),
        ("classify", {"urgency": 1, "version": 1}),
    ],
)
async def test_a_strange_command_is_refused(api: Api, command: str, body: dict[str, Any]) -> None:
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    case = (await manager.post("/cases", COMPLAINT)).json()
    answer = await manager.post(f"/cases/{case['id']}/{command}", body)
    assert answer.status_code in {409, 422}, answer.text


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"words": "\\u0000", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        ("application/json", b'{"words": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}"),
        ("application/json", b'{"mileage_km": 1e999}'),
        ("application/json", b'{"mileage_km": ' + b"9" * 5_000 + b"}"),
        ("application/json; charset=nowhere", b"{}"),
        ("application/x-msgpack", b"\xc1"),
        ("application/x-msgpack", b"\x91" * 100_000),
        ("application/x-www-form-urlencoded", b"\xff=\xff"),
        ("multipart/form-data", b"nothing"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
        ("text/plain", b"{}"),
        ("", b"{}"),
    ],
)
@pytest.mark.parametrize("path", ["/cases", "/reports", "/api-keys", "/session"])
async def test_a_strange_body_is_refused(api: Api, path: str, content_type: str, content: bytes) -> None:
    admin = await api.key()
    answer = await admin.client.post(
        f"/api/v1{path}",
        content=content,
        headers={"Authorization": f"Bearer {admin.token}", "Content-Type": content_type},
    )
    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize("month", ["0000-00", "0001-01", "9999-12", "2026-W1", "٢٠٢٦-٠١", "x", "-1-01"])
async def test_a_strange_month_has_no_report(api: Api, month: str) -> None:
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    asked = {"dealer_id": api.tenant.here, "month": month}
    assert (await manager.post("/reports", asked)).status_code == 422
    assert (await manager.get("/reports", month=month)).status_code in {200, 422}


@pytest.mark.parametrize("promised_at", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
async def test_nothing_is_promised_for_the_end_of_time(api: Api, promised_at: str) -> None:
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    case = (await manager.post("/cases", COMPLAINT)).json()
    spoken = {"effective": True, "channel": "phone", "summary": "已联系", "version": 1}
    assert (await manager.post(f"/cases/{case['id']}/contacts", spoken)).status_code == 200
    planned = {"plan": "换件", "promised_at": promised_at, "version": 2}
    answer = await manager.post(f"/cases/{case['id']}/plan", planned)
    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["errors"]] == ["promised_too_far"]
