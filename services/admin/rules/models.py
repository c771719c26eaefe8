"""What the pages of the rules editor show."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.cases.rule_edits import DifferenceKind, RuleDifference
from shared.cases.rule_impact import Impact, ImpactExample, Said
from shared.cases.rule_set import Bilingual, Decides, Rule, RuleSet
from shared.web.components import EMPTY_FORM, Choice, FormState, Tab
from shared.web.labels import label
from shared.web.locale import Locale, Translator

_WORDS_SHOWN = 6

VALUE_GROUPS = {
    Decides.MAJOR_CANDIDATE: "major_sign",
    Decides.MAJOR_CRITERION: "major_criterion",
}
"""The labels of what is decided, where they are not named like it."""

_LABELLED = {"fields": "text_field", "channels": "channel", "categories": "category", "kinds": "kind"}


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule; `words` are some of its words, `more` counts the rest, `mark` is what the draft does."""

    id: str
    result: str
    reason: str
    words: list[str]
    more: int
    weight: float
    raises: bool
    enabled: bool
    mark: DifferenceKind | None


class RuleGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The rules for one thing; `otherwise` is what holds where none speaks (empty: nothing)."""

    decides: Decides
    otherwise: str
    rows: list[RuleRow]


class RulesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The rules as they would be published, and how many changes the draft holds."""

    tabs: list[Tab]
    groups: list[RuleGroup]
    text: str
    version: int
    published_at: datetime
    published_by: str
    changes: int


class RulePage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one rule; `rule_id` is empty for a new one, `results` are grouped by what is decided."""

    rule_id: str
    results: list[tuple[str, list[Choice]]]
    form: FormState
    is_more_open: bool


class DefaultsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of what holds where no rule speaks."""

    form: FormState


class FieldChange(msgspec.Struct, frozen=True):
    """A field of a rule, what came and what went, as people read it."""

    field: str
    added: list[str]
    removed: list[str]


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that changes; `link` leads to its form where it has one."""

    rule_id: str
    kind: DifferenceKind
    name: str
    decides: Decides | None
    fields: list[FieldChange]
    link: str


class ExampleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A past case, old and new, and why; `is_default`: no rule speaks any more, the reasons are old."""

    case_id: UUID
    number: str
    title: str
    decides: Decides
    before: str
    after: str
    reasons: list[str]
    words: list[str]
    is_default: bool
    present: str


class ImpactPart(msgspec.Struct, frozen=True, kw_only=True):
    """What changed rules would have done."""

    impact: Impact
    examples: list[ExampleRow]


class DraftPage(msgspec.Struct, frozen=True, kw_only=True):
    """The changes, and what they would have done; `impact` is None where they cannot be published."""

    changes: list[RuleChange]
    impact: ImpactPart | None
    version: int
    revision: str
    changed_at: datetime | None
    changed_by: str
    form: FormState = EMPTY_FORM


class ComparePage(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions; `impact` is what going back to `since` would have done, where `until` is in force."""

    since: int
    until: int
    versions: list[Choice]
    changes: list[RuleChange]
    impact: ImpactPart | None
    form: FormState


class Words:
    """Turns rules and decisions into what the reader reads."""

    def __init__(self, translator: Translator, locale: Locale) -> None:
        self._translator = translator
        self._locale = locale

    def both(self, text: Bilingual) -> str:
        """The reader's language of two."""
        return text.en if self._locale is Locale.EN else text.zh

    def value(self, decides: Decides, value: str) -> str:
        """The label of something decided."""
        return label(self._translator, VALUE_GROUPS.get(decides, decides.value), value)

    def row(self, rule: Rule, marks: dict[str, DifferenceKind]) -> RuleRow:
        """A rule as a line of the list; words of the reader's language come first."""
        mine, others = (
            (rule.any_of.en, rule.any_of.zh)
            if self._locale is Locale.EN
            else (rule.any_of.zh, rule.any_of.en)
        )
        words = [*mine, *others, *rule.all_of.every(), *rule.patterns]
        return RuleRow(
            id=rule.id,
            result=self.value(rule.decides, rule.value),
            reason=self.both(rule.reason),
            words=words[:_WORDS_SHOWN],
            more=max(0, len(words) - _WORDS_SHOWN),
            weight=rule.weight,
            raises=rule.raises,
            enabled=rule.enabled,
            mark=marks.get(rule.id),
        )

    def change(self, difference: RuleDifference, path: str) -> RuleChange:
        """A difference as people read it; `path` is that of the forms, empty where nothing can be changed."""
        is_rule = difference.decides is not None
        removed = difference.kind is DifferenceKind.REMOVED
        link = f"{path}/edit?id={difference.rule_id}" if is_rule else f"{path}/{difference.rule_id}"
        return RuleChange(
            rule_id=difference.rule_id,
            kind=difference.kind,
            name=self.both(difference.reason) if difference.reason else "",
            decides=difference.decides,
            fields=[
                FieldChange(
                    each.field,
                    [self._field_value(difference, each.field, value) for value in each.added],
                    [self._field_value(difference, each.field, value) for value in each.removed],
                )
                for each in difference.fields
                if each.field != "enabled"
            ],
            link=link if path and not removed else "",
        )

    def impact(self, found: Impact) -> ImpactPart:
        """What changed rules would have done."""
        return ImpactPart(impact=found, examples=[self._example(each) for each in found.examples])

    def _example(self, example: ImpactExample) -> ExampleRow:
        speaking = example.after if _speaks(example.after) else example.before
        return ExampleRow(
            case_id=example.case_id,
            number=example.number,
            title=example.title,
            decides=example.decides,
            before=self._values(example.decides, example.before),
            after=self._values(example.decides, example.after),
            reasons=[
                self.both(Bilingual(each.zh, each.en))
                for each in speaking.reasons
                if each.rule_id != "default"
            ],
            words=list(dict.fromkeys(word for each in speaking.reasons for word in each.words)),
            is_default=not _speaks(example.after),
            present=self.value(example.decides, example.present) if example.present else "",
        )

    def _values(self, decides: Decides, said: Said) -> str:
        comma = ", " if self._locale is Locale.EN else "、"
        return comma.join(self.value(decides, value) for value in said.values) or "–"

    def _field_value(self, difference: RuleDifference, field: str, value: str) -> str:
        if field == "value" and difference.decides is not None:
            return self.value(difference.decides, value)
        if field == "decides":
            return label(self._translator, "decides", value)
        if field == "raises":
            return "✓" if value == "true" else "–"
        group = _LABELLED.get(field) or (field if difference.rule_id == "defaults" else "")
        return label(self._translator, group, value) if group else value


def otherwise(words: Words, rule_set: RuleSet, decides: Decides) -> str:
    """What holds where no rule speaks; empty for signs and criteria of major complaints."""
    value = getattr(rule_set.defaults, decides.value, None)
    return words.value(decides, value.value) if value is not None else ""


def _speaks(said: Said) -> bool:
    return any(each.rule_id != "default" for each in said.reasons)
