"""What is wrong with a set of classification rules, in words, before it is saved (pure).

A set without problems can be published: `rules.classify` reads it without failing and in time that grows with
the length of the text only. Patterns are held to a small, safe language for that reason: every repetition is
bounded, and the ways one pattern can unfold are few.
"""

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from shared.cases.rule_set import DECIDED_VALUES, Decides, Rule, RuleSet

_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_KEYWORD: Final = 60
_LONGEST_PATTERN: Final = 400
_MOST_WAYS: Final = 2_000
_HEAVIEST: Final = 100.0
_REPETITION: Final = re.compile(r"\{(\d{1,3})(?:,(\d{1,3}))?\}")
_PIECE: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\{\d{1,3}(?:,\d{1,3})?\}|.", re.DOTALL)

PROBLEM_SENTENCES: Final[Mapping[str, str]] = {
    "no_rules": "The set holds no rules.",
    "bad_id": "The id must be lower-case words and digits joined by hyphens.",
    "duplicate_id": "Another rule has the same id.",
    "unknown_value": "{value} is no value of {decides}; choose one of {choices}.",
    "no_reason": "The reason is missing in {language}.",
    "no_condition": "The rule asks for nothing: give keywords, a pattern, a channel, a category or a kind.",
    "keyword_too_short": "The keyword “{keyword}” needs at least two characters before the first ~.",
    "keyword_too_long": "The keyword “{keyword}” is longer than {limit} characters.",
    "keyword_twice": "The keyword “{keyword}” stands in the same list twice.",
    "bad_pattern": "The pattern “{pattern}” does not compile: {detail}.",
    "unsafe_pattern": "The pattern “{pattern}” is not allowed: {detail}.",
    "bad_weight": "The weight must lie between 0.1 and {limit}.",
    "raise_of_other": "Only a rule for urgency can raise.",
    "too_early": "{decides} is decided before {asked} is known, so the rule cannot ask for it.",
    "no_field": "The rule reads no field.",
}
"""The English sentence for each code; the doors translate it."""


class RuleProblem(msgspec.Struct, frozen=True):
    """One thing wrong with one rule; `rule_id` is empty for the set as a whole."""

    rule_id: str
    code: str
    params: dict[str, str] = {}

    @property
    def sentence(self) -> str:
        """The problem in English."""
        return PROBLEM_SENTENCES[self.code].format_map(self.params)


def problems_of(rule_set: RuleSet) -> list[RuleProblem]:
    """Everything that keeps a set from being published, rule by rule; empty when it is sound."""
    if not rule_set.rules:
        return [RuleProblem("", "no_rules")]
    counts = Counter(rule.id for rule in rule_set.rules)
    problems = [RuleProblem(rule_id, "duplicate_id") for rule_id, count in counts.items() if count > 1]
    for rule in rule_set.rules:
        problems += _identity_problems(rule)
        problems += _condition_problems(rule)
        problems += _keyword_problems(rule)
        for pattern in rule.patterns:
            problems += _pattern_problems(rule.id, pattern)
    return problems


def _identity_problems(rule: Rule) -> Iterable[RuleProblem]:
    if not _ID.fullmatch(rule.id):
        yield RuleProblem(rule.id, "bad_id")
    choices = [value.value for value in DECIDED_VALUES[rule.decides]]
    if rule.value not in choices:
        params = {"value": rule.value, "decides": rule.decides.value, "choices": ", ".join(choices)}
        yield RuleProblem(rule.id, "unknown_value", params)
    for language, reason in (("Chinese", rule.reason.zh), ("English", rule.reason.en)):
        if not reason.strip():
            yield RuleProblem(rule.id, "no_reason", {"language": language})
    if not 0.1 <= rule.weight <= _HEAVIEST:
        yield RuleProblem(rule.id, "bad_weight", {"limit": f"{_HEAVIEST:g}"})
    if rule.raises and rule.decides is not Decides.URGENCY:
        yield RuleProblem(rule.id, "raise_of_other")


def _condition_problems(rule: Rule) -> Iterable[RuleProblem]:
    words = rule.any_of.every() or rule.all_of.every() or rule.patterns
    if not (words or rule.channels or rule.categories or rule.kinds):
        yield RuleProblem(rule.id, "no_condition")
    if not rule.fields:
        yield RuleProblem(rule.id, "no_field")
    if rule.categories and rule.decides is Decides.CATEGORY:
        yield RuleProblem(rule.id, "too_early", {"decides": rule.decides.value, "asked": "category"})
    if rule.kinds and rule.decides in {Decides.CATEGORY, Decides.KIND}:
        yield RuleProblem(rule.id, "too_early", {"decides": rule.decides.value, "asked": "kind"})


def _keyword_problems(rule: Rule) -> Iterable[RuleProblem]:
    for keywords in (rule.any_of, rule.all_of, rule.none_of, rule.unless):
        for keyword, count in Counter(keywords.every()).items():
            if count > 1:
                yield RuleProblem(rule.id, "keyword_twice", {"keyword": keyword})
            if len(keyword) > _LONGEST_KEYWORD:
                limit = str(_LONGEST_KEYWORD)
                yield RuleProblem(rule.id, "keyword_too_long", {"keyword": keyword, "limit": limit})
            first, *others = (part.removesuffix("*").strip() for part in keyword.split("~"))
            if len(first) < 2 or not all(others):
                yield RuleProblem(rule.id, "keyword_too_short", {"keyword": keyword})


def _pattern_problems(rule_id: str, pattern: str) -> Iterable[RuleProblem]:
    if unsafe := _unsafe(pattern):
        yield RuleProblem(rule_id, "unsafe_pattern", {"pattern": pattern, "detail": unsafe})
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            compiled = re.compile(pattern)
    except (re.error, FutureWarning) as error:
        yield RuleProblem(rule_id, "bad_pattern", {"pattern": pattern, "detail": str(error)})
        return
    if compiled.match(""):
        detail = "it is found even where nothing is written"
        yield RuleProblem(rule_id, "unsafe_pattern", {"pattern": pattern, "detail": detail})


def _unsafe(pattern: str) -> str:
    """Why a pattern may not be used; empty when it may."""
    if len(pattern) > _LONGEST_PATTERN:
        return f"it is longer than {_LONGEST_PATTERN} characters"
    pieces = _PIECE.findall(pattern)
    for piece, following in pairwise([*pieces, ""]):
        if refusal := _refusal(piece, following):
            return refusal
    if _ways(pieces) > _MOST_WAYS:
        return "too many ways to match; shorten or drop a repetition"
    return ""


def _refusal(piece: str, following: str) -> str:
    if piece in {"*", "+"}:
        return "a repetition without an upper bound"
    if piece == "(" and following == "?":
        return "a group that looks around, names or changes something"
    if piece[0] == "\\" and piece[1:].isdigit():
        return "a reference back to a group"
    if piece == ")" and following.startswith("{"):
        return "a group that repeats"
    return ""


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
