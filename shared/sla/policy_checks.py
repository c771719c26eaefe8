"""Whether a clock policy may be saved: one that can never be met or never matches is refused (R4.1)."""

from collections.abc import Iterator, Sequence
from itertools import product

import msgspec

from shared.errors import FieldError
from shared.permissions import DEALER_ROLES, MEMBER_ROLES, Role
from shared.sla.policy import (
    EVERY_CASE,
    NEVER_PAUSED,
    Basis,
    CaseFacts,
    ChainLevel,
    ClockPolicy,
    ClockRule,
    Match,
    Metric,
    PauseRules,
    Target,
    in_rank_order,
    matches,
)

CHAIN_ROLES = MEMBER_ROLES
"""Roles that people have inside an OEM or a dealer: a chain ends with a person."""

MOST_RULES = 100
MOST_LEVELS = 6
MOST_DESK_ROLES = 3
LONGEST_NAME = 60
LONGEST_DAYS = 366
LONGEST_GRACE_MINUTES = 24 * 60
LONGEST_REOPEN_DAYS = 3_660

_MINUTES_PER_DAY = 24 * 60


class CaseWords(msgspec.Struct, frozen=True):
    """The values a case can have, from `shared.cases.vocabulary`; a rule for any other would never match."""

    kinds: frozenset[str]
    categories: frozenset[str]
    urgencies: frozenset[str]
    channels: frozenset[str]


def problems(policy: ClockPolicy, words: CaseWords) -> tuple[FieldError, ...]:
    """What keeps the policy from being saved; empty when nothing does.

    Of the whole: `too_many_rules`, `no_default` when the rule of the highest rank does not match every
    case, `out_of_range` for the grace, the days of reopening and the lengths of pauses, `never_pauses` for
    a metric that runs on, `no_levels`, `too_many` and `unknown_role` for the roles of the OEM desk. Of a
    rule: `duplicate_rank`, `duplicate_name`, `one_line_of_text`, `too_long`, `no_targets`, `unknown_value`
    in a match, `never_matches` for a metric that earlier rules decide for all its cases, `missing_metric`
    in the default. Of a target: `duration_or_working_days` when it has neither or both, `out_of_range`,
    `working_days_are_business`, `invalid_warn_marks`. Of a chain: `no_levels`, `too_many`,
    `levels_out_of_order`, `unknown_role`, `first_level_is_the_breach`, `level_not_later`.
    """
    return (*_problems_of_policy(policy), *_problems_of_rules(policy, words), *_shadowed(policy, words))


def _problems_of_policy(policy: ClockPolicy) -> Iterator[FieldError]:
    if not 1 <= policy.grace_minutes <= LONGEST_GRACE_MINUTES:
        yield FieldError("grace_minutes", "out_of_range", {"least": 1, "most": LONGEST_GRACE_MINUTES})
    if not 1 <= policy.reopen_days <= LONGEST_REOPEN_DAYS:
        yield FieldError("reopen_days", "out_of_range", {"least": 1, "most": LONGEST_REOPEN_DAYS})
    yield from _problems_of_pauses(policy.pauses)
    if not policy.desk_roles:
        yield FieldError("desk_roles", "no_levels")
    if len(policy.desk_roles) > MOST_DESK_ROLES:
        yield FieldError("desk_roles", "too_many", {"limit": MOST_DESK_ROLES})
    for role in policy.desk_roles:
        if role not in CHAIN_ROLES or role in DEALER_ROLES or role == Role.REGIONAL_MANAGER:
            yield FieldError("desk_roles", "unknown_role", {"role": role})
    ordered = in_rank_order(policy)
    default = ordered[-1] if ordered else None
    if default is None or default.match != EVERY_CASE:
        yield FieldError("rules", "no_default")
        return
    for metric in Metric:
        if metric not in default.targets:
            yield FieldError(
                f"rules[{policy.rules.index(default)}].targets", "missing_metric", {"metric": metric}
            )


def _problems_of_pauses(rules: PauseRules) -> Iterator[FieldError]:
    for metric in rules.metrics:
        if metric in NEVER_PAUSED:
            yield FieldError("pauses.metrics", "never_pauses", {"metric": metric})
    longest = LONGEST_DAYS * _MINUTES_PER_DAY
    if not 0 <= rules.longest_minutes <= longest:
        yield FieldError("pauses.longest_minutes", "out_of_range", {"least": 0, "most": longest})
    if not rules.longest_minutes <= rules.cap_minutes <= longest:
        least = max(rules.longest_minutes, 0)
        yield FieldError("pauses.cap_minutes", "out_of_range", {"least": least, "most": longest})


def _problems_of_rules(policy: ClockPolicy, words: CaseWords) -> Iterator[FieldError]:
    ranks: set[int] = set()
    names: set[str] = set()
    for index, rule in enumerate(policy.rules):
        field = f"rules[{index}]"
        if rule.rank in ranks:
            yield FieldError(f"{field}.rank", "duplicate_rank", {"rank": rule.rank})
        if rule.name in names:
            yield FieldError(f"{field}.name", "duplicate_name", {"name": rule.name})
        if not rule.name.strip() or not rule.name.isprintable():
            yield FieldError(f"{field}.name", "one_line_of_text")
        if len(rule.name) > LONGEST_NAME:
            yield FieldError(f"{field}.name", "too_long", {"limit": LONGEST_NAME})
        if not rule.targets:
            yield FieldError(f"{field}.targets", "no_targets")
        ranks.add(rule.rank)
        names.add(rule.name)
        yield from _problems_of_match(f"{field}.match", rule.match, words)
        for metric, target in rule.targets.items():
            if target is not None:
                yield from _problems_of_target(f"{field}.targets.{metric}", target)


def _problems_of_match(field: str, match: Match, words: CaseWords) -> Iterator[FieldError]:
    for name, values, known in (
        ("kinds", match.kinds, words.kinds),
        ("categories", match.categories, words.categories),
        ("urgencies", match.urgencies, words.urgencies),
        ("channels", match.channels, words.channels),
    ):
        for value in values:
            if value not in known:
                yield FieldError(f"{field}.{name}", "unknown_value", {"value": value})


def _problems_of_target(field: str, target: Target) -> Iterator[FieldError]:
    if (target.duration_minutes is None) == (target.working_days is None):
        yield FieldError(field, "duration_or_working_days")
    for name, value, maximum in (
        ("duration_minutes", target.duration_minutes, LONGEST_DAYS * _MINUTES_PER_DAY),
        ("working_days", target.working_days, LONGEST_DAYS),
    ):
        if value is not None and not 1 <= value <= maximum:
            yield FieldError(f"{field}.{name}", "out_of_range", {"least": 1, "most": maximum})
    if target.working_days is not None and target.basis is Basis.ALWAYS:
        yield FieldError(f"{field}.basis", "working_days_are_business")
    marks = target.warn_percent
    if list(marks) != sorted(set(marks)) or not all(0 < mark < 100 for mark in marks):
        yield FieldError(f"{field}.warn_percent", "invalid_warn_marks")
    yield from _problems_of_chain(f"{field}.chain", target.chain)


def _problems_of_chain(field: str, chain: tuple[ChainLevel, ...]) -> Iterator[FieldError]:
    if not chain:
        yield FieldError(field, "no_levels")
    if len(chain) > MOST_LEVELS:
        yield FieldError(field, "too_many", {"limit": MOST_LEVELS})
    if [level.level for level in chain] != list(range(1, len(chain) + 1)):
        yield FieldError(field, "levels_out_of_order")
    for index, level in enumerate(chain):
        if level.role not in CHAIN_ROLES:
            yield FieldError(f"{field}[{index}].role", "unknown_role", {"role": level.role})
        if index == 0 and level.after_minutes:
            yield FieldError(f"{field}[0].after_minutes", "first_level_is_the_breach")
        if index > 0 and not 1 <= level.after_minutes <= LONGEST_DAYS * _MINUTES_PER_DAY:
            yield FieldError(f"{field}[{index}].after_minutes", "level_not_later")


def _shadowed(policy: ClockPolicy, words: CaseWords) -> Iterator[FieldError]:
    if len(policy.rules) > MOST_RULES:
        yield FieldError("rules", "too_many_rules", {"limit": MOST_RULES})
        return
    ordered = in_rank_order(policy)
    deciding = _deciding(ordered, words)
    for place, rule in enumerate(ordered):
        # The last has to speak of every metric, whether or not the others leave it any case.
        is_settled = place == len(ordered) - 1 or any(_problems_of_match("", rule.match, words))
        for metric in rule.targets:
            earlier = [other for other in ordered[:place] if metric in other.targets]
            covering = next((other for other in earlier if _covers(other.match, rule.match)), None)
            if covering is None and not is_settled and earlier and (rule.name, metric) not in deciding:
                covering = next((other for other in earlier if _overlap(other.match, rule.match)), None)
            if covering is not None:
                field = f"rules[{policy.rules.index(rule)}].targets.{metric}"
                yield FieldError(field, "never_matches", {"rule": covering.name})


def _deciding(ordered: Sequence[ClockRule], words: CaseWords) -> set[tuple[str, Metric]]:
    """What decides in some case: tried on one case for each way in which the matches tell cases apart."""
    kinds, categories, urgencies, channels = (
        _told_apart([getattr(rule.match, name) for rule in ordered], known)
        for name, known in (
            ("kinds", words.kinds),
            ("categories", words.categories),
            ("urgencies", words.urgencies),
            ("channels", words.channels),
        )
    )
    found: set[tuple[str, Metric]] = set()
    for kind, category, urgency, channel, major in product(
        kinds, categories, urgencies, channels, (False, True)
    ):
        facts = CaseFacts(kind, category, urgency, channel, major)
        decided: set[Metric] = set()
        for rule in ordered:
            if matches(rule.match, facts):
                found |= {(rule.name, metric) for metric in rule.targets if metric not in decided}
                decided |= rule.targets.keys()
    return found


def _told_apart(named: Sequence[tuple[str, ...]], known: frozenset[str]) -> list[str]:
    """One value for each set of rules that name it."""
    by_rules = {tuple(value in values for values in named): value for value in sorted(known)}
    return list(by_rules.values())


def _overlap(one: Match, other: Match) -> bool:
    return (one.major is None or other.major in {None, one.major}) and all(
        not mine or not theirs or set(mine) & set(theirs)
        for mine, theirs in (
            (one.kinds, other.kinds),
            (one.categories, other.categories),
            (one.urgencies, other.urgencies),
            (one.channels, other.channels),
        )
    )


def _covers(wider: Match, narrower: Match) -> bool:
    return wider.major in {None, narrower.major} and all(
        not of_wider or (of_narrower and set(of_narrower) <= set(of_wider))
        for of_wider, of_narrower in (
            (wider.kinds, narrower.kinds),
            (wider.categories, narrower.categories),
            (wider.urgencies, narrower.urgencies),
            (wider.channels, narrower.channels),
        )
    )
