"""Which rules' words stand in a text: keywords found, denials heeded (pure).

One pass over each text finds all keywords of a rule set: an index leads from each pair of characters to the
keywords that begin with it, so the cost grows with the text and hardly with the number of rules. A keyword is
tried at most 1,000 times per text, which no honest complaint reaches, so no text can make reading slow.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from shared.cases.normalise import FoldedText, fold
from shared.cases.rule_set import Keywords, Negation, Rule, RuleSet, TextField

Texts = Mapping[TextField, FoldedText]

_CLAUSE_ENDS: Final = frozenset("，。！？；,!?;.\n")
_GAP_CHINESE: Final = 12
_GAP_ENGLISH: Final = 30
_DENIAL_REACH: Final = 32
_TRIES_PER_PATTERN: Final = 20
_TRIES_PER_KEYWORD: Final = 1_000
_WORDS_SHOWN: Final = 12
_NEVER: Final = re.compile(r"(?!)")


class Hit(NamedTuple):
    """A keyword or pattern standing, undenied, at `start`..`end` of a folded text."""

    field: TextField
    start: int
    end: int


class _Part(NamedTuple):
    text: str
    whole_start: bool
    whole_end: bool
    gap: int


class _Role(StrEnum):
    ANY = "any"
    ALL_ZH = "all_zh"
    ALL_EN = "all_en"
    NONE = "none"
    UNLESS = "unless"


class _Use(NamedTuple):
    rule: int
    role: _Role


class RuleFinder:
    """A rule set made ready for reading many complaints; holds no state between them.

    Raises ValueError for a rule set that `rule_checks.problems_of` would refuse for its keywords or patterns.
    """

    def __init__(self, rule_set: RuleSet) -> None:
        self._rules = rule_set.rules
        self._denials = _Denials(rule_set.negation)
        keywords: dict[str, int] = {}
        self._uses: list[list[_Use]] = []
        for place, rule in enumerate(self._rules):
            for role, words in _roles(rule):
                for word in words:
                    number = keywords.setdefault(word, len(keywords))
                    if number == len(self._uses):
                        self._uses.append([])
                    self._uses[number].append(_Use(place, role))
        self._index = _index(keywords)
        self._patterns = [[re.compile(pattern) for pattern in rule.patterns] for rule in self._rules]
        self._always = {
            place
            for place, rule in enumerate(self._rules)
            if rule.patterns or not (rule.any_of.every() or rule.all_of.every())
        }

    def find(self, texts: Texts) -> dict[int, tuple[str, ...]]:
        """The rules whose words are found, by place in the set, each with the words as the person wrote them.

        Rules that ask for no words at all are among them, with no words.
        """
        hits = self._keyword_hits(texts)
        found: dict[int, tuple[str, ...]] = {}
        for place in sorted(hits.keys() | self._always):
            standing = self._standing(place, hits.get(place, {}), texts)
            if standing is not None:
                found[place] = _written(standing, texts)
        return found

    def _keyword_hits(self, texts: Texts) -> dict[int, dict[tuple[_Role, int], list[Hit]]]:
        hits: dict[int, dict[tuple[_Role, int], list[Hit]]] = {}
        for field, text in texts.items():
            for keyword, hit in self._scan(field, text.folded):
                for use in self._uses[keyword]:
                    if field in self._rules[use.rule].fields:
                        hits.setdefault(use.rule, {}).setdefault((use.role, keyword), []).append(hit)
        return hits

    def _scan(self, field: TextField, text: str) -> Iterable[tuple[int, Hit]]:
        tries: Counter[int] = Counter()
        for start in range(len(text) - 1):
            candidates = self._index.get(text[start : start + 2])
            if candidates is None:
                continue
            for number, parts in candidates:
                tries[number] += 1
                if tries[number] > _TRIES_PER_KEYWORD:
                    continue
                end = self._match(text, start, parts)
                if end and not self._denials.deny(text, start, end):
                    yield number, Hit(field, start, end)

    def _match(self, text: str, start: int, parts: Sequence[_Part]) -> int:
        """The end of the keyword that begins at `start`, 0 where it does not."""
        if not _stands(text, start, parts[0]):
            return 0
        end = start + len(parts[0].text)
        for part in parts[1:]:
            place = text.find(part.text, end, end + part.gap + len(part.text))
            if place < 0 or not _stands(text, place, part):
                return 0
            gap = text[end:place]
            if not _CLAUSE_ENDS.isdisjoint(gap) or self._denials.within(gap):
                return 0
            end = place + len(part.text)
        return end

    def _standing(
        self, place: int, hits: dict[tuple[_Role, int], list[Hit]], texts: Texts
    ) -> list[Hit] | None:
        """The hits that make the rule's text conditions true; None when they are not."""
        rule = self._rules[place]
        taken_back = [hit for (role, _), found in hits.items() if role is _Role.UNLESS for hit in found]
        kept = {
            key: standing
            for key, found in hits.items()
            if (standing := [hit for hit in found if not _overlaps(hit, taken_back)])
        }
        if any(role is _Role.NONE for role, _ in kept):
            return None
        required = _all_hits(rule, kept)
        if not required and rule.all_of.every():
            return None
        chosen = [hit for (role, _), found in kept.items() if role is _Role.ANY for hit in found]
        chosen = chosen or self._pattern_hits(place, taken_back, texts)
        if not chosen and (rule.any_of.every() or rule.patterns):
            return None
        return required + chosen

    def _pattern_hits(self, place: int, taken_back: Sequence[Hit], texts: Texts) -> list[Hit]:
        fields = [field for field in self._rules[place].fields if field in texts]
        for pattern in self._patterns[place]:
            for field in fields:
                text = texts[field].folded
                for _, match in zip(range(_TRIES_PER_PATTERN), pattern.finditer(text), strict=False):
                    hit = Hit(field, match.start(), match.end())
                    denied = self._denials.deny(text, hit.start, hit.end)
                    if hit.end > hit.start and not denied and not _overlaps(hit, taken_back):
                        return [hit]
        return []


class _Denials:
    """Hears "没有", "no", "did not happen" around a keyword."""

    def __init__(self, negation: Negation) -> None:
        filler = _alternatives(negation.filler)
        before = _alternatives(negation.before)
        after = _alternatives(negation.after)
        self._before = re.compile(rf"(?:{before})(?:\s?(?:{filler})){{0,3}}\s?$") if before else _NEVER
        self._after = re.compile(rf"\s?(?:(?:{filler})\s?){{0,3}}(?:{after})") if after else _NEVER
        self._within = re.compile(before) if before else _NEVER

    def deny(self, text: str, start: int, end: int) -> bool:
        """Whether the words around `start`..`end` say that it is not so."""
        return (
            self._before.search(text[max(0, start - _DENIAL_REACH) : start]) is not None
            or self._after.match(text[end : end + _DENIAL_REACH]) is not None
        )

    def within(self, gap: str) -> bool:
        """Whether the characters between two parts of a keyword deny."""
        return bool(gap) and self._within.search(gap) is not None


def _alternatives(words: Keywords) -> str:
    chinese = [re.escape(fold(word).folded) for word in words.zh]
    english = [rf"\b{re.escape(fold(word).folded)}\b" for word in words.en]
    return "|".join(sorted(chinese + english, key=len, reverse=True))


def _roles(rule: Rule) -> Iterable[tuple[_Role, Sequence[str]]]:
    yield _Role.ANY, rule.any_of.every()
    yield _Role.ALL_ZH, rule.all_of.zh
    yield _Role.ALL_EN, rule.all_of.en
    yield _Role.NONE, rule.none_of.every()
    yield _Role.UNLESS, rule.unless.every()


def _index(keywords: Mapping[str, int]) -> dict[str, list[tuple[int, tuple[_Part, ...]]]]:
    index: dict[str, list[tuple[int, tuple[_Part, ...]]]] = {}
    for keyword, number in keywords.items():
        parts = tuple(_part(part) for part in keyword.split("~"))
        if len(parts[0].text) < 2 or not all(part.text for part in parts):
            raise ValueError(f"keyword too short: {keyword!r}")
        index.setdefault(parts[0].text[:2], []).append((number, parts))
    return index


def _part(written: str) -> _Part:
    open_end = written.endswith("*")
    text = fold(written.removesuffix("*")).folded.strip()
    return _Part(
        text,
        whole_start=_is_latin(text[:1]),
        whole_end=_is_latin(text[-1:]) and not open_end,
        gap=_GAP_ENGLISH if text.isascii() else _GAP_CHINESE,
    )


def _stands(text: str, start: int, part: _Part) -> bool:
    if not text.startswith(part.text, start):
        return False
    end = start + len(part.text)
    if part.whole_start and start and _is_latin(text[start - 1]):
        return False
    return not (part.whole_end and _is_latin(text[end : end + 1]))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _all_hits(rule: Rule, kept: Mapping[tuple[_Role, int], list[Hit]]) -> list[Hit]:
    for role, words in ((_Role.ALL_ZH, rule.all_of.zh), (_Role.ALL_EN, rule.all_of.en)):
        found = [hits for (kept_role, _), hits in kept.items() if kept_role is role]
        if words and len(found) == len(set(words)):
            return [hit for hits in found for hit in hits]
    return []


def _overlaps(hit: Hit, others: Iterable[Hit]) -> bool:
    return any(hit.field is other.field and hit.start < other.end and other.start < hit.end for other in others)


def _written(hits: Sequence[Hit], texts: Texts) -> tuple[str, ...]:
    words = dict.fromkeys(
        texts[hit.field].written(hit.start, hit.end) for hit in sorted(hits, key=lambda hit: hit[1:])
    )
    shown = list(words)[:_WORDS_SHOWN]
    return tuple(word for word in shown if not any(word != other and word in other for other in shown))
