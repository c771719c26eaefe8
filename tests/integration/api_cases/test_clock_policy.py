"""The clock policy over HTTP (R4.1)."""

from typing import Any

import httpx

from shared.permissions import Role
from tests.integration.api_cases.conftest import Api, Caller

POLICY = "/oem/clock-policy"


async def put(caller: Caller, path: str, body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {caller.token}", "Accept-Language": "en"}
    return await caller.client.put(f"/api/v1{path}", json=body, headers=headers)


def shorter(policy: dict[str, Any], days: int) -> dict[str, Any]:
    """The policy with the default's resolution within so many working days."""
    *others, last = policy["rules"]
    target = {**last["targets"]["resolve"], "working_days": days}
    return {**policy, "rules": [*others, {**last, "targets": {**last["targets"], "resolve": target}}]}


async def test_an_administrator_tries_publishes_compares_and_goes_back(api: Api) -> None:
    """R4.1: edit, compare versions, preview the effect, migrate."""
    admin = await api.sign_in(Role.ADMINISTRATOR)
    known = (await admin.get(POLICY)).json()
    wanted = shorter(known["policy"], 2)
    effect = await admin.post(f"{POLICY}/effect", {"policy": wanted})
    assert effect.status_code == 200
    assert effect.json()["more"] is False
    done = await put(admin, POLICY, {"version": known["version"], "policy": wanted})
    assert (done.status_code, done.json()["version"]) == (200, known["version"] + 1)
    stale = await put(admin, POLICY, {"version": known["version"], "policy": wanted})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    listed = (await admin.get(f"{POLICY}/versions")).json()["items"]
    assert [each["version"] for each in listed] == [known["version"] + 1, known["version"]]
    found = (
        await admin.get(f"{POLICY}/differences", since=known["version"], until=known["version"] + 1)
    ).json()
    assert [(each["rule"], each["metric"]) for each in found["targets"]] == [("default", "resolve")]
    assert (await admin.get(POLICY, version=77)).status_code == 404
    begun = await admin.post(f"{POLICY}/migrations", {"version": known["version"] + 1})
    assert begun.status_code == 202
    again = await admin.post(f"{POLICY}/migrations", {"version": known["version"] + 1})
    assert (again.status_code, again.json()["code"]) == (409, "migration_running")
    status = (await admin.get(f"{POLICY}/migrations")).json()
    assert status["migrations"][0]["finished_at"] is None
    back = await admin.post(f"{POLICY}/take-again", {"number": known["version"], "version": 2})
    assert back.json()["policy"] == known["policy"]


async def test_what_can_never_be_met_or_never_matches_is_refused_by_rule_and_field(api: Api) -> None:
    """R4.1: refused, saying which rule and field and why."""
    admin = await api.sign_in(Role.ADMINISTRATOR)
    known = (await admin.get(POLICY)).json()
    first, *rest = known["policy"]["rules"]
    resolve = {**first["targets"]["resolve"], "duration_minutes": 0, "warn_percent": [90, 50], "chain": []}
    covered = {"rank": 15, "name": "covered", "match": first["match"], "targets": {"resolve": None}}
    wrong = {
        **known["policy"],
        "rules": [{**first, "targets": {**first["targets"], "resolve": resolve}}, covered, *rest[:-1]],
    }
    answer = await put(admin, POLICY, {"version": known["version"], "policy": wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "policy_unsound")
    assert {(each["field"], each["code"]) for each in answer.json()["errors"]} == {
        ("rules[0].targets.resolve.duration_minutes", "out_of_range"),
        ("rules[0].targets.resolve.warn_percent", "invalid_warn_marks"),
        ("rules[0].targets.resolve.chain", "no_levels"),
        ("rules[1].targets.resolve", "never_matches"),
        ("rules", "no_default"),
    }
    tried = await admin.post(f"{POLICY}/effect", {"policy": wrong})
    assert tried.status_code == 422


async def test_a_dealer_reads_its_promises_and_changes_none(api: Api) -> None:
    """R9.1, R4.1: the administrator makes a dealer stricter; the dealer reads it."""
    head = await api.sign_in(Role.STATION_HEAD)
    admin = await api.sign_in(Role.ADMINISTRATOR)
    here = api.tenant.here
    known = (await admin.get(POLICY)).json()["policy"]
    target = known["rules"][-1]["targets"]["resolve"]
    stricter = [{"rule": "default", "metric": "resolve", "target": {**target, "working_days": 1}}]
    body = {"dealer_id": here, "version": 0, "stricter": stricter}
    assert (await put(head, "/oem/dealer-clock-policies", body)).status_code == 403
    tried = await admin.post("/oem/dealer-clock-policies/effect", {"dealer_id": here, "stricter": stricter})
    assert tried.status_code == 200
    longer = [{**stricter[0], "target": {**target, "working_days": 20}}]
    refused = await put(admin, "/oem/dealer-clock-policies", {**body, "stricter": longer})
    assert refused.json()["errors"][0]["field"] == "stricter[0].target.working_days"
    assert (await put(admin, "/oem/dealer-clock-policies", body)).status_code == 200
    seen = (await head.get(POLICY, dealer_id=here)).json()
    assert (seen["dealer_id"], seen["version"]) == (here, 1)
    assert seen["policy"]["stricter"][0]["target"]["working_days"] == 1
    listed = (await admin.get("/oem/dealer-clock-policies")).json()["items"]
    assert [each["dealer_id"] for each in listed] == [here]
    assert (await head.get("/oem/dealer-clock-policies")).status_code == 403
    assert (await head.get(f"{POLICY}/migrations")).status_code == 403
    assert (await head.post(f"{POLICY}/effect", {"policy": known})).status_code == 403


async def test_open_cases_are_migrated_to_the_version_in_force_alone(api: Api) -> None:
    """R4.1: what was looked at before somebody published is not migrated to, nor published over."""
    admin, head = await api.sign_in(Role.ADMINISTRATOR), await api.sign_in(Role.HEAD_OFFICE)
    known = (await admin.get(POLICY)).json()
    refused = await admin.post(f"{POLICY}/migrations", {"version": known["version"] + 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "stale_version")
    nothing = await admin.post(f"{POLICY}/migrations", {"version": 0})
    assert (nothing.status_code, nothing.json()["errors"][0]["field"]) == (422, "version")
    stale = {"number": known["version"], "version": known["version"] + 1}
    refused = await admin.post(f"{POLICY}/take-again", stale)
    assert (refused.status_code, refused.json()["code"]) == (409, "stale_version")
    for path, body in (
        ("migrations", {"version": known["version"]}),
        ("take-again", {"number": known["version"], "version": known["version"]}),
    ):
        assert (await head.post(f"{POLICY}/{path}", body)).status_code == 403
    wrong = {**known["policy"], "made_up": 1}
    answer = await put(admin, POLICY, {"version": known["version"], "policy": wrong})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["policy.made_up"]
