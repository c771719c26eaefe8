"""What is refused in a rule set, and in which words."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cases.default_rules import default_rule_set
from shared.cases.rule_checks import problems_of
from shared.cases.rule_set import Bilingual, Decides, Keywords, Negation, Rule, RuleSet, decode_rule_set
from shared.cases.vocabulary import Category, Channel, Kind
from shared.web.locale import Locale, translator
from shared.web.sentences import sentence

RULE = Rule(
    id="smell",
    decides=Decides.CATEGORY,
    value="SQ",
    reason=Bilingual("有异味。", "There is a smell."),
    any_of=Keywords(zh=("异味",)),
)


def rule_set(*rules: Rule) -> RuleSet:
    return msgspec.structs.replace(default_rule_set(), rules=rules)


def changed(**changes: object) -> Rule:
    return msgspec.structs.replace(RULE, **changes)


def test_the_default_rules_are_sound():
    assert problems_of(default_rule_set()) == []


def test_the_default_rules_survive_json():
    stored = msgspec.json.encode(default_rule_set())
    assert decode_rule_set(stored) == default_rule_set()
    assert decode_rule_set(bytes(bytearray(stored))) is decode_rule_set(stored)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"version": 1}', b"\xff"])
def test_what_is_no_rule_set_is_refused(body: bytes):
    with pytest.raises(msgspec.DecodeError):
        decode_rule_set(body)


def test_the_default_rules_decide_everything_in_both_languages():
    rules = default_rule_set().rules
    assert {rule.decides for rule in rules} == set(Decides)
    worded = [rule for rule in rules if rule.any_of.every()]
    assert all(rule.any_of.zh and rule.any_of.en for rule in worded)


def test_a_set_without_rules_is_refused():
    assert [problem.code for problem in problems_of(rule_set())] == ["rules_missing"]


@pytest.mark.parametrize(
    ("rule", "field", "code"),
    [
        (changed(id="Bad Id"), "id", "rule_id_malformed"),
        (changed(id="a" * 61), "id", "rule_id_malformed"),
        (changed(id="defaults"), "id", "rule_id_taken"),
        (changed(value="XX"), "value", "unknown_value"),
        (changed(reason=Bilingual("有异味。", " ")), "reason.en", "required"),
        (changed(reason=Bilingual("", "A smell.")), "reason.zh", "required"),
        (changed(reason=Bilingual("有" * 301, "A smell.")), "reason.zh", "too_long"),
        (changed(any_of=Keywords()), "any_of.zh", "rule_without_condition"),
        (changed(any_of=Keywords(zh=("味",))), "any_of.zh", "keyword_too_short"),
        (changed(none_of=Keywords(en=("~smell",))), "none_of.en", "keyword_too_short"),
        (changed(any_of=Keywords(zh=("",))), "any_of.zh", "keyword_too_short"),
        (changed(any_of=Keywords(zh=("异味" * 40,))), "any_of.zh", "keyword_too_long"),
        (changed(any_of=Keywords(zh=("异味", "异味"))), "any_of.zh", "keyword_twice"),
        (changed(any_of=Keywords(zh=tuple(f"异味{n}" for n in range(501)))), "any_of.zh", "too_many_lines"),
        (changed(patterns=tuple(f"异味{n}" for n in range(11))), "patterns", "too_many_lines"),
        (changed(weight=0.0), "weight", "out_of_range"),
        (changed(weight=float("nan")), "weight", "out_of_range"),
        (changed(raises=True), "raises", "only_urgency_raises"),
        (changed(fields=()), "fields", "required"),
        (changed(categories=(Category.SALES,)), "categories", "asked_too_early"),
        (
            changed(decides=Decides.KIND, value="fault", kinds=(Kind.FAULT,)),
            "kinds",
            "asked_too_early",
        ),
    ],
)
def test_each_mistake_is_named_with_its_rule_and_field_in_words(rule: Rule, field: str, code: str):
    """R2: what is wrong is told by rule and field, in a sentence."""
    [problem] = problems_of(rule_set(rule))
    assert (problem.rule_id, problem.field, problem.code) == (rule.id, field, code)
    assert sentence(translator(Locale.EN), code, problem.params)


def test_two_rules_of_one_id_are_refused_once():
    assert [problem.code for problem in problems_of(rule_set(RULE, RULE, RULE))] == ["rule_id_taken"]


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("(异味", "pattern_broken"),
        ("异味)", "pattern_broken"),
        ("[异", "pattern_broken"),
        ("a{3,2}", "pattern_broken"),
        ("[[a]", "pattern_broken"),
        ("异+味", "pattern_unsafe"),
        ("异.*味", "pattern_unsafe"),
        ("(?:异味)+", "pattern_unsafe"),
        ("(?=异味)", "pattern_unsafe"),
        ("(?<!没)异味", "pattern_unsafe"),
        ("(?i)smell", "pattern_unsafe"),
        (r"(异)\1", "pattern_unsafe"),
        ("(?:ab){20}", "pattern_unsafe"),
        ("a{1,60}b{1,60}", "pattern_unsafe"),
        ("(?:a|a)" * 30, "pattern_unsafe"),
        ("a?" * 20, "pattern_unsafe"),
        ("a" * 401, "pattern_unsafe"),
        ("", "pattern_unsafe"),
        ("a?", "pattern_unsafe"),
    ],
)
def test_patterns_that_do_not_compile_or_could_run_away_are_refused(pattern: str, code: str):
    [problem] = problems_of(rule_set(changed(patterns=(pattern,))))
    assert problem.code == code
    assert problem.params == {"pattern": pattern}


@pytest.mark.parametrize("pattern", ["第[三四五]次", r"\d{1,3}次", "修(?:了)?(?:三|四)次", r"a\+b", "[+*]"])
def test_small_bounded_patterns_are_welcome(pattern: str):
    assert problems_of(rule_set(changed(patterns=(pattern,)))) == []


@given(st.text(alphabet="ab|?*+(){}[]\\:,^.123", max_size=20))
def test_a_pattern_that_passes_compiles(pattern: str):
    if not problems_of(rule_set(changed(patterns=(pattern,)))):
        re.compile(pattern)


def test_denials_are_checked_as_well():
    denying = Negation(before=Keywords(zh=("没有", " ")))
    [problem] = problems_of(msgspec.structs.replace(rule_set(RULE), negation=denying))
    assert (problem.rule_id, problem.field, problem.code) == ("", "negation.before.zh", "required")


def test_a_channel_is_condition_enough():
    assert problems_of(rule_set(changed(any_of=Keywords(), channels=(Channel.PHONE,)))) == []
