"""What changes between two rule sets, and a set with changes made (pure).

The order of rules means nothing, so only what each rule says is compared.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from shared.cases.rule_checks import MOST_RULES
from shared.cases.rule_set import Bilingual, Decides, Defaults, Keywords, Negation, Rule, RuleSet

DEFAULTS: Final = "defaults"
NEGATION: Final = "negation"
_SAME: Final = frozenset({"id", "version"})


class RuleEdits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a set: rules as they shall be, by their id; ids that go; what holds where no rule speaks.

    `defaults` and `negation`, where given, replace those of the set.
    """

    rules: Annotated[tuple[Rule, ...], msgspec.Meta(max_length=MOST_RULES)] = ()
    removed: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_RULES)] = ()
    defaults: Defaults | None = None
    negation: Negation | None = None


class DifferenceKind(StrEnum):
    """What became of a rule."""

    ADDED = "added"
    REMOVED = "removed"
    SWITCHED_ON = "switched_on"
    SWITCHED_OFF = "switched_off"
    CHANGED = "changed"


class FieldDifference(msgspec.Struct, frozen=True):
    """One field of a rule by its path ("any_of.zh"): what is there now and what is no longer, as texts."""

    field: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


class RuleDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that is not the same in both sets; `reason` is the newer one.

    For what holds where no rule speaks `rule_id` is `defaults`, for the words that deny `negation`; both
    without `decides` and `reason`.
    """

    rule_id: str
    kind: DifferenceKind
    decides: Decides | None = None
    reason: Bilingual | None = None
    fields: tuple[FieldDifference, ...] = ()


def edited(rule_set: RuleSet, edits: RuleEdits) -> RuleSet:
    """The set with the changes made; of several rules with one id all stay, for the checks to refuse."""
    wanted = {rule.id: rule for rule in edits.rules}
    known = {rule.id for rule in rule_set.rules}
    kept = [
        wanted.get(rule.id, rule)
        for rule in rule_set.rules
        if rule.id not in edits.removed or rule.id in wanted
    ]
    seen: set[str] = set()
    for rule in edits.rules:
        if rule.id not in known or rule.id in seen:
            kept.append(rule)
        seen.add(rule.id)
    return msgspec.structs.replace(
        rule_set,
        rules=tuple(kept),
        defaults=edits.defaults or rule_set.defaults,
        negation=edits.negation or rule_set.negation,
    )


def differences(before: RuleSet, after: RuleSet) -> list[RuleDifference]:
    """What is not the same, in the order of the newer set; what is gone comes last."""
    old = {rule.id: rule for rule in before.rules}
    new = {rule.id: rule for rule in after.rules}
    found = [_difference(old.get(rule.id), rule) for rule in after.rules if old.get(rule.id) != rule]
    found += [
        RuleDifference(rule_id=rule.id, kind=DifferenceKind.REMOVED, decides=rule.decides, reason=rule.reason)
        for rule in before.rules
        if rule.id not in new
    ]
    for name in (DEFAULTS, NEGATION):
        fields = tuple(_fields(_texts(getattr(before, name)), _texts(getattr(after, name))))
        if fields:
            found.append(RuleDifference(rule_id=name, kind=DifferenceKind.CHANGED, fields=fields))
    return found


def _difference(old: Rule | None, new: Rule) -> RuleDifference:
    fields = tuple(_fields(_texts(old), _texts(new))) if old else ()
    kind = DifferenceKind.CHANGED if old else DifferenceKind.ADDED
    if [each.field for each in fields] == ["enabled"]:
        kind = DifferenceKind.SWITCHED_ON if new.enabled else DifferenceKind.SWITCHED_OFF
    return RuleDifference(rule_id=new.id, kind=kind, decides=new.decides, reason=new.reason, fields=fields)


def _fields(
    before: Mapping[str, tuple[str, ...]], after: Mapping[str, tuple[str, ...]]
) -> Iterator[FieldDifference]:
    for field in dict.fromkeys([*before, *after]):
        old, new = before.get(field, ()), after.get(field, ())
        added = tuple(each for each in new if each not in old)
        removed = tuple(each for each in old if each not in new)
        if added or removed:
            yield FieldDifference(field, added, removed)


def _texts(value: msgspec.Struct | None, path: str = "") -> dict[str, tuple[str, ...]]:
    """Every field by its path, its values as texts."""
    texts: dict[str, tuple[str, ...]] = {}
    if value is None:
        return texts
    for name in value.__struct_fields__:
        inner = getattr(value, name)
        if name in _SAME and not path:
            continue
        if isinstance(inner, Keywords | Bilingual):
            texts |= _texts(inner, f"{path}{name}.")
        elif isinstance(inner, tuple):
            texts[f"{path}{name}"] = tuple(str(each) for each in inner)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        elif isinstance(inner, bool):
            texts[f"{path}{name}"] = ("true" if inner else "false",)
        elif isinstance(inner, float):
            texts[f"{path}{name}"] = (f"{inner:g}",)
        else:
            texts[f"{path}{name}"] = (str(inner),)
    return texts
