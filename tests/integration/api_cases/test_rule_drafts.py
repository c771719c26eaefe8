"""The draft of an OEM's rules over the API: kept, tried, published, thrown away (R2)."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.cases import rule_drafts
from shared.permissions import MEMBER_ROLES, Role
from tests.integration.api_cases.conftest import PASSWORD, Api, Caller
from tests.integration.api_cases.test_rules import RULE, WORDS, own, put, registered
from tests.support.tenant import found_tenant

__all__ = ["own"]

DRAFT = "/oem/rules/draft"
RULE_ID = str(RULE["id"])


async def dropped(caller: Caller, **asked: str) -> httpx.Response:
    return await caller.client.delete(
        f"/api/v1{DRAFT}",
        params=asked,
        headers={"Authorization": f"Bearer {caller.token}", "Accept-Language": "en"},
    )


async def test_a_draft_is_kept_tried_and_published(own: Api) -> None:
    """R2: what would this rule have done, asked of what is not published yet."""
    admin = await own.sign_in(Role.ADMINISTRATOR)
    case = await registered(own)
    nothing = (await admin.get(DRAFT)).json()
    assert (nothing["version"], nothing["revision"], nothing["rules"], nothing["differences"]) == (
        1,
        "",
        [],
        [],
    )
    kept = await put(admin, DRAFT, {"revision": "", "rules": [RULE], "removed": ["safety-fire"]})
    assert kept.status_code == 200, kept.text
    draft = kept.json()
    assert draft == (await admin.get(DRAFT)).json()
    assert [rule["id"] for rule in draft["rules"]] == [RULE["id"]]
    assert draft["removed"] == ["safety-fire"]
    assert {each["rule_id"]: each["kind"] for each in draft["differences"]} == {
        RULE_ID: "added",
        "safety-fire": "removed",
    }
    assert draft["changed_by"]
    assert (await admin.get("/oem/rules")).json()["version"] == 1  # nothing holds yet
    tried = (await admin.post(f"{DRAFT}/trial", {"cases": 10})).json()
    assert (tried["version"], tried["impact"]["tried"], tried["impact"]["changed"]) == (1, 1, 1)
    assert tried["impact"]["examples"][0]["number"] == case["number"]
    published = await admin.post(f"{DRAFT}/publish", {"version": 1, "revision": draft["revision"]})
    assert (published.status_code, published.json()["version"]) == (200, 2)
    assert (await admin.get(DRAFT)).json()["revision"] == ""
    assert (await registered(own))["urgency"] == "urgent"


async def test_console_and_api_share_one_draft(own: Api) -> None:
    """R2: and whoever was overtaken looks again."""
    admin = await own.sign_in(Role.ADMINISTRATOR)
    await rule_drafts.switch_rule(own.tenant.actor(Role.ADMINISTRATOR), "safety-fire", enabled=False)
    draft = (await admin.get(DRAFT)).json()
    [fire] = draft["rules"]
    assert (fire["id"], fire["enabled"]) == ("safety-fire", False)
    blind = await put(admin, DRAFT, {"revision": "", "rules": [RULE]})
    assert (blind.status_code, blind.json()["code"]) == (409, "draft_changed")
    body = {"revision": draft["revision"], "rules": [fire, RULE]}
    answers = await asyncio.gather(put(admin, DRAFT, body), put(admin, DRAFT, body))
    assert sorted(each.status_code for each in answers) == [200, 409]
    late = await admin.post(f"{DRAFT}/publish", {"version": 1, "revision": draft["revision"]})
    assert (late.status_code, late.json()["code"]) == (409, "draft_changed")
    newest = (await admin.get(DRAFT)).json()
    assert {rule["id"] for rule in newest["rules"]} == {"safety-fire", RULE_ID}
    stale = await admin.post(f"{DRAFT}/publish", {"version": 7, "revision": newest["revision"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    overtaken = await dropped(admin, revision=draft["revision"])
    assert (overtaken.status_code, overtaken.json()["code"]) == (409, "draft_changed")
    assert (await admin.get(DRAFT)).json() == newest
    assert (await dropped(admin, revision="x" * 65)).status_code in {400, 422}
    assert (await dropped(admin, revision=newest["revision"])).status_code == 204
    assert (await admin.get(DRAFT)).json()["revision"] == ""
    assert (await dropped(admin)).status_code == 204
    empty = await admin.post(f"{DRAFT}/publish", {"version": 1, "revision": ""})
    assert (empty.status_code, empty.json()["code"]) == (409, "draft_empty")


async def test_what_cannot_be_published_is_not_kept(own: Api) -> None:
    """R2: named by rule and field; what changes nothing is no draft."""
    admin = await own.sign_in(Role.ADMINISTRATOR)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"rules": [{**RULE, "any_of": {"zh": ["*"]}}]}, f"rules[{RULE['id']}].any_of.zh"),
        ({"rules": [RULE, RULE]}, f"rules[{RULE['id']}].id"),
        ({"rules": [{**RULE, "id": "negation"}]}, "rules[negation].id"),
        ({"negation": {"before": {"zh": ["无" * 61]}}}, "negation.before.zh"),
    ]
    for edits, field in wrong:
        answer = await put(admin, DRAFT, {"revision": "", **edits})
        assert answer.status_code == 422, answer.text
        assert field in {each["field"] for each in answer.json()["errors"]}, answer.text
    assert (await put(admin, DRAFT, {"revision": "", "rulez": []})).status_code == 422
    present = (await admin.get("/oem/rules")).json()["rule_set"]
    same = {"rules": present["rules"][:3], "defaults": present["defaults"], "removed": ["no-such-rule"]}
    assert (await put(admin, DRAFT, {"revision": "", **same})).json()["revision"] == ""
    both = {"rules": [RULE], "removed": [RULE["id"], "safety-fire"]}
    kept = (await put(admin, DRAFT, {"revision": "", **both})).json()
    assert (len(kept["rules"]), kept["removed"]) == (1, ["safety-fire"])


@pytest.mark.parametrize("role", sorted(MEMBER_ROLES - {Role.ADMINISTRATOR}))
async def test_drafts_are_the_administrators(api: Api, role: Role) -> None:
    """R9.1."""
    caller = await api.sign_in(role)
    for answer in (
        await caller.get(DRAFT),
        await put(caller, DRAFT, {"revision": "", "rules": [RULE]}),
        await caller.post(f"{DRAFT}/trial", {}),
        await caller.post(f"{DRAFT}/publish", {"version": 1, "revision": ""}),
        await dropped(caller),
    ):
        assert answer.status_code == 403


async def test_a_draft_is_its_oems_own(own: Api, api: Api) -> None:
    """R9.1: neither its changes nor its past cases are another OEM's."""
    other = Api(api.client, await found_tenant(PASSWORD))
    await registered(other, WORDS)
    ours, theirs = await own.sign_in(Role.ADMINISTRATOR), await other.sign_in(Role.ADMINISTRATOR)
    draft = (await put(ours, DRAFT, {"revision": "", "rules": [RULE]})).json()
    assert (await theirs.get(DRAFT)).json()["revision"] == ""
    assert (await dropped(theirs)).status_code == 204
    taken = await theirs.post(f"{DRAFT}/publish", {"version": 1, "revision": draft["revision"]})
    assert (taken.status_code, taken.json()["code"]) == (409, "draft_changed")
    assert (await ours.post(f"{DRAFT}/trial", {})).json()["impact"]["tried"] == 0
    assert (await ours.get(DRAFT)).json() == draft


@pytest.mark.parametrize("odd", ["刹车\x00失灵", "刹车\x1b失灵"])
async def test_characters_nobody_types_are_no_fault_of_ours(own: Api, odd: str) -> None:
    """R2: bad input is refused or cleaned, never an error of the server."""
    admin = await own.sign_in(Role.ADMINISTRATOR)
    for rule in (
        {**RULE, "any_of": {"zh": [odd]}},
        {**RULE, "patterns": [odd]},
        {**RULE, "reason": {"zh": odd, "en": "x"}},
        {**RULE, "value": odd},
        {**RULE, "id": odd},
    ):
        answer = await put(admin, DRAFT, {"revision": "", "rules": [rule]})
        assert answer.status_code < 500, answer.text
        if answer.status_code == 200:
            assert (await dropped(admin)).status_code == 204
    assert (await put(admin, DRAFT, {"revision": "", "removed": [odd]})).status_code < 500
