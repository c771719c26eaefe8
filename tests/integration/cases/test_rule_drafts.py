"""The draft of an OEM's rules: changed one by one, tried and published together (R2)."""

import asyncio
import contextvars

import msgspec
import pytest

from shared.cases import rule_drafts, rule_editing
from shared.cases.rule_edits import DifferenceKind, RuleEdits
from shared.cases.rule_set import Bilingual, Decides, Keywords, Rule
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from tests.support.tenant import found_tenant

COUPLING = Rule(
    id="safety-trailer-coupling",
    decides=Decides.URGENCY,
    value="urgent",
    reason=Bilingual("拖车装置断裂危及行车安全。", "A broken trailer coupling endangers life."),
    any_of=Keywords(zh=("拖车钩~断",)),
    raises=True,
    weight=3.0,
)


@pytest.fixture
async def admin(app_engine: None) -> Actor:
    """The administrator of an OEM of the test's own."""
    return (await found_tenant()).actor(Role.ADMINISTRATOR)


async def test_several_changes_are_published_together(admin: Actor):
    """R2: nothing holds before it is published; afterwards the draft is gone."""
    assert (await rule_drafts.draft(admin)).revision == ""
    await rule_drafts.put_rule(admin, COUPLING, is_new=True)
    await rule_drafts.switch_rule(admin, "safety-fire", enabled=False)
    await rule_drafts.remove_rule(admin, "safety-brake-failure")
    defaults = msgspec.structs.replace((await rule_drafts.draft(admin)).rule_set.defaults, urgency="low")
    await rule_drafts.put_defaults(admin, msgspec.convert(defaults, type(defaults), from_attributes=True))
    found, trial = await rule_drafts.try_draft(admin)
    assert {each.rule_id: each.kind for each in found.differences} == {
        "safety-trailer-coupling": DifferenceKind.ADDED,
        "safety-fire": DifferenceKind.SWITCHED_OFF,
        "safety-brake-failure": DifferenceKind.REMOVED,
        "defaults": DifferenceKind.CHANGED,
    }
    assert trial.impact.tried == 0
    assert (await rule_editing.rules(admin)).version == 1
    published = await rule_drafts.publish_draft(admin, version=1, revision=found.revision)
    assert published.version == 2
    assert published.rule_set.rules == found.rule_set.rules
    assert (await rule_drafts.draft(admin)).differences == []


async def test_what_is_changed_back_is_no_change(admin: Actor):
    await rule_drafts.switch_rule(admin, "safety-fire", enabled=False)
    draft = await rule_drafts.switch_rule(admin, "safety-fire", enabled=True)
    assert (draft.revision, draft.differences) == ("", [])
    await rule_drafts.remove_rule(admin, "safety-fire")
    assert (await rule_drafts.undo(admin, "safety-fire")).differences == []
    await rule_drafts.put_rule(admin, COUPLING, is_new=True)
    assert (await rule_drafts.remove_rule(admin, COUPLING.id)).differences == []


async def test_a_draft_outlives_what_others_publish(admin: Actor):
    """R2: who publishes sees first what is in force now; the changes are made to that."""
    draft = await rule_drafts.switch_rule(admin, "safety-fire", enabled=False)
    await rule_editing.publish(admin, RuleEdits(rules=(COUPLING,)), version=1)
    with pytest.raises(Conflict, match="stale_version"):
        await rule_drafts.publish_draft(admin, version=1, revision=draft.revision)
    found = await rule_drafts.draft(admin)
    assert [each.rule_id for each in found.differences] == ["safety-fire"]
    published = await rule_drafts.publish_draft(admin, version=2, revision=found.revision)
    assert COUPLING in published.rule_set.rules


async def test_only_what_was_looked_at_is_published(admin: Actor):
    draft = await rule_drafts.switch_rule(admin, "safety-fire", enabled=False)
    await rule_drafts.put_rule(admin, COUPLING, is_new=True)
    with pytest.raises(Conflict, match="draft_changed"):
        await rule_drafts.publish_draft(admin, version=1, revision=draft.revision)
    await rule_drafts.discard(admin)
    with pytest.raises(Conflict, match="draft_empty"):
        await rule_drafts.publish_draft(admin, version=1, revision="")


async def test_only_what_was_looked_at_is_thrown_away(admin: Actor):
    """R2: a colleague's fresh change stays; who names no revision means whatever is there."""
    looked_at = await rule_drafts.switch_rule(admin, "safety-fire", enabled=False)
    newest = await rule_drafts.put_rule(admin, COUPLING, is_new=True)
    for stale in (looked_at.revision, ""):
        with pytest.raises(Conflict, match="draft_changed"):
            await rule_drafts.discard(admin, revision=stale)
    assert (await rule_drafts.draft(admin)).revision == newest.revision
    await rule_drafts.discard(admin, revision=newest.revision)
    assert (await rule_drafts.draft(admin)).revision == ""
    await rule_drafts.switch_rule(admin, "safety-fire", enabled=False)
    await rule_drafts.discard(admin)
    assert (await rule_drafts.draft(admin)).revision == ""


async def test_throwing_away_waits_for_who_is_changing_the_draft(admin: Actor):
    """R2: a change that is being kept is not half undone."""
    await rule_drafts.switch_rule(admin, "safety-fire", enabled=False)
    async with transaction(Scope.oem(admin.oem_id)) as tx:
        await policies.hold(tx, admin.oem_id)
        discarding = asyncio.create_task(rule_drafts.discard(admin), context=contextvars.Context())
        done, _ = await asyncio.wait({discarding}, timeout=0.3)
        assert not done
    await discarding
    assert (await rule_drafts.draft(admin)).differences == []


async def test_rules_that_cannot_be_are_refused_where_they_are_typed(admin: Actor):
    with pytest.raises(Invalid) as refused:
        await rule_drafts.put_rule(admin, msgspec.structs.replace(COUPLING, any_of=Keywords()), is_new=True)
    assert [each.field for each in refused.value.fields] == ["any_of.zh"]
    with pytest.raises(Invalid):
        await rule_drafts.put_rule(admin, msgspec.structs.replace(COUPLING, id="safety-fire"), is_new=True)
    with pytest.raises(NotFound):
        await rule_drafts.put_rule(admin, COUPLING, is_new=False)
    with pytest.raises(NotFound):
        await rule_drafts.remove_rule(admin, "no-such-rule")


async def test_the_last_rule_cannot_go(admin: Actor):
    for rule in (await rule_editing.rules(admin)).rule_set.rules:
        await rule_drafts.remove_rule(admin, rule.id)
    with pytest.raises(Invalid, match="rules_unsound"):
        await rule_drafts.try_draft(admin)


async def test_nobody_else_touches_the_draft(app_engine: None):
    """R9.1."""
    tenant = await found_tenant()
    for role in (Role.HEAD_OFFICE, Role.STATION_HEAD, Role.REGIONAL_MANAGER):
        actor = tenant.actor(role)
        with pytest.raises(Forbidden):
            await rule_drafts.draft(actor)
        with pytest.raises(Forbidden):
            await rule_drafts.put_rule(actor, COUPLING, is_new=True)
        with pytest.raises(Forbidden):
            await rule_drafts.discard(actor)
        with pytest.raises(Forbidden):
            await rule_drafts.publish_draft(actor, version=1, revision="x")


async def test_the_words_that_deny_stand_in_the_draft_like_a_rule(admin: Actor):
    """R2: kept beside the rules, named among the differences, taken back, published with them."""
    present = (await rule_drafts.draft(admin)).rule_set.negation
    words = msgspec.structs.replace(present.before, zh=(*present.before.zh, "绝无"))
    wanted = msgspec.structs.replace(present, before=words)
    endless = msgspec.structs.replace(present, after=Keywords(en=("never" * 20,)))
    with pytest.raises(Invalid) as refused:
        await rule_drafts.put_negation(admin, endless)
    assert [each.field for each in refused.value.fields] == ["negation.after.en"]
    assert (await rule_drafts.put_negation(admin, present)).differences == []
    draft = await rule_drafts.put_negation(admin, wanted)
    assert [(each.rule_id, each.fields[0].added) for each in draft.differences] == [("negation", ("绝无",))]
    assert (await rule_drafts.undo(admin, "negation")).differences == []
    await rule_drafts.put_rule(admin, COUPLING, is_new=True)
    draft = await rule_drafts.put_negation(admin, wanted)
    published = await rule_drafts.publish_draft(admin, version=1, revision=draft.revision)
    assert (published.rule_set.negation, COUPLING in published.rule_set.rules) == (wanted, True)
