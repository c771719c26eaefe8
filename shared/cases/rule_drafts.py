"""Changes of rules that are made one by one, tried together, and published together (R2).

An OEM has one draft, which its administrators share. It keeps the changes alone: whatever is published
meanwhile, they are made to the rules then in force.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from shared.cases.rule_checks import RuleProblem, problems_of_negation, problems_of_rule
from shared.cases.rule_editing import (
    MOST_TRIED,
    RulesVersion,
    Trial,
    held,
    past_cases,
    put_in_force,
    refuse_unsound,
    rules_of,
    tried,
)
from shared.cases.rule_edits import DEFAULTS, NEGATION, RuleDifference, RuleEdits, differences, edited
from shared.cases.rule_set import Defaults, Negation, Rule, RuleSet
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants import policies


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The rules as they would be published.

    `rules` are those in force, `edits` what is changed of them, `rule_set` the changed ones. `revision` is
    another one for other changes, and empty where nothing is changed.
    """

    rules: RulesVersion
    edits: RuleEdits
    rule_set: RuleSet
    differences: list[RuleDifference]
    revision: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""


class _Kept(msgspec.Struct, frozen=True):
    """One change; `edit` is a rule, the defaults, the words that deny, or nothing where the rule goes."""

    rule_id: str
    edit: Any
    changed_at: datetime
    changed_by: str


_READ: Final = """
SELECT rule_id, edit, changed_at, changed_by FROM rule_drafts WHERE oem_id = $1 ORDER BY changed_at, rule_id
"""
_WRITE: Final = """
INSERT INTO rule_drafts (oem_id, rule_id, edit, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (oem_id, rule_id) DO UPDATE SET edit = excluded.edit,
    changed_at = excluded.changed_at, changed_by = excluded.changed_by
"""
_DELETE_ONE: Final = "DELETE FROM rule_drafts WHERE oem_id = $1 AND rule_id = $2"
_DELETE: Final = "DELETE FROM rule_drafts WHERE oem_id = $1"


async def draft(actor: Actor) -> Draft:
    """The rules with what is changed and not published yet; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await _draft(tx, actor.oem_id)


async def put_rule(actor: Actor, rule: Rule, *, is_new: bool) -> Draft:
    """Add a rule, or change the one with its id.

    Raises `Forbidden`, `Invalid` naming the fields of the rule, `NotFound` where there is none to change.
    """
    _refuse(problems_of_rule(rule))

    def put(present: RuleSet, edits: RuleEdits) -> RuleEdits:
        known = any(each.id == rule.id for each in edited(present, edits).rules)
        if known and is_new:
            raise Invalid.field("id", "rule_id_taken")
        if not known and not is_new:
            raise NotFound("not_found")
        return _with(edits, rule)

    return await _change(actor, put)


async def remove_rule(actor: Actor, rule_id: str) -> Draft:
    """Leave a rule out; raises `Forbidden`, `NotFound`."""

    def remove(present: RuleSet, edits: RuleEdits) -> RuleEdits:
        _rule(edited(present, edits), rule_id)
        edits = _without(edits, rule_id)
        return msgspec.structs.replace(edits, removed=(*edits.removed, rule_id))

    return await _change(actor, remove)


async def switch_rule(actor: Actor, rule_id: str, *, enabled: bool) -> Draft:
    """Switch a rule on or off; raises `Forbidden`, `NotFound`."""

    def switch(present: RuleSet, edits: RuleEdits) -> RuleEdits:
        rule = _rule(edited(present, edits), rule_id)
        return _with(edits, msgspec.structs.replace(rule, enabled=enabled))

    return await _change(actor, switch)


async def put_defaults(actor: Actor, defaults: Defaults) -> Draft:
    """Say what holds where no rule speaks; raises `Forbidden`."""
    return await _change(actor, lambda _, edits: msgspec.structs.replace(edits, defaults=defaults))


async def put_negation(actor: Actor, negation: Negation) -> Draft:
    """Say which words deny; raises `Forbidden`, `Invalid` naming the fields ("negation.before.zh")."""
    _refuse(problems_of_negation(negation))
    return await _change(actor, lambda _, edits: msgspec.structs.replace(edits, negation=negation))


async def replace(actor: Actor, wanted: RuleEdits, *, revision: str) -> Draft:
    """Keep these changes instead of those the draft holds.

    Raises `Forbidden`, `Invalid` naming rule and field of what cannot be published, `Conflict`
    (`draft_changed`) unless the draft is at `revision`.
    """

    def put(present: RuleSet, edits: RuleEdits) -> RuleEdits:
        if _revision(edits) != revision:
            raise Conflict("draft_changed")
        refuse_unsound(edited(present, wanted))
        given = {rule.id for rule in wanted.rules}
        return msgspec.structs.replace(
            wanted, removed=tuple(each for each in wanted.removed if each not in given)
        )

    return await _change(actor, put)


async def undo(actor: Actor, rule_id: str) -> Draft:
    """Take back what was changed of one rule (or of `defaults`, `negation`); raises `Forbidden`."""

    def take_back(_: RuleSet, edits: RuleEdits) -> RuleEdits:
        if rule_id == DEFAULTS:
            return msgspec.structs.replace(edits, defaults=None)
        if rule_id == NEGATION:
            return msgspec.structs.replace(edits, negation=None)
        return _without(edits, rule_id)

    return await _change(actor, take_back)


async def discard(actor: Actor, *, revision: str | None = None) -> None:
    """Take back everything that was changed.

    Raises `Forbidden`, `Conflict` (`draft_changed`) unless the draft is at `revision`, where one is given.
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await policies.hold(tx, actor.oem_id)
        if revision is not None and (await _draft(tx, actor.oem_id)).revision != revision:
            raise Conflict("draft_changed")
        await tx.execute(_DELETE, actor.oem_id)


async def try_draft(actor: Actor, cases: int = MOST_TRIED) -> tuple[Draft, Trial]:
    """What the draft would have made of the newest cases; raises `Forbidden`, `Invalid`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        found = await _draft(tx, actor.oem_id)
        past = await past_cases(tx, actor.oem_id, cases)
    refuse_unsound(found.rule_set)
    return found, await tried(found.rules, found.rule_set, past)


async def publish_draft(actor: Actor, *, version: int, revision: str) -> RulesVersion:
    """Publish the draft that was looked at; afterwards there is none.

    Raises as `rule_editing.publish` does, and `Conflict` (`draft_changed`) unless it is at `revision`.
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        present = await held(tx, actor.oem_id, version)
        found = await _draft(tx, actor.oem_id)
        if found.revision != revision:
            raise Conflict("draft_changed")
        published = await put_in_force(tx, actor, present, found.rule_set)
        await tx.execute(_DELETE, actor.oem_id)
    return published


async def _draft(tx: Transaction, oem_id: int) -> Draft:
    present = await rules_of(tx, oem_id)
    kept = await tx.rows(_Kept, _READ, oem_id)
    if not kept:
        return Draft(rules=present, edits=RuleEdits(), rule_set=present.rule_set, differences=[])
    edits = _edits(kept)
    wanted = edited(present.rule_set, edits)
    return Draft(
        rules=present,
        edits=edits,
        rule_set=wanted,
        differences=differences(present.rule_set, wanted),
        revision=_revision(edits),
        changed_at=kept[-1].changed_at,
        changed_by=kept[-1].changed_by,
    )


async def _change(actor: Actor, change: Callable[[RuleSet, RuleEdits], RuleEdits]) -> Draft:
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await policies.hold(tx, actor.oem_id)
        present = await rules_of(tx, actor.oem_id)
        edits = _edits(await tx.rows(_Kept, _READ, actor.oem_id))
        before = _rows(edits)
        after = _rows(_needed(present.rule_set, change(present.rule_set, edits)))
        for rule_id in before.keys() - after.keys():
            await tx.execute(_DELETE_ONE, actor.oem_id, rule_id)
        now = await tx.now()
        for rule_id, edit in after.items():
            if rule_id not in before or before[rule_id] != edit:
                await tx.execute(_WRITE, actor.oem_id, rule_id, edit, now, actor.name)
        return await _draft(tx, actor.oem_id)


def _edits(kept: Sequence[_Kept]) -> RuleEdits:
    by_id = {each.rule_id: each.edit for each in kept}
    defaults, negation = by_id.pop(DEFAULTS, None), by_id.pop(NEGATION, None)
    return RuleEdits(
        rules=tuple(msgspec.convert(edit, Rule) for edit in by_id.values() if edit is not None),
        removed=tuple(rule_id for rule_id, edit in by_id.items() if edit is None),
        defaults=None if defaults is None else msgspec.convert(defaults, Defaults),
        negation=None if negation is None else msgspec.convert(negation, Negation),
    )


def _revision(edits: RuleEdits) -> str:
    if edits == RuleEdits():
        return ""
    return hashlib.sha256(msgspec.json.encode(edits)).hexdigest()[:16]


def _rows(edits: RuleEdits) -> dict[str, Rule | Defaults | Negation | None]:
    rows: dict[str, Rule | Defaults | Negation | None] = dict.fromkeys(edits.removed)
    rows |= {rule.id: rule for rule in edits.rules}
    if edits.defaults is not None:
        rows[DEFAULTS] = edits.defaults
    if edits.negation is not None:
        rows[NEGATION] = edits.negation
    return rows


def _needed(present: RuleSet, edits: RuleEdits) -> RuleEdits:
    """The edits without those that change nothing."""
    known = {rule.id: rule for rule in present.rules}
    return msgspec.structs.replace(
        edits,
        rules=tuple(rule for rule in edits.rules if known.get(rule.id) != rule),
        removed=tuple(rule_id for rule_id in edits.removed if rule_id in known),
        defaults=None if edits.defaults == present.defaults else edits.defaults,
        negation=None if edits.negation == present.negation else edits.negation,
    )


def _refuse(problems: Sequence[RuleProblem]) -> None:
    if problems:
        fields = [FieldError(each.field, each.code, each.params) for each in problems]
        raise Invalid("invalid_input", fields=fields)


def _with(edits: RuleEdits, rule: Rule) -> RuleEdits:
    edits = _without(edits, rule.id)
    return msgspec.structs.replace(edits, rules=(*edits.rules, rule))


def _without(edits: RuleEdits, rule_id: str) -> RuleEdits:
    return msgspec.structs.replace(
        edits,
        rules=tuple(rule for rule in edits.rules if rule.id != rule_id),
        removed=tuple(each for each in edits.removed if each != rule_id),
    )


def _rule(rule_set: RuleSet, rule_id: str) -> Rule:
    found = next((rule for rule in rule_set.rules if rule.id == rule_id), None)
    if found is None:
        raise NotFound("not_found")
    return found
