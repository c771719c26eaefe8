"""The form of one rule: as it is typed, and what is read from it."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from services.admin.forms import Fields
from services.admin.rules.models import VALUE_GROUPS
from shared.cases.rule_set import DECIDED_VALUES, Bilingual, Decides, Keywords, Rule, TextField
from shared.cases.texts import clean_line
from shared.cases.vocabulary import Category, Channel, Kind
from shared.errors import AppError, FieldError, Invalid
from shared.web.components import Choice
from shared.web.labels import label
from shared.web.locale import Translator

WORD_LISTS: Final = ("any_of", "all_of", "none_of", "unless")
_BOXES: Final = {"fields": TextField, "channels": Channel, "categories": Category, "kinds": Kind}
_WEIGHT: Final = re.compile(r"\d{1,3}(?:\.\d{1,3})?")
_MORE: Final = ("all_of", "none_of", "unless", "patterns", "channels", "categories", "kinds")


def results(translator: Translator) -> list[tuple[str, list[Choice]]]:
    """Everything a rule may say, by what is decided."""
    return [
        (
            label(translator, "decides", decides.value),
            [
                Choice(
                    f"{decides.value}/{value.value}",
                    label(translator, VALUE_GROUPS.get(decides, decides.value), value.value),
                )
                for value in DECIDED_VALUES[decides]
            ],
        )
        for decides in Decides
    ]


def typed(rule: Rule) -> dict[str, str]:
    """A rule as its form holds it."""
    values = {
        "id": rule.id,
        "result": f"{rule.decides.value}/{rule.value}",
        "reason_zh": rule.reason.zh,
        "reason_en": rule.reason.en,
        "weight": f"{rule.weight:g}",
        "patterns": "\n".join(rule.patterns),
        "raises": "true" if rule.raises else "",
        "enabled": "true" if rule.enabled else "",
    }
    for name in WORD_LISTS:
        keywords: Keywords = getattr(rule, name)
        values |= {f"{name}_zh": "\n".join(keywords.zh), f"{name}_en": "\n".join(keywords.en)}
    for name in _BOXES:
        values |= {f"{name}.{each.value}": "true" for each in getattr(rule, name)}
    return values


def read(fields: Fields) -> Rule:
    """The rule that was typed; raises `Invalid` by the names of the form."""
    decides, _, value = fields.get("result", "").partition("/")
    weight = fields.get("weight", "").strip()
    problems: list[FieldError] = []
    if decides not in set(Decides):
        problems.append(FieldError("result", "unknown_value" if decides else "required"))
    if not _WEIGHT.fullmatch(weight):
        problems.append(_wrong_weight(weight))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return Rule(
        id=fields.get("id", "").strip(),
        decides=Decides(decides),
        value=value,
        reason=Bilingual(clean_line(fields.get("reason_zh", "")), clean_line(fields.get("reason_en", ""))),
        weight=float(weight),
        patterns=lines(fields, "patterns"),
        raises=fields.get("raises") == "true",
        enabled=fields.get("enabled") == "true",
        fields=tuple(each for each in TextField if _is_ticked(fields, "fields", each.value)),
        channels=tuple(each for each in Channel if _is_ticked(fields, "channels", each.value)),
        categories=tuple(each for each in Category if _is_ticked(fields, "categories", each.value)),
        kinds=tuple(each for each in Kind if _is_ticked(fields, "kinds", each.value)),
        **{name: Keywords(lines(fields, f"{name}_zh"), lines(fields, f"{name}_en")) for name in WORD_LISTS},
    )


def by_name(error: AppError) -> AppError:
    """The fields of a rule ("any_of.zh") by their names in the form ("any_of_zh")."""
    names = {"value": "result", "decides": "result"}
    error.fields = tuple(
        msgspec.structs.replace(each, field=names.get(each.field, each.field.replace(".", "_")))
        for each in error.fields
    )
    return error


def has_more(values: Fields, errors: Iterable[str] = ()) -> bool:
    """Whether something stands in the part of the form that is closed at first, or is wrong there."""
    names = [name for name, value in values.items() if value]
    return any(name.startswith(_MORE) for name in [*names, *errors])


def lines(fields: Fields, name: str) -> tuple[str, ...]:
    """A field with one word a line, without empty ones."""
    return tuple(clean_line(line) for line in fields.get(name, "").splitlines() if line.strip())


def _wrong_weight(text: str) -> FieldError:
    return (
        FieldError("weight", "not_a_number", {"value": text[:20]})
        if text
        else FieldError("weight", "required")
    )


def _is_ticked(fields: Fields, name: str, value: str) -> bool:
    return fields.get(f"{name}.{value}") == "true"
