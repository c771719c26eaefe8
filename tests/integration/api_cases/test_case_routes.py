import asyncio
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest

from shared.permissions import Role
from tests.integration.api_cases.conftest import Api, Caller

BRAKES = {
    "channel": "phone",
    "customer_name": "张测试",
    "customer_phone": "13800001234",
    "vehicle_plate": "测A·12345",
    "words": "高速行驶踩刹车时方向盘严重抖动。",
}


async def register(caller: Caller, **changes: Any) -> dict[str, Any]:
    answer = await caller.post("/cases", {**BRAKES, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_case_is_registered_handled_and_closed_over_the_api(api: Api):
    """R1–R4 over /api/v1."""
    advisor, manager = await api.sign_in(Role.ADVISOR), await api.sign_in(Role.SERVICE_MANAGER)
    case = await register(advisor)
    path = f"/cases/{case['id']}"
    assert case["number"].startswith("AF")
    assert case["report_status"] == "on_going"
    steps: list[tuple[Caller, str, dict[str, Any]]] = [
        (advisor, "contacts", {"effective": True, "channel": "phone", "summary": "已致歉"}),
        (advisor, "notes", {"text": "下午不便接电话"}),
        (advisor, "classify", {"urgency": "urgent"}),
        (manager, "take", {}),
        (
            manager,
            "assign",
            {"owner_id": str(api.tenant.people[api.tenant.here, Role.TECHNICIAN]), "reason": "诊断"},
        ),
        (manager, "plan", {"plan": "更换制动盘", "told_via": "phone"}),
        (manager, "escalate", {"reason": "客户要求退车"}),
        (
            advisor,
            "resolve",
            {"found": "跳动超差", "result": "已更换", "advice": "勿急刹车", "told_via": "phone"},
        ),
        (manager, "close", {"root_cause": "跳动超差", "preventive_measure": "加强路试"}),
    ]
    for caller, command, body in steps:
        answer = await caller.post(f"{path}/{command}", {**body, "version": case["version"]})
        assert answer.status_code == 200, (command, answer.text)
        case = answer.json()
    assert case["state"] == "closed"
    assert (case["found"], case["advice"]) == ("跳动超差", "勿急刹车")
    assert (await advisor.get(path)).json() == case
    timeline = (await advisor.get(f"{path}/timeline")).json()["items"]
    assert (await advisor.get(f"{path}/history")).json() == {
        "case": case,
        "timeline": timeline,
        "next_cursor": None,
    }
    assert [each["kind"] for each in timeline] == [
        "register",
        "log_contact",
        "add_note",
        "classify",
        "take",
        "assign",
        "tell_plan",
        "escalate",
        "resolve",
        "close",
    ]
    clocks = (await advisor.get(f"{path}/clocks")).json()["items"]
    assert {each["state"] for each in clocks} == {"met"}
    escalations = (await advisor.get(f"{path}/escalations")).json()["items"]
    assert [each["metric"] for each in escalations] == ["manual"]


async def test_the_list_pages_by_cursor(api: Api):
    caller = await api.sign_in(Role.ADVISOR, api.tenant.far)
    made = [(await register(caller))["id"] for _ in range(5)]
    shown: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await caller.get("/cases", limit=2, sort="newest", **cursor)).json()
        shown += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert shown == made[::-1]
    assert (await caller.get("/cases/counts")).json()["open"] == 5
    found = await caller.get("/cases", q="测A123", category=["SQ", "SA", "S", "SP", "OT"], tab="mine")
    assert len(found.json()["items"]) == 5


async def test_a_key_repeats_the_first_answer(api: Api):
    advisor = await api.sign_in(Role.ADVISOR)
    key = str(uuid4())
    first, again = [await advisor.post("/cases", BRAKES, Idempotency_Key=key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await advisor.post("/cases", {**BRAKES, "words": "空调不制冷"}, Idempotency_Key=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_simultaneous_repetitions_make_one_case(api: Api):
    advisor = await api.sign_in(Role.ADVISOR)
    key = str(uuid4())
    answers = await asyncio.gather(*(advisor.post("/cases", BRAKES, Idempotency_Key=key) for _ in range(6)))
    assert {each.status_code for each in answers} == {201}
    assert len({each.json()["id"] for each in answers}) == 1


async def test_every_wrong_field_is_named(api: Api):
    """R1.2."""
    advisor = await api.sign_in(Role.ADVISOR)
    body = {"channel": "phone", "customer_phone": "12", "vehicle_vin": "IOQ", "mileage_km": -1}
    answer = await advisor.post("/cases", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    fields = {each["field"]: each["code"] for each in answer.json()["errors"]}
    assert fields == {
        "customer_phone": "phone_not_possible",
        "vehicle_vin": "vin_not_understood",
        "mileage_km": "out_of_range",
        "words": "words_or_fault_label_required",
    }
    assert all(each["detail"] != each["code"] for each in answer.json()["errors"])


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {**BRAKES, "unknown": 1},
        {**BRAKES, "channel": "smoke signals"},
        {**BRAKES, "dealer_id": 2**70},
        {**BRAKES, "dealer_id": "x"},
        {**BRAKES, "received_at": "yesterday"},
        {**BRAKES, "received_at": "2026-03-02T09:00:00"},
        {**BRAKES, "received_at": "9999-12-31T23:59:59+00:00"},
        {**BRAKES, "received_at": "0001-01-01T00:00:00Z"},
        {**BRAKES, "mileage_km": 2**40},
        {**BRAKES, "words": "长" * 10_001},
        {**BRAKES, "vehicle_purchased_on": "9999-12-31"},
    ],
)
async def test_bad_bodies_are_the_senders_fault(api: Api, body: Any):
    advisor = await api.sign_in(Role.ADVISOR)
    answer = await advisor.post("/cases", body)
    assert answer.status_code in {400, 422}, answer.text


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"cursor": "x"},
        {"tab": "x"},
        {"state": "x"},
        {"dealer_id": "x"},
        {"q": "x" * 101},
    ],
)
async def test_bad_queries_are_the_senders_fault(api: Api, query: dict[str, Any]):
    advisor = await api.sign_in(Role.ADVISOR)
    answer = await advisor.get("/cases", **query)
    assert answer.status_code == 422, answer.text


async def test_another_tenants_case_is_absent_on_every_route(api: Api):
    """R9.1."""
    case = await register(await api.sign_in(Role.ADVISOR))
    for stranger in (
        await api.sign_in(Role.ADVISOR, api.tenant.sibling),
        await api.key(api.tenant.far),
    ):
        for path in ("", "/timeline", "/history", "/clocks", "/escalations"):
            assert (await stranger.get(f"/cases/{case['id']}{path}")).status_code == 404
        for command, body in {
            "confirm": {},
            "take": {},
            "assign": {"owner_id": str(uuid4()), "reason": "x"},
            "classify": {},
            "contacts": {"effective": True, "channel": "phone", "summary": "x"},
            "notes": {"text": "x"},
            "plan": {"plan": "x"},
            "resolve": {"result": "x", "told_via": "phone"},
            "close": {"root_cause": "x", "preventive_measure": "x"},
            "escalate": {"reason": "x"},
            "acknowledge": {},
        }.items():
            answer = await stranger.post(f"/cases/{case['id']}/{command}", {**body, "version": 1})
            assert (answer.status_code, answer.json()["code"]) == (404, "case_not_found"), command


async def test_refusals_tell_why(api: Api):
    advisor = await api.sign_in(Role.ADVISOR)
    case = await register(advisor)
    path = f"/cases/{case['id']}"
    closing = {"root_cause": "x", "preventive_measure": "y", "version": 1}
    forbidden = await advisor.post(f"{path}/close", closing)
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "not_permitted")
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    early = await manager.post(f"{path}/close", closing)
    assert (early.status_code, early.json()["code"]) == (409, "result_not_told")
    stale = await manager.post(f"{path}/take", {"version": 7})
    assert (stale.status_code, stale.json()["params"]) == (409, {"current": 1})
    for answer in (forbidden, early, stale):
        assert answer.json()["detail"] not in {"", answer.json()["code"]}


async def test_an_integration_registers_what_staff_confirm(api: Api):
    """R1.4, R1.8."""
    hotline = await api.key()
    case = await register(hotline, dealer_id=api.tenant.here, external_ref="H-1")
    assert (case["state"], case["source"]) == ("received", "api")
    again = await hotline.post("/cases", {**BRAKES, "dealer_id": api.tenant.here, "external_ref": "H-1"})
    assert (again.status_code, again.json()["code"]) == (409, "external_ref_exists")
    advisor = await api.sign_in(Role.ADVISOR)
    answer = await advisor.post(f"/cases/{case['id']}/confirm", {"version": 1})
    assert answer.json()["state"] == "registered"


async def test_at_the_oem_personal_data_is_masked_until_it_is_revealed(api: Api):
    """R9.2."""
    told = {"customer_phone": "13800005678", "customer_email": "zhang@example.com"}
    case = await register(await api.sign_in(Role.ADVISOR), **told)
    assert (case["customer_phone"], case["customer_email"]) == ("+8613800005678", "zhang@example.com")
    seen = (await (await api.sign_in(Role.READER)).get(f"/cases/{case['id']}")).json()
    assert (seen["masked"], seen["customer_phone"], seen["customer_email"]) == (
        True,
        "138****5678",
        "z***@example.com",
    )
    reader = await api.sign_in(Role.READER)
    listed = (await reader.get("/cases?limit=200")).json()["items"]
    assert {row["customer_name"] for row in listed} <= {"", "张*"}
    without_reason = await reader.post(f"/cases/{case['id']}/reveal", {"reason": "curiosity", "words": "x"})
    assert without_reason.status_code == 422
    wish = {"reason": "quality_check", "words": "抽查回访记录"}
    revealed = await reader.post(f"/cases/{case['id']}/reveal", wish)
    assert (revealed.status_code, revealed.json()["customer_phone"]) == (200, "+8613800005678")
    seen = (await reader.get(f"/cases/{case['id']}")).json()
    assert (seen["masked"], seen["customer_email"]) == (False, "zhang@example.com")


async def test_readers_read_and_nothing_else(api: Api):
    case = await register(await api.sign_in(Role.ADVISOR))
    reader = await api.sign_in(Role.READER)
    assert (await reader.get(f"/cases/{case['id']}")).status_code == 200
    assert (await reader.post("/cases", BRAKES)).status_code == 403
    assert (await reader.post(f"/cases/{case['id']}/take", {"version": 1})).status_code == 403


NOTHING_TO_SAY = {"/api/v1/cases/{case_id}/major/dossier"}


async def test_every_route_is_described_with_examples(api: Api):
    document = (await api.client.get("/api/v1/openapi.json")).json()
    operations = [
        (path, method, operation)
        for path, item in document["paths"].items()
        if path.startswith("/api/v1/cases")
        for method, operation in item.items()
    ]
    assert len(operations) >= 45
    assert len({operation["operationId"] for _, _, operation in operations}) >= 45
    for path, method, operation in operations:
        assert operation["tags"], path
        assert operation["summary"], path
        assert operation["description"], path
        if method == "post" and path not in NOTHING_TO_SAY:
            (content,) = operation["requestBody"]["content"].values()
            assert content["schema"]["examples"], path


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("", True),
        ("state=registered&state=contacted", True),
        ("clock=on_track&clock=soon", True),
        ("clock=none", False),
        ("kind=inquiry&kind=suggestion", False),
        ("channel=phone", True),
        ("channel=app&channel=email", False),
        ("major=confirmed", False),
        ("nature=legal", False),
        ("department=product_planning", False),
        ("tag=vip", False),
        ("received_from=2020-01-01", True),
        ("received_to=2020-01-01", False),
        ("tab=all&closed_from=2020-01-01", False),
        ("region_id=999", False),
        ("owner_id=0199aabb-ccdd-7eef-8011-223344556677", False),
        ("q=方向盘 抖动", True),
        ("q=方向盘漏油", False),
        ("sort=oldest&tab=all", True),
    ],
)
async def test_the_list_is_narrowed_by_every_filter(api: Api, query: str, *, holds: bool):
    """R3.6: several values of one filter are alternatives, several filters hold together."""
    advisor = await api.sign_in(Role.ADVISOR)
    case = await register(advisor)
    wanted = parse_qs(query)
    answer = await advisor.get("/cases", limit=200, **wanted)
    assert answer.status_code == 200, answer.text
    assert (case["id"] in {row["id"] for row in answer.json()["items"]}) == holds
    narrowed = {name: values for name, values in wanted.items() if name not in {"tab", "sort"}}
    counted = await advisor.get("/cases/counts", **narrowed)
    assert (counted.json()["open"] > 0) == holds


@pytest.mark.parametrize(
    "query",
    [
        "clock=yesterday",
        "major=yes",
        "received_from=tomorrow",
        "received_to=2026-02-30",
        "region_id=99999999999",
        "dealer_id=99999999999999999999",
        "owner_id=me",
        "q=" + "x" * 101,
        "q=张",
    ],
)
async def test_a_filter_that_is_no_value_is_refused(api: Api, query: str):
    advisor = await api.sign_in(Role.ADVISOR)
    for path in ("/cases", "/cases/counts"):
        assert (await advisor.get(path, **parse_qs(query))).status_code == 422, path


async def test_a_candidate_is_confirmed_over_the_api(api: Api):
    """R2.6: signs with their words, criteria, reason, nature; the OEM decides."""
    advisor, office = await api.sign_in(Role.ADVISOR), await api.sign_in(Role.HEAD_OFFICE)
    case = await register(advisor, words="昨晚车辆停在车库里自燃了")
    path = f"/cases/{case['id']}/major"
    found = (await advisor.get(path)).json()
    assert (found["candidate"], found["findings"][0]["words"]) == (True, ["自燃"])
    body = {"criteria": ["risk"], "nature": "legal", "reason": "客户已聘请律师", "version": case["version"]}
    assert (await advisor.post(f"{path}/confirm", body)).status_code == 403
    answer = await office.post(f"{path}/confirm", body)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["major"], answer.json()["nature"]) == (True, "legal")
    assert (await office.post(f"{path}/confirm", body)).status_code == 409
    [made] = (await advisor.get(path)).json()["decisions"]
    assert (made["decision"], made["criteria"]) == ("confirmed", ["risk"])
    body = {"reason": "经核实并未起火", "version": answer.json()["version"]}
    answer = await office.post(f"{path}/dismiss", body)
    assert (answer.json()["major"], answer.json()["major_candidate"]) == (False, False)
