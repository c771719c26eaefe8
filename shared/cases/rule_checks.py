"""What is wrong with a set of classification rules, before it is saved (pure).

A set without problems can be published: `rules.classify` reads it without failing and in time that grows with
the length of the text only. Patterns are held to a small, safe language for that reason: every repetition is
bounded, and the ways one pattern can unfold are few.
"""

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from shared.cases.normalise import fold
from shared.cases.rule_set import DECIDED_VALUES, Decides, Keywords, Negation, Rule, RuleSet
from shared.errors import Param

_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# What reasons, differences and drafts name that is no rule.
_NO_RULES: Final = frozenset({"default", "defaults", "negation", "by-hand"})
MOST_RULES: Final = 1_000
_LONGEST_ID: Final = 60
_LONGEST_REASON: Final = 300
_LONGEST_KEYWORD: Final = 60
_MOST_KEYWORDS: Final = 500
_MOST_DENIALS: Final = 100
_MOST_PATTERNS: Final = 10
_LONGEST_PATTERN: Final = 400
_MOST_WAYS: Final = 2_000
_LIGHTEST: Final = 0.1
_HEAVIEST: Final = 100
_REPETITION: Final = re.compile(r"\{(\d{1,3})(?:,(\d{1,3}))?\}")
_PIECE: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\{\d{1,3}(?:,\d{1,3})?\}|.", re.DOTALL)


class RuleProblem(msgspec.Struct, frozen=True):
    """One thing wrong with one rule; `rule_id` and `field` are empty for the set as a whole.

    `field` is the path in the rule ("any_of.zh"), `code` and `params` those of a sentence.
    """

    rule_id: str
    field: str
    code: str
    params: dict[str, Param] = {}


def problems_of(rule_set: RuleSet) -> list[RuleProblem]:
    """Everything that keeps a set from being published, rule by rule; empty when it is sound."""
    if not rule_set.rules:
        return [RuleProblem("", "", "rules_missing")]
    if len(rule_set.rules) > MOST_RULES:
        return [RuleProblem("", "", "too_many_rules", {"limit": MOST_RULES})]
    counts = Counter(rule.id for rule in rule_set.rules)
    problems = [RuleProblem(rule_id, "id", "rule_id_taken") for rule_id, count in counts.items() if count > 1]
    for rule in rule_set.rules:
        problems += problems_of_rule(rule)
    return problems + problems_of_negation(rule_set.negation)


def problems_of_rule(rule: Rule) -> list[RuleProblem]:
    """What is wrong with one rule, the others left aside."""
    problems = [*_identity_problems(rule), *_condition_problems(rule), *_keyword_problems(rule)]
    for pattern in rule.patterns:
        problems += _pattern_problems(rule.id, pattern)
    return problems


def _identity_problems(rule: Rule) -> Iterable[RuleProblem]:
    if not _ID.fullmatch(rule.id) or len(rule.id) > _LONGEST_ID:
        yield RuleProblem(rule.id, "id", "rule_id_malformed", {"limit": _LONGEST_ID})
    elif rule.id in _NO_RULES:
        yield RuleProblem(rule.id, "id", "rule_id_taken")
    if rule.value not in {value.value for value in DECIDED_VALUES[rule.decides]}:
        yield RuleProblem(rule.id, "value", "unknown_value")
    for language, reason in (("zh", rule.reason.zh), ("en", rule.reason.en)):
        if not reason.strip():
            yield RuleProblem(rule.id, f"reason.{language}", "required")
        elif len(reason) > _LONGEST_REASON:
            yield RuleProblem(rule.id, f"reason.{language}", "too_long", {"limit": _LONGEST_REASON})
    if not _LIGHTEST <= rule.weight <= _HEAVIEST:
        yield RuleProblem(rule.id, "weight", "out_of_range", {"least": _LIGHTEST, "most": _HEAVIEST})
    if rule.raises and rule.decides is not Decides.URGENCY:
        yield RuleProblem(rule.id, "raises", "only_urgency_raises")


def _condition_problems(rule: Rule) -> Iterable[RuleProblem]:
    words = rule.any_of.every() or rule.all_of.every() or rule.patterns
    if not (words or rule.channels or rule.categories or rule.kinds):
        yield RuleProblem(rule.id, "any_of.zh", "rule_without_condition")
    if not rule.fields:
        yield RuleProblem(rule.id, "fields", "required")
    if rule.categories and rule.decides is Decides.CATEGORY:
        yield RuleProblem(rule.id, "categories", "asked_too_early")
    if rule.kinds and rule.decides in {Decides.CATEGORY, Decides.KIND}:
        yield RuleProblem(rule.id, "kinds", "asked_too_early")
    if len(rule.patterns) > _MOST_PATTERNS:
        yield RuleProblem(rule.id, "patterns", "too_many_lines", {"limit": _MOST_PATTERNS})


def _keyword_problems(rule: Rule) -> Iterable[RuleProblem]:
    for name in ("any_of", "all_of", "none_of", "unless"):
        keywords: Keywords = getattr(rule, name)
        for language, words in (("zh", keywords.zh), ("en", keywords.en)):
            if len(words) > _MOST_KEYWORDS:
                yield RuleProblem(rule.id, f"{name}.{language}", "too_many_lines", {"limit": _MOST_KEYWORDS})
        languages = dict.fromkeys(keywords.en, "en") | dict.fromkeys(keywords.zh, "zh")
        for keyword, count in Counter(keywords.every()).items():
            field = f"{name}.{languages[keyword]}"
            if count > 1:
                yield RuleProblem(rule.id, field, "keyword_twice", {"keyword": keyword})
            if len(keyword) > _LONGEST_KEYWORD:
                params: dict[str, Param] = {"keyword": keyword, "limit": _LONGEST_KEYWORD}
                yield RuleProblem(rule.id, field, "keyword_too_long", params)
            elif _too_short(keyword):
                yield RuleProblem(rule.id, field, "keyword_too_short", {"keyword": keyword})


def _too_short(keyword: str) -> bool:
    first, *others = (fold(part.removesuffix("*")).folded.strip() for part in keyword.split("~"))
    return len(first) < 2 or not all(others)


def problems_of_negation(negation: Negation) -> list[RuleProblem]:
    """What is wrong with the words that deny; `field` begins with "negation."."""
    return list(_negation_problems(negation))


def _negation_problems(negation: Negation) -> Iterable[RuleProblem]:
    for name in ("before", "after", "filler"):
        keywords: Keywords = getattr(negation, name)
        for language, words in (("zh", keywords.zh), ("en", keywords.en)):
            field = f"negation.{name}.{language}"
            if len(words) > _MOST_DENIALS:
                yield RuleProblem("", field, "too_many_lines", {"limit": _MOST_DENIALS})
            for word in words:
                if not fold(word).folded.strip():
                    yield RuleProblem("", field, "required")
                elif len(word) > _LONGEST_KEYWORD:
                    params: dict[str, Param] = {"keyword": word, "limit": _LONGEST_KEYWORD}
                    yield RuleProblem("", field, "keyword_too_long", params)


def _pattern_problems(rule_id: str, pattern: str) -> Iterable[RuleProblem]:
    if _is_unsafe(pattern):
        yield RuleProblem(rule_id, "patterns", "pattern_unsafe", {"pattern": pattern})
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            compiled = re.compile(pattern)
    except (re.error, FutureWarning):
        yield RuleProblem(rule_id, "patterns", "pattern_broken", {"pattern": pattern})
        return
    if compiled.match(""):
        yield RuleProblem(rule_id, "patterns", "pattern_unsafe", {"pattern": pattern})


def _is_unsafe(pattern: str) -> bool:
    if len(pattern) > _LONGEST_PATTERN:
        return True
    pieces = _PIECE.findall(pattern)
    refused = any(_refused(piece, following) for piece, following in pairwise([*pieces, ""]))
    return refused or _ways(pieces) > _MOST_WAYS


def _refused(piece: str, following: str) -> bool:
    """Endless repetitions, groups that look around or repeat, and references back to a group."""
    return (
        piece in {"*", "+"}
        or (piece == "(" and following == "?")
        or (piece[0] == "\\" and piece[1:].isdigit())
        or (piece == ")" and following.startswith("{"))
    )


def _ways(pieces: Sequence[str]) -> int:
    """A bound on how often one place of a text may be tried: the product of what each piece leaves open."""
    ways = 1
    groups = [[*pieces[:1]]]
    for piece, following in pairwise([*pieces, ""]):
        if piece in {"(", "(?:"}:
            groups.append([following])
        elif piece == "|":
            groups[-1].append(following)
        elif piece == ")" and len(groups) > 1:
            ways *= _rivals(groups.pop())
        elif piece == "?":
            ways *= 2
        elif repetition := _REPETITION.fullmatch(piece):
            ways *= max(1, int(repetition[2] or repetition[1]) - int(repetition[1]) + 1)
    return ways * _rivals(groups[0])


def _rivals(beginnings: Sequence[str]) -> int:
    """How many alternatives may begin at the same character."""
    letters = Counter(piece for piece in beginnings if len(piece) == 1 and piece.isalnum())
    return max(1, max(letters.values(), default=0) + len(beginnings) - letters.total())
