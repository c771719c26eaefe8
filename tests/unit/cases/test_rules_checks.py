"""What is refused in a rule set, and in which words."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cases.default_rules import default_rule_set
from shared.cases.rule_checks import PROBLEM_SENTENCES, problems_of
from shared.cases.rule_set import Bilingual, Decides, Keywords, Rule, RuleSet, decode_rule_set
from shared.cases.vocabulary import Category, Channel, Kind

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
    assert [problem.sentence for problem in problems_of(rule_set())] == ["The set holds no rules."]


@pytest.mark.parametrize(
    ("rule", "code", "sentence"),
    [
        (changed(id="Bad Id"), "bad_id", "The id must be lower-case words and digits joined by hyphens."),
        (
            changed(value="XX"),
            "unknown_value",
            "XX is no value of category; choose one of S, SA, SQ, SP, OT.",
        ),
        (changed(reason=Bilingual("有异味。", " ")), "no_reason", "The reason is missing in English."),
        (changed(reason=Bilingual("", "A smell.")), "no_reason", "The reason is missing in Chinese."),
        (
            changed(any_of=Keywords()),
            "no_condition",
            "The rule asks for nothing: give keywords, a pattern, a channel, a category or a kind.",
        ),
        (
            changed(any_of=Keywords(zh=("味",))),
            "keyword_too_short",
            "The keyword “味” needs at least two characters before the first ~.",
        ),
        (
            changed(none_of=Keywords(en=("~smell",))),
            "keyword_too_short",
            "The keyword “~smell” needs at least two characters before the first ~.",
        ),
        (
            changed(any_of=Keywords(zh=("",))),
            "keyword_too_short",
            "The keyword “” needs at least two characters before the first ~.",
        ),
        (
            changed(any_of=Keywords(zh=("异味" * 40,))),
            "keyword_too_long",
            f"The keyword “{'异味' * 40}” is longer than 60 characters.",
        ),
        (
            changed(any_of=Keywords(zh=("异味", "异味"))),
            "keyword_twice",
            "The keyword “异味” stands in the same list twice.",
        ),
        (changed(weight=0.0), "bad_weight", "The weight must lie between 0.1 and 100."),
        (changed(weight=float("nan")), "bad_weight", "The weight must lie between 0.1 and 100."),
        (changed(raises=True), "raise_of_other", "Only a rule for urgency can raise."),
        (changed(fields=()), "no_field", "The rule reads no field."),
        (
            changed(categories=(Category.SALES,)),
            "too_early",
            "category is decided before category is known, so the rule cannot ask for it.",
        ),
        (
            changed(decides=Decides.KIND, value="fault", kinds=(Kind.FAULT,)),
            "too_early",
            "kind is decided before kind is known, so the rule cannot ask for it.",
        ),
    ],
)
def test_each_mistake_is_named_with_its_rule_in_words(rule: Rule, code: str, sentence: str):
    [problem] = problems_of(rule_set(rule))
    assert (problem.rule_id, problem.code, problem.sentence) == (rule.id, code, sentence)


def test_two_rules_of_one_id_are_refused_once():
    assert [problem.code for problem in problems_of(rule_set(RULE, RULE, RULE))] == ["duplicate_id"]


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("(异味", "bad_pattern"),
        ("异味)", "bad_pattern"),
        ("[异", "bad_pattern"),
        ("a{3,2}", "bad_pattern"),
        ("[[a]", "bad_pattern"),
        ("异+味", "unsafe_pattern"),
        ("异.*味", "unsafe_pattern"),
        ("(?:异味)+", "unsafe_pattern"),
        ("(?=异味)", "unsafe_pattern"),
        ("(?<!没)异味", "unsafe_pattern"),
        ("(?i)smell", "unsafe_pattern"),
        (r"(异)\1", "unsafe_pattern"),
        ("(?:ab){20}", "unsafe_pattern"),
        ("a{1,60}b{1,60}", "unsafe_pattern"),
        ("(?:a|a)" * 30, "unsafe_pattern"),
        ("a?" * 20, "unsafe_pattern"),
        ("a" * 401, "unsafe_pattern"),
        ("", "unsafe_pattern"),
        ("a?", "unsafe_pattern"),
    ],
)
def test_patterns_that_do_not_compile_or_could_run_away_are_refused(pattern: str, code: str):
    [problem] = problems_of(rule_set(changed(patterns=(pattern,))))
    assert problem.code == code
    assert pattern in problem.sentence


@pytest.mark.parametrize("pattern", ["第[三四五]次", r"\d{1,3}次", "修(?:了)?(?:三|四)次", r"a\+b", "[+*]"])
def test_small_bounded_patterns_are_welcome(pattern: str):
    assert problems_of(rule_set(changed(patterns=(pattern,)))) == []


@given(st.text(alphabet="ab|?*+(){}[]\\:,^.123", max_size=20))
def test_a_pattern_that_passes_compiles(pattern: str):
    if not problems_of(rule_set(changed(patterns=(pattern,)))):
        re.compile(pattern)


def test_every_sentence_can_be_filled():
    for sentence in PROBLEM_SENTENCES.values():
        names = re.findall(r"\{(\w+)\}", sentence)
        assert sentence.format_map(dict.fromkeys(names, "x"))


def test_a_channel_is_condition_enough():
    assert problems_of(rule_set(changed(any_of=Keywords(), channels=(Channel.PHONE,)))) == []
