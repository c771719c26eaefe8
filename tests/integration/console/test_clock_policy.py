"""The clock policy in the console (R4.1)."""

import re
from datetime import timedelta
from typing import Any

import msgspec

from shared.cases import policy_drafts, policy_editing
from shared.permissions import Role
from shared.sla.policy import Metric, StricterTarget
from shared.sla.policy_edits import said_of
from tests.integration.cases.test_clock_policies import MONDAY, in_force, registered, resolved_in, work
from tests.integration.cases.test_policy_of_before import of_before
from tests.support.console import Browsers, found_maker, register, send

PROMISE: dict[str, Any] = {
    "says": "promise",
    "amount": "3",
    "unit": "working_days",
    "basis": "business",
    "warn_percent": "50, 75",
    "role_1": "service_manager",
    "role_2": "station_head",
    "after_2": "2",
    "after_unit_2": "hours",
    "basis_2": "business",
}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


async def test_an_administrator_edits_a_promise_sees_the_effect_and_publishes(browsers: Browsers) -> None:
    """R4.1: edit, preview the effect on open cases, publish as a version, migrate."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    await register(maker.actor(Role.SERVICE_MANAGER))
    page = (await admin.get("/oem/clocks")).text
    assert "5 working days" in page
    assert "/oem/clocks/target?rule=default&amp;metric=resolve" in page
    form = await admin.get("/oem/clocks/target?rule=default&metric=resolve")
    assert form.status_code == 200
    kept = await send(admin, "/oem/clocks/target", rule="default", metric="resolve", **PROMISE)
    assert (kept.status_code, kept.headers["location"]) == (303, "/oem/clocks")
    draft = (await admin.get("/oem/clocks/draft")).text
    assert "3 working days" in draft
    assert "5 working days" in draft
    assert "1 open case was looked at" in draft
    sent: dict[str, Any] = {
        "version": hidden(draft, "version"),
        "revision": hidden(draft, "revision"),
        "migrate": "true",
    }
    done = await send(admin, "/oem/clocks/publish", **sent)
    assert (done.status_code, done.headers["location"]) == (303, "/oem/clocks/migrations")
    shown = (await admin.get("/oem/clocks/migrations")).text
    assert "hx-trigger" in shown
    assert "0 of 1" in shown
    assert (await admin.get("/oem/clocks/migrations/list")).status_code == 200
    again = await send(admin, "/oem/clocks/migrations", version=2)
    assert again.status_code == 409
    versions = (await admin.get("/oem/clocks/versions")).text
    assert "/oem/clocks/compare?since=1&amp;until=2" in versions
    compared = (await admin.get("/oem/clocks/compare?since=1&until=2")).text
    assert "<del>5 working days" in compared
    late = await send(admin, "/oem/clocks/take-again", number=1, version=1)
    assert (late.status_code, 'role="alert"' in late.text) == (409, True)
    assert "From version 1 to version 2" in late.text
    back = await send(admin, "/oem/clocks/take-again", number=1, version=2)
    assert back.status_code == 303
    assert (await policy_editing.clock_policy(maker.actor(Role.ADMINISTRATOR))).version == 3


async def test_rules_are_added_moved_and_removed_in_the_draft(browsers: Browsers) -> None:
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    new: dict[str, Any] = {
        "before": "",
        "name": "media",
        "major": "yes",
        "channels.other_organisation": "true",
    }
    assert (await send(admin, "/oem/clocks/rule", **new)).status_code == 303
    page = (await admin.get("/oem/clocks")).text
    assert "The rule promises nothing." in page
    twice = await send(admin, "/oem/clocks/rule", **new)
    assert twice.status_code == 422
    assert (await admin.get("/oem/clocks/rule?name=media")).status_code == 200
    saved = await send(admin, "/oem/clocks/target", rule="media", metric="resolve", **PROMISE)
    assert saved.status_code == 303
    for _ in range(4):
        await send(admin, "/oem/clocks/move", name="media", way="earlier")
    await send(admin, "/oem/clocks/remove", name="suggestion")
    longer: dict[str, Any] = {
        "longest": "3",
        "longest_unit": "days",
        "cap": "5",
        "cap_unit": "days",
        "grace": "30",
        "reopen_days": "60",
        "desk_role_1": "head_office",
        "desk_role_2": "",
    }
    assert (await send(admin, "/oem/clocks/pauses", **longer)).status_code == 303
    found = (await policy_drafts.draft(maker.actor(Role.ADMINISTRATOR))).policy
    assert [rule.name for rule in found.rules] == ["media", "urgent", "high", "low", "default"]
    assert (found.grace_minutes, found.pauses.metrics, found.pauses.longest_minutes) == (30, (), 3 * 1440)
    assert found.rules[0].match.major is True
    assert found.desk_roles == ("head_office",)
    overtaken = await send(admin, "/oem/clocks/discard", revision="another")
    assert overtaken.status_code == 409
    newest = (await policy_drafts.draft(maker.actor(Role.ADMINISTRATOR))).revision
    assert f'value="{newest}"' in overtaken.text
    assert (await send(admin, "/oem/clocks/discard", revision=newest)).status_code == 303
    assert (await policy_drafts.draft(maker.actor(Role.ADMINISTRATOR))).revision == ""
    assert (await send(admin, "/oem/clocks/remove", name="nobody")).status_code == 404
    assert (await admin.get("/oem/clocks/target?rule=nobody&metric=resolve")).status_code == 404
    assert (await admin.get("/oem/clocks/target?rule=default&metric=nothing")).status_code == 404
    assert (await admin.get("/oem/clocks/compare?since=1&until=x")).status_code == 404


async def test_a_refused_promise_comes_back_as_it_was_typed(browsers: Browsers) -> None:
    """R4.1: refused, saying which field and why."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    wrong: dict[str, Any] = {**PROMISE, "amount": "", "warn_percent": "90, 50", "role_2": "somebody"}
    answer = await send(admin, "/oem/clocks/target", rule="default", metric="resolve", **wrong)
    assert answer.status_code == 422
    assert 'id="amount-error"' in answer.text
    assert 'value="90, 50"' in answer.text
    order: dict[str, Any] = {**PROMISE, "warn_percent": "90, 50", "after_2": "0"}
    answer = await send(admin, "/oem/clocks/target", rule="default", metric="resolve", **order)
    assert answer.status_code == 422
    assert 'id="warn_percent-error"' in answer.text
    assert 'id="after_2-error"' in answer.text
    nothing: dict[str, Any] = {"says": "silent"}
    silent = await send(admin, "/oem/clocks/target", rule="default", metric="resolve", **nothing)
    assert silent.status_code == 422
    pauses: dict[str, Any] = {
        "longest": "9",
        "longest_unit": "days",
        "cap": "5",
        "cap_unit": "days",
        "grace": "x",
        "reopen_days": "60",
    }
    answer = await send(admin, "/oem/clocks/pauses", **pauses)
    assert 'id="grace-error"' in answer.text
    pauses["grace"] = 30
    answer = await send(admin, "/oem/clocks/pauses", **pauses)
    assert 'id="cap-error"' in answer.text


async def test_a_dealer_is_made_stricter_and_never_less_strict(browsers: Browsers) -> None:
    """R4.1: overridable per dealer only to be stricter."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    address = f"/oem/clocks/dealer/target?dealer={maker.here}&rule=default&metric=resolve"
    form = await admin.get(address)
    assert "The OEM: 5 working days" in form.text
    cell: dict[str, Any] = {"dealer": maker.here, "rule": "default", "metric": "resolve", "from": 0}
    chain: dict[str, Any] = {
        "role_3": "regional_manager",
        "after_3": "2",
        "after_unit_3": "hours",
        "basis_3": "business",
        "warn_percent": "50, 75, 90",
    }
    more: dict[str, Any] = {**PROMISE, **chain}
    fewer = await send(admin, "/oem/clocks/dealer/target", **cell, **PROMISE, do="publish")
    assert fewer.status_code == 422
    assert 'id="warn_percent-error"' in fewer.text
    assert 'id="role_1-error"' in fewer.text
    longer_time: dict[str, Any] = {**more, "amount": "6"}
    longer = await send(admin, "/oem/clocks/dealer/target", **cell, **longer_time, do="try")
    assert 'id="amount-error"' in longer.text
    tried = await send(admin, "/oem/clocks/dealer/target", **cell, **more, do="try")
    assert "open cases were looked at" in tried.text
    done = await send(admin, "/oem/clocks/dealer/target", **cell, **more, do="publish")
    assert done.headers["location"] == f"/oem/clocks/dealer?dealer={maker.here}"
    page = (await admin.get(done.headers["location"])).text
    assert "stricter" in page
    assert "3 working days" in page
    assert f"/oem/clocks/dealer?dealer={maker.here}" in (await admin.get("/oem/clocks")).text
    actor = maker.actor(Role.ADMINISTRATOR)
    own = await policy_editing.clock_policy(actor, dealer_id=maker.here)
    said = said_of(own.policy, "default", Metric.RESOLVE)
    assert said is not None
    assert said.target is not None
    assert said.target.working_days == 3
    cell["from"] = 1
    gone = await send(admin, "/oem/clocks/dealer/target", **cell, do="remove")
    assert gone.status_code == 303
    assert await policy_editing.with_their_own(actor) == []
    assert (await admin.get("/oem/clocks/dealer?dealer=987654")).status_code == 404
    assert (await admin.get("/oem/clocks/dealer?dealer=x")).status_code == 404


async def test_nobody_but_an_administrator_opens_the_editor(browsers: Browsers) -> None:
    """R9.1."""
    maker = await found_maker()
    manager = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    office = await browsers.of(maker.person(Role.HEAD_OFFICE))
    for client in (manager, office):
        for page in ("", "/draft", "/versions", "/migrations", "/rule", "/pauses", "/dealer"):
            assert (await client.get(f"/oem/clocks{page}")).status_code == 403
        assert (await send(client, "/oem/clocks/publish", version=1, revision="")).status_code == 403


async def test_what_stands_out_is_for_the_oem_alone(browsers: Browsers) -> None:
    """proofs.md, Changes: visible to the OEM as counts; dealers see nothing of it."""
    maker = await found_maker()
    manager = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    regional = await browsers.of(maker.person(Role.REGIONAL_MANAGER))
    assert "Nothing stands out this month." in (await regional.get("/region")).text
    assert "conspicuous-title" not in (await manager.get("/region")).text


async def test_promises_that_are_new_in_the_product_are_told_and_taken_over(browsers: Browsers) -> None:
    """R4.1: an OEM of before the promises sees that they hold as supplied, and takes them over."""
    maker = await found_maker()
    version = (await of_before(maker)).version
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    page = (await admin.get("/oem/clocks")).text
    assert "New promises that your policy does not know yet" in page
    assert (await send(admin, "/oem/clocks/supplied", version=version + 1)).status_code == 409
    manager = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    assert (await send(manager, "/oem/clocks/supplied", version=version)).status_code == 403
    done = await send(admin, "/oem/clocks/supplied", version=version)
    assert (done.status_code, done.headers["location"]) == (303, "/oem/clocks")
    assert "does not know yet" not in (await admin.get("/oem/clocks")).text


async def test_open_cases_of_a_dealer_that_became_stricter_can_be_migrated(browsers: Browsers) -> None:
    """R4.1: the button stands wherever a promise is not of the policy in force for its dealer."""
    maker = await found_maker()
    actor = maker.actor(Role.ADMINISTRATOR)
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    await register(maker.actor(Role.SERVICE_MANAGER))
    assert 'name="version" value="1"' not in (await admin.get("/oem/clocks/migrations")).text
    said = said_of((await policy_editing.clock_policy(actor)).policy, "default", Metric.RESOLVE)
    assert said is not None
    assert said.target is not None
    sooner = msgspec.structs.replace(said.target, working_days=2)
    stricter = [StricterTarget("default", Metric.RESOLVE, sooner)]
    await policy_editing.publish_stricter(actor, maker.here, stricter, version=0)
    assert 'name="version" value="1"' in (await admin.get("/oem/clocks/migrations")).text
    assert (await send(admin, "/oem/clocks/migrations", version=1)).status_code == 303


async def test_promises_that_no_version_explains_are_listed_with_their_reason(browsers: Browsers) -> None:
    """R4.1: after a migration nothing is behind; what stays as it was is named."""
    maker = await found_maker()
    actor = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    for version, working_days in ((1, 1), (2, 4)):
        await policy_editing.publish(
            actor, resolved_in(await in_force(maker), working_days), version=version, migrate=True
        )
        await work(maker, MONDAY + timedelta(days=2, hours=3))
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    shown = (await admin.get("/oem/clocks/migrations")).text
    assert "Every open promise that can be counted anew follows this version already." in shown
    assert "1 promise stays as it was" in shown
    assert "Runs by the grace period of an earlier change" in shown
    assert f'href="/cases/{case.id}"' in shown
    assert "earlier version and keeps it" not in (await admin.get("/oem/clocks")).text
