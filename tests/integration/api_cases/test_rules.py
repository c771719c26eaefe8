"""The rules of an OEM over the API: read, try, publish, compare, go back (R2)."""

from typing import Any

import httpx
import pytest

from shared.permissions import MEMBER_ROLES, Role
from tests.integration.api_cases.conftest import PASSWORD, Api, Caller
from tests.support.tenant import found_tenant

RULE = {
    "id": "safety-trailer-coupling",
    "decides": "urgency",
    "value": "urgent",
    "raises": True,
    "weight": 3.0,
    "any_of": {"zh": ["拖车钩~断"], "en": ["tow bar~broke*"]},
    "reason": {"zh": "拖车装置断裂危及行车安全。", "en": "A broken trailer coupling endangers life."},
}
WORDS = "高速上拖车钩突然断了"


@pytest.fixture
async def own(api: Api) -> Api:
    """An OEM of the test's own on the same server."""
    return Api(api.client, await found_tenant(PASSWORD))


async def put(caller: Caller, path: str, body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {caller.token}", "Accept-Language": "en"}
    return await caller.client.put(f"/api/v1{path}", json=body, headers=headers)


async def registered(own: Api, words: str = WORDS) -> dict[str, Any]:
    caller = await own.sign_in(Role.SERVICE_MANAGER)
    answer = await caller.post("/cases", {"channel": "phone", "words": words, "customer_name": "张测试"})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_rule_is_tried_published_and_taken_back(own: Api) -> None:
    """R2: what would this rule have done; then it does so, until an earlier version is taken again."""
    admin = await own.sign_in(Role.ADMINISTRATOR)
    case = await registered(own)
    await registered(own, "空调有异味")
    assert case["urgency"] != "urgent"
    present = (await admin.get("/oem/rules")).json()
    assert len(present["rule_set"]["rules"]) > 50
    tried = await admin.post("/oem/rules/trial", {"rules": [RULE]})
    assert tried.status_code == 200, tried.text
    found = tried.json()
    assert (found["version"], found["impact"]["tried"], found["impact"]["changed"]) == (1, 2, 1)
    [field] = found["impact"]["fields"]
    assert (field["decides"], field["changed"]) == ("urgency", 1)
    [example] = found["impact"]["examples"]
    assert (example["number"], example["after"]["values"]) == (case["number"], ["urgent"])
    assert example["after"]["reasons"][0]["rule_id"] == RULE["id"]
    assert example["after"]["reasons"][0]["words"] == ["拖车钩突然断"]
    assert (await registered(own))["urgency"] != "urgent"  # trying keeps nothing

    published = await put(admin, "/oem/rules", {"version": 1, "rules": [RULE]})
    assert published.status_code == 200, published.text
    assert (published.json()["version"], published.json()["rule_set"]["version"]) == (2, "v2")
    assert (await registered(own))["urgency"] == "urgent"

    [difference] = (await admin.get("/oem/rules/differences", since=1, until=2)).json()["items"]
    assert (difference["rule_id"], difference["kind"]) == (RULE["id"], "added")
    again = await admin.post("/oem/rules/take-again", {"number": 1, "version": 2})
    assert (again.status_code, again.json()["version"]) == (200, 3)
    assert (await registered(own))["urgency"] != "urgent"
    versions = (await admin.get("/oem/rules/versions")).json()["items"]
    assert [each["version"] for each in versions] == [3, 2, 1]
    assert len((await admin.get("/oem/rules", version=2)).json()["rule_set"]["rules"]) == (
        len(present["rule_set"]["rules"]) + 1
    )
    log = (await admin.get("/audit", action="policy.publish")).json()["items"]
    assert [each["entity_id"] for each in log[:2]] == ["classification/3", "classification/2"]
    assert log[1]["fields"] == [RULE["id"]]


async def test_what_is_wrong_is_named_by_rule_and_field(own: Api) -> None:
    """R2: validated with messages that name both."""
    admin = await own.sign_in(Role.ADMINISTRATOR)
    wrong = {**RULE, "value": "very", "any_of": {"zh": ["断"]}, "patterns": ["异.*味"]}
    for answer in (
        await admin.post("/oem/rules/trial", {"rules": [wrong]}),
        await put(admin, "/oem/rules", {"version": 1, "rules": [wrong]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "rules_unsound")
        told = {each["field"]: each["code"] for each in answer.json()["errors"]}
        assert told == {
            "rules[safety-trailer-coupling].value": "unknown_value",
            "rules[safety-trailer-coupling].any_of.zh": "keyword_too_short",
            "rules[safety-trailer-coupling].patterns": "pattern_unsafe",
        }


async def test_who_was_overtaken_looks_again(own: Api) -> None:
    admin = await own.sign_in(Role.ADMINISTRATOR)
    assert (await put(admin, "/oem/rules", {"version": 1, "rules": [RULE]})).status_code == 200
    late = await put(admin, "/oem/rules", {"version": 1, "rules": [{**RULE, "weight": 2.0}]})
    assert (late.status_code, late.json()["code"]) == (409, "stale_version")
    again = await admin.post("/oem/rules/take-again", {"number": 1, "version": 1})
    assert (again.status_code, again.json()["code"]) == (409, "stale_version")
    same = await put(admin, "/oem/rules", {"version": 2, "rules": [RULE]})
    assert (same.status_code, same.json()["code"]) == (409, "draft_empty")
    assert (await admin.get("/oem/rules", version=9)).status_code == 404


@pytest.mark.parametrize("role", sorted(MEMBER_ROLES - {Role.ADMINISTRATOR}))
async def test_only_the_administrator_reads_and_changes_rules(api: Api, role: Role) -> None:
    """R9.1."""
    caller = await api.sign_in(role)
    for answer in (
        await caller.get("/oem/rules"),
        await caller.get("/oem/rules/versions"),
        await caller.get("/oem/rules/differences", since=1, until=1),
        await caller.post("/oem/rules/trial", {"rules": [RULE]}),
        await put(caller, "/oem/rules", {"version": 1, "rules": [RULE]}),
        await caller.post("/oem/rules/take-again", {"number": 1, "version": 1}),
    ):
        assert answer.status_code == 403


async def test_rules_are_tried_on_the_oems_own_cases(own: Api, api: Api) -> None:
    """R9.1: another OEM's cases are not among them."""
    await registered(api)
    admin = await own.sign_in(Role.ADMINISTRATOR)
    found = (await admin.post("/oem/rules/trial", {"rules": [RULE]})).json()
    assert (found["impact"]["tried"], found["impact"]["changed"]) == (0, 0)


async def test_the_criteria_of_major_complaints_are_changed_by_the_administrator(own: Api) -> None:
    """R2.6: policy data of the OEM, in versions."""
    admin = await own.sign_in(Role.ADMINISTRATOR)
    found = (await admin.get("/oem/major-criteria")).json()
    policy = found["policy"]
    policy["repeated"]["cases"] = 2
    wanted = {"version": found["version"], "policy": policy}
    other = await own.sign_in(Role.HEAD_OFFICE)
    assert (await put(other, "/oem/major-criteria", wanted)).status_code == 403
    changed = await put(admin, "/oem/major-criteria", wanted)
    assert changed.status_code == 200, changed.text
    assert changed.json()["policy"]["repeated"]["cases"] == 2
    stale = await put(admin, "/oem/major-criteria", wanted)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    wrong = {**wanted, "policy": {**policy, "amount": {**policy["amount"], "currency": "XQX"}}}
    refused = await put(admin, "/oem/major-criteria", wrong)
    assert [each["field"] for each in refused.json()["errors"]] == ["amount.currency"]
    log = (await admin.get("/audit", action="policy.publish")).json()["items"]
    assert (log[0]["entity_id"].split("/")[0], log[0]["fields"]) == ("major", ["repeated"])


async def test_survey_questions_are_not_written_over_unseen(own: Api) -> None:
    """R5.1: with the version that was read, what others published meanwhile is seen first."""
    admin = await own.sign_in(Role.ADMINISTRATOR)
    found = (await admin.get("/follow-up-policy")).json()
    wanted = found["policy"] | {"version": found["version"]}
    first = await put(admin, "/follow-up-policy", wanted)
    assert first.status_code == 200, first.text
    late = await put(admin, "/follow-up-policy", wanted)
    assert (late.status_code, late.json()["code"]) == (409, "stale_version")
    unseen = await put(admin, "/follow-up-policy", found["policy"])
    assert (unseen.status_code, unseen.json()["errors"][0]["field"]) == (422, "version")


async def test_the_report_codes_of_channels_are_changed_whole(api: Api) -> None:
    """R1.1: one of five codes for each channel; who leaves one out is told which."""
    admin, advisor = await api.sign_in(Role.ADMINISTRATOR), await api.sign_in(Role.ADVISOR)
    found = (await admin.get("/oem/report-codes")).json()
    assert (found["policy"]["report_codes"]["in_store"], found["policy"]["report_codes"]["app"]) == (1, 3)
    codes = found["policy"]["report_codes"] | {"app": 2}
    wanted = {"version": found["version"], "policy": {"report_codes": codes}}
    changed = await put(admin, "/oem/report-codes", wanted)
    assert changed.status_code == 200, changed.text
    assert (await put(admin, "/oem/report-codes", wanted)).status_code == 409
    few = {"version": found["version"] + 1, "policy": {"report_codes": {"app": 2}}}
    refused = await put(admin, "/oem/report-codes", few)
    assert refused.status_code == 422
    assert "report_codes.phone" in {each["field"] for each in refused.json()["errors"]}
    for wrong in ({"app": 9}, {"app": None}, {"nothing": 2}):
        bad = {"version": 2, "policy": {"report_codes": codes | wrong}}
        assert (await put(admin, "/oem/report-codes", bad)).status_code in {400, 422}
    assert (await advisor.get("/oem/report-codes")).status_code == 403
    assert (await put(advisor, "/oem/report-codes", few)).status_code == 403
