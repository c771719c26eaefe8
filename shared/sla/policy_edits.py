"""Changing a clock policy, and what two policies say differently (R4.1). Pure.

A rule is known by its name, which it keeps; its rank is its place and no more.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from shared.errors import NotFound
from shared.sla.policy import (
    ClockPolicy,
    ClockRule,
    FirstContactBy,
    Match,
    Metric,
    PauseRules,
    Target,
    in_rank_order,
)

_RANK_STEP: Final = 10


class Said(msgspec.Struct, frozen=True):
    """What a rule says of a metric; without a target that there is no clock."""

    target: Target | None


class MatchDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is for other cases."""

    rule: str
    before: Match
    after: Match


class TargetDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of which a rule says something else; None: it leaves it to the rules behind it."""

    rule: str
    metric: Metric
    before: Said | None
    after: Said | None


class PolicyDifferences(msgspec.Struct, frozen=True, kw_only=True):
    """What one policy says otherwise than another.

    `moved` are rules that both have and that are asked at another place among those. `grace_minutes`,
    `pauses`, `reopen_days`, `desk_roles` and `first_contact_by` hold before and after, where they differ.
    """

    added: list[ClockRule]
    removed: list[ClockRule]
    moved: list[str]
    matches: list[MatchDifference]
    targets: list[TargetDifference]
    grace_minutes: tuple[int, int] | None
    pauses: tuple[PauseRules, PauseRules] | None
    reopen_days: tuple[int, int] | None
    desk_roles: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    first_contact_by: tuple[FirstContactBy, FirstContactBy] | None = None

    @property
    def count(self) -> int:
        """How many there are."""
        listed = (self.added, self.removed, self.moved, self.matches, self.targets)
        return sum(map(len, listed)) + len(self._whole)

    @property
    def named(self) -> list[str]:
        """The names of what differs, for the log."""
        rules = [
            *(rule.name for rule in (*self.added, *self.removed)),
            *self.moved,
            *(each.rule for each in (*self.matches, *self.targets)),
        ]
        return [
            *dict.fromkeys(rules),
            *self._whole,
        ]

    @property
    def _whole(self) -> list[str]:
        names = ("grace_minutes", "pauses", "reopen_days", "desk_roles", "first_contact_by")
        return [name for name in names if getattr(self, name) is not None]


def differences(before: ClockPolicy, after: ClockPolicy) -> PolicyDifferences:
    """What `after` says otherwise, in the order in which it asks its rules."""
    old = {rule.name: rule for rule in in_rank_order(before)}
    new = {rule.name: rule for rule in in_rank_order(after)}
    both = [(old[name], rule) for name, rule in new.items() if name in old]
    return PolicyDifferences(
        added=[rule for name, rule in new.items() if name not in old],
        removed=[rule for name, rule in old.items() if name not in new],
        moved=_moved([name for name in old if name in new], [name for name in new if name in old]),
        matches=[
            MatchDifference(rule=now.name, before=then.match, after=now.match)
            for then, now in both
            if then.match != now.match
        ],
        targets=[
            TargetDifference(
                rule=now.name, metric=metric, before=_said(then, metric), after=_said(now, metric)
            )
            for then, now in both
            for metric in Metric
            if _said(then, metric) != _said(now, metric)
        ],
        grace_minutes=None
        if before.grace_minutes == after.grace_minutes
        else (before.grace_minutes, after.grace_minutes),
        pauses=None if before.pauses == after.pauses else (before.pauses, after.pauses),
        reopen_days=None
        if before.reopen_days == after.reopen_days
        else (before.reopen_days, after.reopen_days),
        desk_roles=None if before.desk_roles == after.desk_roles else (before.desk_roles, after.desk_roles),
        first_contact_by=None
        if before.first_contact_by == after.first_contact_by
        else (before.first_contact_by, after.first_contact_by),
    )


def with_rule(policy: ClockPolicy, name: str, match: Match) -> ClockPolicy:
    """The policy with a rule for other cases; a new one is asked before the last, and says nothing yet."""
    ordered = in_rank_order(policy)
    if any(rule.name == name for rule in ordered):
        wanted = [
            msgspec.structs.replace(each, match=match) if each.name == name else each for each in ordered
        ]
        return _with_rules(policy, wanted)
    return _with_rules(policy, [*ordered[:-1], ClockRule(0, name, {}, match), *ordered[-1:]])


def without_rule(policy: ClockPolicy, name: str) -> ClockPolicy:
    """The policy without a rule; raises `NotFound`."""
    _rule(policy, name)
    return _with_rules(policy, [rule for rule in in_rank_order(policy) if rule.name != name])


def moved_rule(policy: ClockPolicy, name: str, places: int) -> ClockPolicy:
    """The policy with a rule asked earlier (negative) or later; the last rule stays the last.

    Raises `NotFound`.
    """
    rule = _rule(policy, name)
    *ordered, last = in_rank_order(policy)
    if rule == last:
        return policy
    place = min(max(ordered.index(rule) + places, 0), len(ordered) - 1)
    ordered.remove(rule)
    ordered.insert(place, rule)
    return _with_rules(policy, [*ordered, last])


def with_target(policy: ClockPolicy, name: str, metric: Metric, said: Said | None) -> ClockPolicy:
    """The policy with a rule saying this of a metric, or nothing of it; raises `NotFound`."""
    rule = _rule(policy, name)
    targets = {each: target for each, target in rule.targets.items() if each is not metric}
    if said is not None:
        targets[metric] = said.target
    kept = {each: targets[each] for each in Metric if each in targets}
    changed = msgspec.structs.replace(rule, targets=kept)
    return _with_rules(policy, [changed if each == rule else each for each in in_rank_order(policy)])


def said_of(policy: ClockPolicy, name: str, metric: Metric) -> Said | None:
    """What a rule says of a metric; raises `NotFound`."""
    return _said(_rule(policy, name), metric)


def place_of(policy: ClockPolicy, name: str) -> int:
    """The index of a rule in `policy.rules`; raises `NotFound`."""
    return policy.rules.index(_rule(policy, name))


def _rule(policy: ClockPolicy, name: str) -> ClockRule:
    found = next((rule for rule in policy.rules if rule.name == name), None)
    if found is None:
        raise NotFound("not_found")
    return found


def _said(rule: ClockRule, metric: Metric) -> Said | None:
    targets: Mapping[Metric, Target | None] = rule.targets
    return Said(targets[metric]) if metric in targets else None


def _with_rules(policy: ClockPolicy, ordered: Sequence[ClockRule]) -> ClockPolicy:
    ranked = (msgspec.structs.replace(rule, rank=place * _RANK_STEP) for place, rule in enumerate(ordered, 1))
    return msgspec.structs.replace(policy, rules=tuple(ranked))


def _moved(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The fewest names that had to move: those outside the longest run that kept its order."""
    places = {name: place for place, name in enumerate(before)}
    nothing: list[str] = []
    best = [nothing]
    for name in after:
        shorter = [run for run in best if not run or places[run[-1]] < places[name]]
        best.append([*max(shorter, key=len), name])
    kept = set(max(best, key=len))
    return [name for name in after if name not in kept]
