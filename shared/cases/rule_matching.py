"""Which rules' words stand in a text: keywords found, denials heeded (pure).

Only keywords whose first two characters are in the text are looked for, and each is tried at most 1,000 times
per text, which no honest complaint reaches: no text can make reading slow.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Final, NamedTuple

from shared.cases.normalise import FoldedText, fold
from shared.cases.rule_set import Keywords, Negation, Rule, RuleSet, TextField

Texts = Mapping[TextField, FoldedText]

_CLAUSE_ENDS: Final = frozenset("，。！？；,!?;.\n")
_LONGEST_ENDING: Final = 20
_GAP_CHINESE: Final = 12
_GAP_ENGLISH: Final = 30
_DENIAL_REACH: Final = 40
_TRIES_PER_PATTERN: Final = 20
_TRIES_PER_KEYWORD: Final = 1_000
_WORDS_SHOWN: Final = 12
_NEVER: Final = re.compile(r"(?!)")


class _Role(Enum):
    """What a keyword is to its rule."""

    ANY = auto()
    ALL_ZH = auto()
    ALL_EN = auto()
    NONE = auto()
    UNLESS = auto()


class _Hit(NamedTuple):
    """A keyword or pattern standing, undenied, at `start`..`end` of a folded text."""

    start: int
    end: int
    field: TextField
    role: _Role
    keyword: str


class _Part(NamedTuple):
    text: str
    whole_start: bool
    whole_end: bool
    open_end: bool
    gap: int


class _Use(NamedTuple):
    rule: int
    role: _Role
    fields: tuple[TextField, ...]


class _Keyword(NamedTuple):
    """`plain` keywords stand wherever their one part is found."""

    written: str
    parts: tuple[_Part, ...]
    plain: bool
    uses: list[_Use]


class RuleFinder:
    """A rule set made ready for reading many complaints; holds no state between them.

    `rules` are those that are switched on, in the set's order.
    Raises ValueError for a rule set that `rule_checks.problems_of` refuses for its keywords or patterns.
    """

    def __init__(self, rule_set: RuleSet) -> None:
        self.rules = tuple(rule for rule in rule_set.rules if rule.enabled)
        self._denials = _Denials(rule_set.negation)
        self._index = _index(self.rules)
        self._pairs = _pairs(self._index)
        self._patterns = {
            place: [re.compile(pattern) for pattern in rule.patterns]
            for place, rule in enumerate(self.rules)
            if rule.patterns
        }
        # Rules that any hit, or none at all, makes true.
        self._plain = {
            place
            for place, rule in enumerate(self.rules)
            if not (rule.all_of.every() or rule.none_of.every() or rule.unless.every() or rule.patterns)
        }
        self._always = frozenset(self._patterns) | {
            place
            for place, rule in enumerate(self.rules)
            if not (rule.any_of.every() or rule.all_of.every() or rule.patterns)
        }

    def find(self, texts: Texts) -> dict[int, tuple[str, ...]]:
        """The rules whose words are found, by place in `rules`, each with the words as the person wrote them.

        Rules that ask for no words are among them, with no words, unless their `none_of` is found.
        """
        hits = self._hits(texts)
        found: dict[int, tuple[str, ...]] = {}
        for place in self._always.union(hits):
            standing = self._standing(place, hits.get(place, []), texts)
            if standing is not None:
                found[place] = _written(standing, texts)
        return found

    def _hits(self, texts: Texts) -> dict[int, list[_Hit]]:
        hits: dict[int, list[_Hit]] = {}
        for field, folded in texts.items():
            text = folded.folded
            for keyword in self._candidates(text):
                for start, end in self._places(text, keyword):
                    for use in keyword.uses:
                        if field in use.fields:
                            hit = _Hit(start, end, field, use.role, keyword.written)
                            hits.setdefault(use.rule, []).append(hit)
        return hits

    def _candidates(self, text: str) -> Iterator[_Keyword]:
        """The keywords whose parts are all somewhere in the text."""
        for pair in self._index.keys() & set(self._pairs.findall(text)):
            for beginning, keywords in self._index[pair]:
                if beginning in text:
                    for keyword in keywords:
                        if keyword.plain or all(part.text in text for part in keyword.parts):
                            yield keyword

    def _places(self, text: str, keyword: _Keyword) -> Iterator[tuple[int, int]]:
        """Where a keyword stands undenied."""
        beginning = keyword.parts[0].text
        start = -1
        for _ in range(_TRIES_PER_KEYWORD):
            start = text.find(beginning, start + 1)
            if start < 0:
                return
            end = start + len(beginning) if keyword.plain else self._end(text, start, keyword.parts)
            if end and not self._denials.deny(text, start, end):
                yield start, end

    def _end(self, text: str, start: int, parts: Sequence[_Part]) -> int:
        """The end of the keyword whose first part is at `start`; 0 where it does not stand."""
        if not _is_whole(text, start, parts[0]):
            return 0
        end = _end_of_word(text, start, parts[0])
        for part in parts[1:]:
            place = text.find(part.text, end, end + part.gap + len(part.text))
            if place < 0 or not _is_whole(text, place, part):
                return 0
            gap = text[end:place]
            if not _CLAUSE_ENDS.isdisjoint(gap) or self._denials.within(gap):
                return 0
            end = _end_of_word(text, place, part)
        return end

    def _standing(self, place: int, found: Sequence[_Hit], texts: Texts) -> Sequence[_Hit] | None:
        """The hits that make the rule's text conditions true; None when they are not."""
        if place in self._plain:
            return found
        rule = self.rules[place]
        taken_back = [hit for hit in found if hit.role is _Role.UNLESS]
        hits = [hit for hit in found if not _overlaps(hit, taken_back)] if taken_back else found
        if any(hit.role is _Role.NONE for hit in hits):
            return None
        required = _required(rule, hits)
        if required is None:
            return None
        chosen = [hit for hit in hits if hit.role is _Role.ANY] or self._pattern_hit(place, taken_back, texts)
        if not chosen and (rule.patterns or rule.any_of.every()):
            return None
        return required + chosen

    def _pattern_hit(self, place: int, taken_back: Sequence[_Hit], texts: Texts) -> list[_Hit]:
        for pattern in self._patterns.get(place, ()):
            for field in self.rules[place].fields:
                if field not in texts:
                    continue
                text = texts[field].folded
                for _, match in zip(range(_TRIES_PER_PATTERN), pattern.finditer(text), strict=False):
                    hit = _Hit(match.start(), match.end(), field, _Role.ANY, pattern.pattern)
                    if not self._denials.deny(text, hit.start, hit.end) and not _overlaps(hit, taken_back):
                        return [hit]
        return []


class _Denials:
    """Hears "没有", "no", "did not happen" around a keyword."""

    def __init__(self, negation: Negation) -> None:
        # What stands before a keyword is read backwards, so that every expression begins at the keyword.
        self._before = _denial(negation.before, negation.filler, backwards=True)
        self._after = _denial(negation.after, negation.filler)
        # Most neighbours of a keyword cannot belong to a denial at all, which their one character shows.
        self._before_ends = {" "} | {word[-1] for word in _folded(negation.before, negation.filler)}
        self._after_begins = {" "} | {word[0] for word in _folded(negation.after, negation.filler)}
        before = _alternatives(negation.before)
        self._within = re.compile(before) if before else _NEVER

    def deny(self, text: str, start: int, end: int) -> bool:
        """Whether the words around `start`..`end` say that it is not so."""
        if text[start - 1 : start] in self._before_ends:
            before = text[max(0, start - _DENIAL_REACH) : start]
            if self._before.match(before[::-1]):
                return True
        if text[end : end + 1] in self._after_begins:
            return self._after.match(text, end, end + _DENIAL_REACH) is not None
        return False

    def within(self, gap: str) -> bool:
        """Whether the characters between two parts of a keyword deny."""
        return bool(gap) and self._within.search(gap) is not None


def _denial(denying: Keywords, filler: Keywords, *, backwards: bool = False) -> re.Pattern[str]:
    words = _alternatives(denying, backwards=backwards)
    between = _alternatives(filler, backwards=backwards)
    if not words:
        return _NEVER
    return re.compile(rf"\s?(?:(?:{between})\s?){{0,3}}(?:{words})" if between else rf"\s?(?:{words})")


def _folded(*lists: Keywords) -> Iterator[str]:
    return (fold(word).folded for words in lists for word in words.every() if word)


def _alternatives(words: Keywords, *, backwards: bool = False) -> str:
    step = -1 if backwards else 1
    chinese = [re.escape(fold(word).folded[::step]) for word in words.zh]
    english = [rf"\b{re.escape(fold(word).folded[::step])}\b" for word in words.en]
    return "|".join(sorted(chinese + english, key=len, reverse=True))


def _index(rules: Sequence[Rule]) -> dict[str, list[tuple[str, list[_Keyword]]]]:
    """First parts and the keywords that begin with them, by their first two characters."""
    keywords: dict[str, _Keyword] = {}
    for place, rule in enumerate(rules):
        for role, words in _roles(rule):
            for word in words:
                if word not in keywords:
                    keywords[word] = _keyword(word)
                keywords[word].uses.append(_Use(place, role, rule.fields))
    beginnings: dict[str, list[_Keyword]] = {}
    for keyword in keywords.values():
        beginnings.setdefault(keyword.parts[0].text, []).append(keyword)
    index: dict[str, list[tuple[str, list[_Keyword]]]] = {}
    for beginning, begun in beginnings.items():
        index.setdefault(beginning[:2], []).append((beginning, begun))
    return index


def _pairs(index: Iterable[str]) -> re.Pattern[str]:
    """Finds every pair of neighbouring characters that a keyword may begin with, and a few more."""
    firsts = "".join(sorted({re.escape(pair[0]) for pair in index}))
    seconds = "".join(sorted({re.escape(pair[1]) for pair in index}))
    return re.compile(f"(?=([{firsts}][{seconds}]))") if firsts else _NEVER


def _roles(rule: Rule) -> Iterable[tuple[_Role, Sequence[str]]]:
    yield _Role.ANY, rule.any_of.every()
    yield _Role.ALL_ZH, rule.all_of.zh
    yield _Role.ALL_EN, rule.all_of.en
    yield _Role.NONE, rule.none_of.every()
    yield _Role.UNLESS, rule.unless.every()


def _keyword(written: str) -> _Keyword:
    parts = tuple(_part(part) for part in written.split("~"))
    if len(parts[0].text) < 2 or not all(part.text for part in parts):
        raise ValueError(f"keyword too short: {written!r}")
    first, *others = parts
    plain = not (others or first.whole_start or first.whole_end or first.open_end)
    return _Keyword(written, parts, plain, [])


def _part(written: str) -> _Part:
    open_end = written.endswith("*")
    text = fold(written.removesuffix("*")).folded.strip()
    return _Part(
        text,
        whole_start=_is_latin(text[:1]),
        whole_end=_is_latin(text[-1:]) and not open_end,
        open_end=open_end,
        gap=_GAP_ENGLISH if text.isascii() else _GAP_CHINESE,
    )


def _is_whole(text: str, start: int, part: _Part) -> bool:
    if part.whole_start and start and _is_latin(text[start - 1]):
        return False
    end = start + len(part.text)
    return not (part.whole_end and _is_latin(text[end : end + 1]))


def _end_of_word(text: str, start: int, part: _Part) -> int:
    end = start + len(part.text)
    if part.open_end:
        limit = min(len(text), end + _LONGEST_ENDING)
        while end < limit and _is_latin(text[end]):
            end += 1
    return end


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _required(rule: Rule, hits: Sequence[_Hit]) -> list[_Hit] | None:
    """The hits of `all_of` in the language where all are found; None where they are asked for in vain."""
    asked = ((_Role.ALL_ZH, rule.all_of.zh), (_Role.ALL_EN, rule.all_of.en))
    for role, words in asked:
        found = [hit for hit in hits if hit.role is role]
        if words and {hit.keyword for hit in found} == set(words):
            return found
    return None if rule.all_of.every() else []


def _overlaps(hit: _Hit, others: Iterable[_Hit]) -> bool:
    return any(
        hit.field is other.field and hit.start < other.end and other.start < hit.end for other in others
    )


def _written(hits: Sequence[_Hit], texts: Texts) -> tuple[str, ...]:
    if len(hits) < 2:
        return tuple(texts[hit.field].written(hit.start, hit.end) for hit in hits)
    words = dict.fromkeys(
        texts[hit.field].written(hit.start, hit.end) for hit in sorted(hits, key=lambda hit: hit[:3])
    )
    shown = list(words)[:_WORDS_SHOWN]
    return tuple(word for word in shown if not any(word != other and word in other for other in shown))
