"""The rules editor of the console (R2)."""

import html
import re
from collections.abc import Mapping
from datetime import timedelta

import httpx

from shared.cases import rule_drafts
from shared.permissions import Role
from tests.support.console import Browsers, found_maker, register, send

COUPLING = {
    "before": "",
    "id": "safety-trailer-coupling",
    "result": "urgency/urgent",
    "weight": "3",
    "enabled": "true",
    "raises": "true",
    "reason_zh": "拖车装置断裂危及行车安全。",
    "reason_en": "A broken trailer coupling endangers life.",
    "any_of_zh": "拖车钩~断\n拖车钩~脱",
    "any_of_en": "tow bar~broke*",
    "fields.words": "true",
}
NOW = timedelta()
WORDS = "高速上拖车钩突然断了"


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None
    return found[1]


async def sent(client: httpx.AsyncClient, path: str, fields: Mapping[str, str]) -> httpx.Response:
    return await send(client, f"/oem/rules/{path}", **fields)  # type: ignore[arg-type]


async def published(client: httpx.AsyncClient) -> httpx.Response:
    page = await client.get("/oem/rules/draft")
    shown = {name: hidden(page, name) for name in ("version", "revision")}
    return await sent(client, "publish", shown)


async def test_a_rule_is_made_tried_published_and_taken_back(browsers: Browsers) -> None:
    """R2: what would this rule have done, then it does so, then the version before is taken again."""
    maker = await found_maker()
    advisor = maker.actor(Role.ADVISOR)
    case = await register(advisor, WORDS, ago=NOW)
    assert case.urgency.value != "urgent"
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    kept = await sent(admin, "edit", COUPLING)
    assert (kept.status_code, kept.headers["location"]) == (303, "/oem/rules/draft")
    assert (
        await register(advisor, WORDS, ago=NOW)
    ).urgency.value != "urgent"  # nothing holds before it is published
    page = await admin.get("/oem/rules/draft")
    assert "Would have decided 2 of the newest 2 cases otherwise." in page.text
    assert case.number in page.text
    assert "A broken trailer coupling endangers life." in page.text
    assert "拖车钩突然断" in page.text
    listed = await admin.get("/oem/rules?decides=urgency")
    assert "1 change is not published yet." in listed.text
    assert (await published(admin)).status_code == 303
    assert (await register(advisor, WORDS, ago=NOW)).urgency.value == "urgent"
    versions = await admin.get("/oem/rules/versions")
    assert "compare?since=1&amp;until=2" in versions.text
    compared = await admin.get("/oem/rules/compare?since=1&until=2")
    assert "safety-trailer-coupling" in compared.text
    assert "Would have decided 3 of the newest 3 cases otherwise." in compared.text
    late = await send(admin, "/oem/rules/take-again", number=1, version=1)
    assert (late.status_code, 'role="alert"' in late.text) == (409, True)
    assert "From version 1 to version 2" in late.text
    assert (await send(admin, "/oem/rules/take-again", number=1, version=2)).status_code == 303
    assert (await register(advisor, WORDS, ago=NOW)).urgency.value != "urgent"


async def test_rules_are_found_by_their_words(browsers: Browsers) -> None:
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    listed = await admin.get("/oem/rules")
    assert "safety-fire" in listed.text
    assert "category-attitude" not in listed.text
    assert "category-attitude" in (await admin.get("/oem/rules?decides=category")).text
    found = await admin.get("/oem/rules", params={"q": "態度惡劣"})
    assert "category-attitude" in found.text
    assert "safety-fire" not in found.text
    assert "Nothing found" in (await admin.get("/oem/rules?q=zzzz")).text
    chinese = await browsers.of(maker.person(Role.ADMINISTRATOR), "zh-CN")
    assert "客户不满员工的态度或接待" in (await chinese.get("/oem/rules?decides=category")).text


async def test_a_rule_is_changed_switched_off_removed_and_taken_back(browsers: Browsers) -> None:
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    form = (await admin.get("/oem/rules/edit?id=urgency-suggestion")).text
    assert 'name="before" value="urgency-suggestion"' in form
    assert (await send(admin, "/oem/rules/switch", id="safety-fire", enabled="")).status_code == 303
    assert (await send(admin, "/oem/rules/remove", id="urgency-suggestion")).status_code == 303
    lowered = {
        "category": "SQ", "kind": "complaint", "subject": "other", "urgency": "low",
        "nature": "ordinary", "department": "service",
    }  # fmt: skip
    assert (await sent(admin, "defaults", lowered)).status_code == 303
    page = (await admin.get("/oem/rules/draft")).text
    for text in ("3 changes", "Switched off", "Removed", "What holds where no rule speaks", "Low"):
        assert text in page
    assert "There is no past case to try them on yet." in page
    for rule_id in ("safety-fire", "urgency-suggestion"):
        assert (await send(admin, "/oem/rules/undo", id=rule_id)).status_code == 303
    assert "1 change<" in (await admin.get("/oem/rules/draft")).text
    overtaken = await send(admin, "/oem/rules/discard", revision="another")
    assert overtaken.status_code == 409
    newest = (await rule_drafts.draft(maker.actor(Role.ADMINISTRATOR))).revision
    assert f'value="{newest}"' in overtaken.text
    assert (await send(admin, "/oem/rules/discard", revision=newest)).status_code == 303
    assert "Nothing is changed" in (await admin.get("/oem/rules/draft")).text


async def test_the_words_that_deny_are_changed_tried_and_refused_at_their_field(browsers: Browsers) -> None:
    """R2, R2.3: what denies a danger is the OEM's own, tried on past cases before it holds."""
    maker = await found_maker()
    advisor = maker.actor(Role.ADVISOR)
    case = await register(advisor, "据说绝无刹车失灵。", ago=NOW)
    assert case.urgency.value == "urgent"
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    form = (await admin.get("/oem/rules/negation")).text
    lists = {
        name: html.unescape(text) for name, text in re.findall(r'name="(\w+)"[^>]*>([^<]*)</textarea>', form)
    }
    assert {"before_zh", "before_en", "after_zh", "after_en", "filler_zh", "filler_en"} == set(lists)
    refused = await sent(admin, "negation", lists | {"after_en": "never" * 20})
    assert refused.status_code == 422
    assert re.search(r'id="after_en-error"', refused.text)
    assert "nevernever" in refused.text
    kept = await sent(admin, "negation", lists | {"before_zh": f"{lists['before_zh']}\n绝无"})
    assert (kept.status_code, kept.headers["location"]) == (303, "/oem/rules/draft")
    draft = (await admin.get("/oem/rules/draft")).text
    assert '<a class="button button-small" href="/oem/rules/negation">' in draft
    assert "<ins>绝无</ins>" in draft
    assert case.number in draft
    assert (await send(admin, "/oem/rules/undo", id="negation")).status_code == 303
    assert "Nothing is changed" in (await admin.get("/oem/rules/draft")).text
    await sent(admin, "negation", lists | {"before_zh": f"{lists['before_zh']}\n绝无"})
    assert (await published(admin)).status_code == 303
    assert (await register(advisor, "据说绝无刹车失灵。", ago=NOW)).urgency.value != "urgent"


async def test_a_refused_rule_comes_back_as_it_was_typed(browsers: Browsers) -> None:
    """R2: what is wrong is told at the field."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    wrong = {**COUPLING, "any_of_zh": "断", "reason_en": "", "weight": "much", "channels.phone": "true"}
    answer = await sent(admin, "edit", wrong)
    assert answer.status_code == 422
    assert "is not a number" in answer.text
    answer = await sent(admin, "edit", wrong | {"weight": "3", "kinds.fault": "true"})
    assert answer.status_code == 422
    assert "needs at least two characters before the first ~" in answer.text
    assert "Please fill this in." in answer.text
    assert "safety-trailer-coupling" in answer.text
    assert re.search(r'name="channels.phone" value="true" checked', answer.text)
    assert '<details class="more-conditions" open>' in answer.text
    taken = await sent(admin, "edit", COUPLING | {"id": "safety-fire"})
    assert "Another rule has this short name." in taken.text
    assert (await sent(admin, "edit", COUPLING | {"result": "urgency/very"})).status_code == 422
    assert (await sent(admin, "edit", COUPLING | {"before": "no-such-rule"})).status_code == 404
    assert (await send(admin, "/oem/rules/defaults", category="XX")).status_code == 422


async def test_only_what_was_looked_at_is_published(browsers: Browsers) -> None:
    """R2: published or changed meanwhile means looking again."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    await sent(admin, "edit", COUPLING)
    page = await admin.get("/oem/rules/draft")
    shown = {name: hidden(page, name) for name in ("version", "revision")}
    await send(admin, "/oem/rules/switch", id="safety-fire", enabled="")
    changed = await sent(admin, "publish", shown)
    assert changed.status_code == 409
    assert "The draft has changed since." in changed.text
    assert "2 changes" in changed.text
    overtaken = await sent(admin, "publish", shown | {"version": "7"})
    assert overtaken.status_code == 409
    assert (await send(admin, "/oem/rules/publish", revision="x")).status_code == 422
    assert (await admin.get("/oem/rules/compare?since=1&until=9")).status_code == 404
    assert (await admin.get("/oem/rules/compare?since=x")).status_code == 404


async def test_only_the_administrator_sees_and_changes_rules(browsers: Browsers) -> None:
    """R9.1."""
    maker = await found_maker()
    for role in (Role.STATION_HEAD, Role.REGIONAL_MANAGER, Role.HEAD_OFFICE, Role.READER):
        client = await browsers.of(maker.person(role))
        for path in (
            "",
            "/edit",
            "/draft",
            "/versions",
            "/defaults",
            "/negation",
            "/compare?since=1&until=1",
        ):
            assert (await client.get(f"/oem/rules{path}")).status_code == 403
        for path in (
            "edit", "switch", "remove", "defaults", "negation", "undo", "discard", "publish", "take-again",
        ):  # fmt: skip
            answer = await sent(client, path, COUPLING | {"number": "1", "version": "1"})
            assert answer.status_code == 403
