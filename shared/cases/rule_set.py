"""The shape of a set of classification rules: policy data of one OEM, in one version (pure).

A set is stored as JSON, shipped as TOML, and means the same whatever the order of its rules.

Keywords
    A keyword is found whatever its width, case or script (simplified or traditional). English words are whole
    words; a trailing `*` lets a word go on (`brake*` finds "brakes"). `~` stands for a few characters of the
    same clause that do not deny (`刹车~失灵` finds "刹车突然失灵"). At least two characters stand before it.
Patterns
    A pattern is a small regular expression over the folded text (lower case, simplified): every repetition is
    bounded, groups occur at most once, nothing looks around. `rule_checks.py` says what is refused.
"""

from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from shared.cases.vocabulary import (
    Category,
    Channel,
    Department,
    Kind,
    MajorCriterion,
    MajorSign,
    Nature,
    Subject,
    Urgency,
)


class Decides(StrEnum):
    """What a rule speaks for (R2.1-R2.3, R2.6, R3.1)."""

    CATEGORY = "category"
    KIND = "kind"
    SUBJECT = "subject"
    URGENCY = "urgency"
    NATURE = "nature"
    MAJOR_CANDIDATE = "major_candidate"
    MAJOR_CRITERION = "major_criterion"
    DEPARTMENT = "department"


DECIDED_VALUES: Final[dict[Decides, type[StrEnum]]] = {
    Decides.CATEGORY: Category,
    Decides.KIND: Kind,
    Decides.SUBJECT: Subject,
    Decides.URGENCY: Urgency,
    Decides.NATURE: Nature,
    Decides.MAJOR_CANDIDATE: MajorSign,
    Decides.MAJOR_CRITERION: MajorCriterion,
    Decides.DEPARTMENT: Department,
}
"""The values a rule may give for each thing it decides."""


class TextField(StrEnum):
    """A text of the complaint that a rule may read (R1.2)."""

    WORDS = "words"  # 客户原话
    DESCRIPTION = "description"  # 标准化描述
    DEMAND = "demand"  # 客户诉求
    FAULT_LABEL = "fault_label"  # 故障标签


FREE_TEXTS: Final = (TextField.WORDS, TextField.DESCRIPTION, TextField.DEMAND)


class Bilingual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in Chinese and in English."""

    zh: str
    en: str


class Keywords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keywords by language; both lists are always looked for, whatever language a text is in."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def every(self) -> tuple[str, ...]:
        """The keywords of both languages."""
        return self.zh + self.en


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reason to decide something.

    It applies when all its conditions hold: one of `any_of` or `patterns` is found (if there are any), all of
    `all_of` in one language are found, none of `none_of` is, the channel is one of `channels` (if given), and
    category and kind, decided before, are among `categories` and `kinds` (if given). A mention that is
    part of one of `unless` ("刹车" in "刹车灯") does not count, nor does a denied one ("no brake noise").
    `weight` adds up with the other rules for the same value; `raises` makes an urgency a floor which no other
    rule can lower (R2.3). A rule that is not `enabled` is kept and never applies.
    """

    id: str
    decides: Decides
    value: str
    reason: Bilingual
    any_of: Keywords = msgspec.field(default_factory=Keywords)
    all_of: Keywords = msgspec.field(default_factory=Keywords)
    none_of: Keywords = msgspec.field(default_factory=Keywords)
    unless: Keywords = msgspec.field(default_factory=Keywords)
    patterns: tuple[str, ...] = ()
    fields: tuple[TextField, ...] = msgspec.field(default_factory=lambda: FREE_TEXTS)
    channels: tuple[Channel, ...] = ()
    categories: tuple[Category, ...] = ()
    kinds: tuple[Kind, ...] = ()
    weight: float = 1.0
    raises: bool = False
    enabled: bool = True


class Defaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is decided when no rule speaks."""

    category: Category
    kind: Kind
    subject: Subject
    urgency: Urgency
    nature: Nature
    department: Department


class Negation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a language denies: a word `before` or `after` the keyword, up to three `filler` words between."""

    before: Keywords = msgspec.field(default_factory=Keywords)
    after: Keywords = msgspec.field(default_factory=Keywords)
    filler: Keywords = msgspec.field(default_factory=Keywords)


class RuleSet(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, forbid_unknown_fields=True):
    """All classification rules of one OEM in one version. Immutable once published."""

    version: str
    defaults: Defaults
    rules: tuple[Rule, ...]
    negation: Negation = msgspec.field(default_factory=Negation)


@lru_cache(maxsize=256)
def decode_rule_set(body: bytes) -> RuleSet:
    """A stored set; equal bodies give the same object, which `rules.classify` makes ready only once.

    Raises msgspec.DecodeError for what is not a rule set.
    """
    return msgspec.json.decode(body, type=RuleSet)
