"""The API of whom a case waits for, of taking over and handing back, and of the fire log (R4.4)."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.permissions import Role
from tests.integration.api_cases.conftest import Api, Caller
from tests.integration.api_cases.test_case_routes import register
from tests.support.background import LINKS
from tests.support.happening import settle


async def give(caller: Caller, case: dict[str, Any], command: str, **body: Any) -> dict[str, Any]:
    """Do something with the case from the version it has; the case after it."""
    answer = await caller.post(f"/cases/{case['id']}/{command}", {"version": case["version"], **body})
    assert answer.status_code == 200, (command, answer.text)
    return answer.json()


def fields(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [each["field"] for each in answer.json()["errors"]]


async def test_a_wait_is_begun_told_and_ended(api: Api) -> None:
    """Issue 4: whom the case waits for is always known; gross and net times in data."""
    manager, elsewhere = (
        await api.sign_in(Role.SERVICE_MANAGER),
        await api.sign_in(Role.SERVICE_MANAGER, api.tenant.far),
    )
    case = await register(manager)
    path = f"/cases/{case['id']}"
    assert (await manager.get(f"{path}/waits")).json()["waits_for"] is None
    case = await give(manager, case, "contacts", effective=True, channel="phone", summary="已致歉")
    stale = {"version": case["version"] - 1, "party": "parts", "reason": "已订购阀体"}
    refused = await manager.post(f"{path}/wait", stale)
    assert (refused.status_code, refused.json()["code"]) == (409, "stale_version")
    nobody = {"version": case["version"], "party": "neighbour", "reason": "已订购阀体"}
    assert fields(await manager.post(f"{path}/wait", nobody)) == ["party"]
    silent = {"version": case["version"], "party": "parts", "reason": ""}
    assert fields(await manager.post(f"{path}/wait", silent)) == ["reason"]
    case = await give(manager, case, "wait", party="parts", reason="已订购阀体")
    told = (await manager.get(f"{path}/waits")).json()
    assert told["waits_for"] == "parts"
    (wait,) = told["waits"]
    assert (wait["party"], wait["reason"], wait["until"]) == ("parts", "已订购阀体", None)
    case = await give(manager, case, "end-wait", reason="配件已到货")
    told = (await manager.get(f"{path}/waits")).json()
    assert told["waits_for"] is None
    assert told["waits"][0]["until"] is not None
    times = told["times"]
    assert times["gross_seconds"] >= times["net_seconds"] >= times["own_seconds"]
    again = await manager.post(f"{path}/end-wait", {"version": case["version"], "reason": "配件已到货"})
    assert (again.status_code, again.json()["code"]) == (409, "not_waiting")
    assert (await elsewhere.get(f"{path}/waits")).status_code == 404
    assert (await elsewhere.post(f"{path}/wait", stale)).status_code == 404
    reader = await api.sign_in(Role.READER)
    assert (await reader.get(f"{path}/waits")).status_code == 200
    assert (await reader.post(f"{path}/wait", {**stale, "version": case["version"]})).status_code == 403


async def test_the_oem_takes_a_case_over_and_hands_it_back(api: Api) -> None:
    """Issue 4: take over, hand back with a question."""
    advisor, agent = await api.sign_in(Role.ADVISOR), await api.sign_in(Role.CAC_AGENT)
    case = await register(advisor)
    owner = case["owner_id"]
    path = f"/cases/{case['id']}"
    early = await agent.post(f"{path}/hand-back", {"version": case["version"], "reason": "技术分析已完成"})
    assert (early.status_code, early.json()["code"]) in {(409, "not_the_owner"), (403, "not_the_owner")}
    case = await give(agent, case, "take-over", reason="涉及媒体，由总部处理")
    assert case["owner_id"] != owner
    stale = await agent.post(f"{path}/hand-back", {"version": case["version"] - 1, "reason": "完成"})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    assert fields(await agent.post(f"{path}/hand-back", {"version": case["version"], "reason": " "})) == [
        "reason"
    ]
    elsewhere = await api.sign_in(Role.ADVISOR, api.tenant.far)
    body = {"version": case["version"], "reason": "技术分析已完成，请约客户试车。"}
    assert (await elsewhere.post(f"{path}/hand-back", body)).status_code == 404
    case = await give(agent, case, "hand-back", reason=body["reason"])
    assert case["owner_id"] == owner
    timeline = (await advisor.get(f"{path}/timeline")).json()["items"]
    assert [each["kind"] for each in timeline][-2:] == ["take_over", "hand_back"]


async def test_the_fire_log_says_who_was_told_and_who_took_it(api: Api) -> None:
    """R4.4: each firing with who was told and who acknowledged, in the caller's scope."""
    advisor, manager = await api.sign_in(Role.ADVISOR), await api.sign_in(Role.SERVICE_MANAGER)
    case = await register(advisor)
    case = await give(advisor, case, "escalate", reason="客户要求今天答复。")
    path = f"/cases/{case['id']}/firings"
    (open_one,) = (await advisor.get(path)).json()["items"]
    assert (open_one["metric"], open_one["reason"], open_one["told_at"]) == (
        "manual",
        "客户要求今天答复。",
        None,
    )
    nobody = (await manager.get("/firings", answer="nobody_told")).json()["items"]
    assert open_one["id"] in [each["id"] for each in nobody]
    await settle(api.tenant.oem_id, UUID(case["id"]), LINKS)
    (told,) = (await advisor.get(path)).json()["items"]
    assert told["told"] == [api.tenant.actor(Role.SERVICE_MANAGER).name]
    assert told["told_at"] is not None
    assert {each["recipient"] for each in told["messages"]} == set(told["told"])
    await give(manager, case, "acknowledge", note="我来联系客户")
    (taken,) = (await advisor.get(path)).json()["items"]
    assert (taken["acknowledged_by"], taken["acknowledged_at"] is not None) == (told["told"][0], True)
    listed = (await manager.get("/firings", answer="acknowledged", limit=200)).json()["items"]
    assert taken["id"] in [each["id"] for each in listed]
    other = (await manager.get("/firings", dealer_id=api.tenant.far)).json()["items"]
    assert other == []
    elsewhere = await api.sign_in(Role.SERVICE_MANAGER, api.tenant.far)
    assert (await elsewhere.get(path)).status_code == 404
    assert taken["id"] not in [each["id"] for each in (await elsewhere.get("/firings")).json()["items"]]
    assert (await advisor.get("/firings")).status_code == 403
    assert (await advisor.get(f"/cases/{uuid4()}/firings")).status_code == 404


async def test_what_the_fire_log_cannot_be_asked(api: Api) -> None:
    """Bad input is refused and named."""
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    for wrong in ({"metric": "patience"}, {"answer": "perhaps"}, {"first_day": "yesterday"}, {"limit": 0}):
        answer = await manager.get("/firings", **wrong)
        assert fields(answer) == list(wrong), wrong
    strange = (await manager.get("/firings", cursor="nowhere")).json()
    assert [each["code"] for each in strange["errors"]] == ["bad_cursor"]
