"""Classification by transparent rules (R2.1-R2.6, R3.1): from a complaint's words to its decisions (pure).

Each decision names the rules behind it, their reasons in Chinese and English, and the words that decided it;
a person confirms or changes it. The order of the rules never matters: weights for the same value add up, the
heaviest value wins, and of equal ones the first in the vocabulary. A raise of urgency is a floor: no other
rule lowers it (R2.3). Product and service problems are told apart by the category alone (R2.5).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final, Generic, NamedTuple, TypeVar

import msgspec

from shared.cases.normalise import fold
from shared.cases.rule_matching import RuleFinder
from shared.cases.rule_set import Decides, Rule, RuleSet, TextField
from shared.cases.vocabulary import (
    PROBLEM_SIDES,
    Category,
    Channel,
    Department,
    Kind,
    MajorCriterion,
    MajorSign,
    Nature,
    ProblemSide,
    Subject,
    Urgency,
)

# The weight of all that the rules do not know. What does not outweigh it leaves the default standing, and a
# rule of weight 2, unopposed, is believed at 2 / 2.5 = 0.8.
_DOUBT: Final = 0.5
Value = TypeVar("Value", bound=StrEnum)


class ComplaintFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules may read of a complaint (R1.2); all texts may be empty.

    `fault_label` is the label of a source system's own fault tree, levels joined by "/" ("制动系/刹车失灵").
    """

    words: str = ""
    description: str = ""
    demand: str = ""
    fault_label: str = ""
    channel: Channel | None = None


class Reason(msgspec.Struct, frozen=True):
    """One rule's part in a decision, with the words found exactly as the person wrote them."""

    rule_id: str
    zh: str
    en: str
    words: tuple[str, ...] = ()
    raises: bool = False


_DEFAULT_REASONS: Final = (
    Reason(
        "default",
        "没有规则足以决定，取默认值。",
        "No rule is strong enough to decide; this is the default.",
    ),
)


class Alternative(msgspec.Struct, Generic[Value], frozen=True):
    """Another value that rules spoke for; confidence 0 to 1."""

    value: Value
    confidence: float


class Decision(msgspec.Struct, Generic[Value], frozen=True):
    """A suggested value, its confidence from 0 (default, nothing found) to 1, and why (never empty).

    Where no rule applied, the one reason has the rule `default`.
    """

    value: Value
    confidence: float
    reasons: tuple[Reason, ...]
    alternatives: tuple[Alternative[Value], ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words that decided, as written, without repetition."""
        return tuple(dict.fromkeys(word for reason in self.reasons for word in reason.words))


class Classification(msgspec.Struct, frozen=True, kw_only=True):
    """All that a rule set says about one complaint (R2.4).

    `urgency_floor` is the highest urgency a rule raised to: going below it needs a manager's reason (R2.3).
    """

    rule_set_version: str
    category: Decision[Category]
    kind: Decision[Kind]
    subject: Decision[Subject]
    urgency: Decision[Urgency]
    urgency_floor: Urgency | None
    nature: Decision[Nature]
    department: Decision[Department]
    major_candidates: tuple[Decision[MajorSign], ...] = ()
    major_criteria: tuple[Decision[MajorCriterion], ...] = ()

    @property
    def side(self) -> ProblemSide:
        """Product or service (R2.5)."""
        return PROBLEM_SIDES[self.category.value]


def classify(rule_set: RuleSet, facts: ComplaintFacts) -> Classification:
    """Reads a complaint by a rule set that `rule_checks.problems_of` found sound.

    Never fails on any text; time grows linearly with its length. Raises ValueError or re.error for a set that
    was not checked and holds a keyword that is too short or a pattern that does not compile.
    """
    fired = _fired(rule_set, facts)
    defaults = rule_set.defaults
    category = _decide(fired[Decides.CATEGORY], Category, defaults.category)
    kind = _decide(_in_context(fired[Decides.KIND], category.value), Kind, defaults.kind)
    rest = {
        decides: _in_context(fired[decides], category.value, kind.value)
        for decides in Decides
        if decides not in {Decides.CATEGORY, Decides.KIND}
    }
    urgency, floor = _decide_urgency(rest[Decides.URGENCY], defaults.urgency)
    return Classification(
        rule_set_version=rule_set.version,
        category=category,
        kind=kind,
        subject=_decide(rest[Decides.SUBJECT], Subject, defaults.subject),
        urgency=urgency,
        urgency_floor=floor,
        nature=_decide(rest[Decides.NATURE], Nature, defaults.nature),
        department=_decide(rest[Decides.DEPARTMENT], Department, defaults.department),
        major_candidates=_each_value(rest[Decides.MAJOR_CANDIDATE], MajorSign),
        major_criteria=_each_value(rest[Decides.MAJOR_CRITERION], MajorCriterion),
    )


def speaks(rule_set: RuleSet, facts: ComplaintFacts) -> bool:
    """Whether any rule of a sound set applies, categories and kinds left aside."""
    return any(_fired(rule_set, facts).values())


class _Fired(NamedTuple):
    rule: Rule
    words: tuple[str, ...]


def _fired(rule_set: RuleSet, facts: ComplaintFacts) -> dict[Decides, list[_Fired]]:
    texts = {
        field: fold(text)
        for field, text in (
            (TextField.WORDS, facts.words),
            (TextField.DESCRIPTION, facts.description),
            (TextField.DEMAND, facts.demand),
            (TextField.FAULT_LABEL, facts.fault_label),
        )
        if text
    }
    fired: dict[Decides, list[_Fired]] = {decides: [] for decides in Decides}
    finder = _finder(rule_set)
    for place, words in finder.find(texts).items():
        rule = finder.rules[place]
        if not rule.channels or facts.channel in rule.channels:
            fired[rule.decides].append(_Fired(rule, words))
    return fired


@lru_cache(maxsize=64)
def _finder(rule_set: RuleSet) -> RuleFinder:
    return RuleFinder(rule_set)


def _in_context(fired: Sequence[_Fired], category: Category, kind: Kind | None = None) -> list[_Fired]:
    return [
        each
        for each in fired
        if (not each.rule.categories or category in each.rule.categories)
        and (not each.rule.kinds or kind in each.rule.kinds)
    ]


def _decide(fired: Sequence[_Fired], values: type[Value], default: Value) -> Decision[Value]:
    """The heaviest value; the default where nothing outweighs the doubt."""
    if not fired:
        return _default(default)
    weights = _weights(fired, values)
    total = math.fsum(weights.values()) + _DOUBT
    ranked = _heaviest_first(weights)
    chosen = ranked[0] if ranked and weights[ranked[0]] > _DOUBT else default
    return Decision(
        chosen,
        _share(weights.get(chosen, 0.0), total),
        _reasons(each for each in fired if each.rule.value == chosen) or _DEFAULT_REASONS,
        tuple(Alternative(value, _share(weights[value], total)) for value in ranked if value != chosen),
    )


def _decide_urgency(fired: Sequence[_Fired], default: Urgency) -> tuple[Decision[Urgency], Urgency | None]:
    """The decision and the floor, which raising rules set; above it the other rules weigh each other up."""
    raising = [each for each in fired if each.rule.raises]
    weighing = [each for each in fired if not each.rule.raises]
    weighed = _decide(weighing, Urgency, default)
    floor = max(_weights(raising, Urgency), default=None)
    if floor is None:
        return weighed, None
    chosen = max(floor, weighed.value)
    weights = _weights(fired, Urgency)
    total = math.fsum(weights.values()) + _DOUBT
    weight = weights.pop(chosen, 0.0)
    decision = Decision(
        chosen,
        _share(weight, weight + _DOUBT),
        _reasons(raising, first=chosen) + _reasons(each for each in weighing if each.rule.value == chosen),
        tuple(Alternative(value, _share(weights[value], total)) for value in _heaviest_first(weights)),
    )
    return decision, floor


def _each_value(fired: Sequence[_Fired], values: type[Value]) -> tuple[Decision[Value], ...]:
    weights = _weights(fired, values)
    return tuple(
        Decision(
            value,
            _share(weights[value], weights[value] + _DOUBT),
            _reasons(each for each in fired if each.rule.value == value),
        )
        for value in _heaviest_first(weights)
    )


def _weights(fired: Iterable[_Fired], values: type[Value]) -> dict[Value, float]:
    weights: dict[str, list[float]] = {}
    for each in fired:
        weights.setdefault(each.rule.value, []).append(each.rule.weight)
    return {value: math.fsum(weights[value]) for value in values.__members__.values() if value in weights}


def _heaviest_first(weights: Mapping[Value, float]) -> list[Value]:
    return sorted(weights, key=lambda value: -weights[value])


def _share(weight: float, total: float) -> float:
    return round(weight / total, 2)


def _reasons(fired: Iterable[_Fired], first: str = "") -> tuple[Reason, ...]:
    ordered = sorted(fired, key=lambda each: (each.rule.value != first, -each.rule.weight, each.rule.id))
    return tuple(
        Reason(each.rule.id, each.rule.reason.zh, each.rule.reason.en, each.words, each.rule.raises)
        for each in ordered
    )


@lru_cache(maxsize=256)
def _default(value: Value) -> Decision[Value]:
    return Decision(value, 0.0, _DEFAULT_REASONS)
