"""Surveys and follow-up calls over HTTP (R5.1, R5.2, R5.3)."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.clock import utc_now
from shared.permissions import Role
from tests.integration.api_cases.conftest import Api, Caller
from tests.support.background import LINKS
from tests.support.happening import planned_call, settle

GOOD = {"attitude": "5", "speed": "4", "solution": "4", "solved": "yes", "informed": "told"}


async def told(api: Api, caller: Caller) -> dict[str, Any]:
    """A case whose customer has been told the result and was asked."""
    intake = {"channel": "phone", "words": "低速转向异响。", "customer_phone": "13800003456"}
    case = (await caller.post("/cases", intake)).json()
    spoken = {"effective": True, "channel": "phone", "summary": "已联系", "version": case["version"]}
    case = (await caller.post(f"/cases/{case['id']}/contacts", spoken)).json()
    result = {"result": "已更换球头", "told_via": "phone", "version": case["version"]}
    case = (await caller.post(f"/cases/{case['id']}/resolve", result)).json()
    await _settle(api, case)
    return case


async def _settle(api: Api, case: dict[str, Any]) -> None:
    await settle(api.tenant.oem_id, case["id"], LINKS)


async def answer(caller: Caller, case: dict[str, Any], **changes: str) -> Any:
    answers = [{"key": key, "value": value} for key, value in (GOOD | changes).items()]
    body = {"via": "phone", "answers": answers, "version": case["version"]}
    return await caller.post(f"/cases/{case['id']}/survey-answers", body)


async def test_a_survey_is_answered_once(api: Api) -> None:
    """R5.1."""
    caller = await api.sign_in(Role.SERVICE_MANAGER)
    case = await told(api, caller)
    [survey] = (await caller.get(f"/cases/{case['id']}/surveys")).json()["items"]
    assert (survey["state"], len(survey["questions"])) == ("open", 6)
    missing = await answer(caller, case, solved="")
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (422, "solved")
    done = await answer(caller, case)
    assert (done.status_code, done.json()["state"]) == (200, "surveyed")
    again = await answer(caller, done.json())
    assert (again.status_code, again.json()["code"]) == (409, "survey_answered")


async def test_a_dissatisfied_customer_is_on_the_list_and_the_call_reopens_the_case(api: Api) -> None:
    """R5.2, R5.3."""
    caller = await api.sign_in(Role.SERVICE_MANAGER)
    case = await told(api, caller)
    await answer(caller, case, solution="1")
    await _settle(api, case)
    listed = (await caller.get("/follow-up-calls", limit=200)).json()["items"]
    [call] = [each for each in listed if each["case_id"] == case["id"]]
    assert (call["kind"], call["customer_phone"]) == ("callback", "+8613800003456")
    path = f"/follow-up-calls/{call['id']}"
    nobody = await caller.post(f"{path}/attempts", {"result": "no_answer", "version": call["version"]})
    assert nobody.json()["attempts"] == 1
    stale = await caller.post(f"{path}/attempts", {"result": "no_answer", "version": call["version"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    advisor = str(api.tenant.people[api.tenant.here, Role.ADVISOR])
    handed = await caller.post(f"{path}/caller", {"caller_id": advisor, "version": nobody.json()["version"]})
    assert handed.json()["caller_id"] == advisor
    complaint = {"result": "complaint", "note": "异响仍在", "apology": "已致歉"}
    ended = await caller.post(f"{path}/attempts", {**complaint, "version": handed.json()["version"]})
    assert (ended.status_code, ended.json()["state"]) == (200, "done")
    found = (await caller.get(f"/cases/{case['id']}")).json()
    assert (found["state"], found["cycle"]) == ("registered", 2)
    tries = (await caller.get(path)).json()["attempts"]
    assert [each["effective"] for each in tries] == [False, True]
    [shown] = (await caller.get(f"/cases/{case['id']}/follow-up-calls")).json()["items"]
    assert shown["outcome"] == "complaint"


async def test_the_questions_are_set_by_who_manages_the_oem(api: Api) -> None:
    """R5.1: questions per OEM."""
    reader = await api.sign_in(Role.READER)
    shown = await reader.get("/follow-up-policy")
    assert shown.json()["version"] == 1
    headers = {"Authorization": f"Bearer {reader.token}"}
    body = shown.json()["policy"] | {"version": 1}
    refused = await api.client.put("/api/v1/follow-up-policy", json=body, headers=headers)
    assert refused.status_code == 403


async def test_calls_are_checked_over_the_api(api: Api) -> None:
    """R5.2: a score per call, the caller's week beside it."""
    advisor, manager = await api.sign_in(Role.ADVISOR), await api.sign_in(Role.SERVICE_MANAGER)
    case = await told(api, advisor)
    call_id = await planned_call(api.tenant.oem_id, UUID(case["id"]))
    tried = {"result": "content", "note": "一切正常", "version": 1}
    assert (await advisor.post(f"/follow-up-calls/{call_id}/attempts", tried)).status_code == 200
    path = f"/follow-up-calls/{call_id}/checks"
    assert (await advisor.post(path, {"score": 5})).status_code == 403
    for wrong in ({}, {"score": 0}, {"score": 6}, {"score": 1}, {"score": 5, "more": 1}):
        assert (await manager.post(path, wrong)).status_code in {400, 422}, wrong
    assert (await manager.post(path, {"score": 4, "note": "很好"})).status_code == 204
    day = utc_now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    found = (await manager.get("/call-records", day=str(day))).json()
    (one,) = [each for each in found["items"] if each["id"] == str(call_id)]
    assert (one["score"], one["remark"]) == (4, "很好")
    assert any(each["score"] for each in found["scores"])
    assert (await advisor.get("/call-records")).status_code == 403
    assert (await manager.get("/call-records", day="0001-01-01")).status_code == 422
