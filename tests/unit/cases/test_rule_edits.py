"""Changed rules: what differs, and what they would have made of past complaints (R2)."""

from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.cases.default_rules import default_rule_set
from shared.cases.rule_edits import DifferenceKind, RuleEdits, differences, edited
from shared.cases.rule_impact import MOST_EXAMPLES, PastCase, impact
from shared.cases.rule_impact import said as values
from shared.cases.rule_set import Bilingual, Decides, Keywords, Rule
from shared.cases.rules import ComplaintFacts, classify

RULES = default_rule_set()
COUPLING = Rule(
    id="safety-trailer-coupling",
    decides=Decides.URGENCY,
    value="urgent",
    reason=Bilingual("拖车装置断裂危及行车安全。", "A broken trailer coupling endangers life."),
    any_of=Keywords(zh=("拖车钩~断",)),
    raises=True,
    weight=3.0,
)
MORE = RuleEdits(rules=(COUPLING,))


def rule(rule_id: str) -> Rule:
    return next(each for each in RULES.rules if each.id == rule_id)


def past(number: int, words: str, present: str = "medium") -> PastCase:
    return PastCase(
        id=UUID(int=number),
        number=f"AF{number}",
        title=words[:10],
        facts=ComplaintFacts(words=words),
        present={Decides.URGENCY: present},
    )


def test_no_edits_leave_the_set_as_it_is():
    assert edited(RULES, RuleEdits()) == RULES
    assert differences(RULES, RULES) == []


def test_the_order_of_rules_is_no_difference():
    turned = msgspec.structs.replace(RULES, rules=RULES.rules[::-1], version="other")
    assert differences(RULES, turned) == []


def test_a_changed_word_is_named_by_its_rule_and_field():
    """R2: comparing two versions tells the words that came and went."""
    before = rule("safety-fire")
    words = Keywords(zh=(*before.any_of.zh[1:], "冒火星"), en=before.any_of.en)
    changed = edited(RULES, RuleEdits(rules=(msgspec.structs.replace(before, any_of=words, weight=4.0),)))
    [found] = differences(RULES, changed)
    assert (found.rule_id, found.kind, found.decides) == (
        "safety-fire",
        DifferenceKind.CHANGED,
        Decides.URGENCY,
    )
    by_field = {each.field: (each.removed, each.added) for each in found.fields}
    assert by_field == {
        "any_of.zh": ((before.any_of.zh[0],), ("冒火星",)),
        "weight": ((f"{before.weight:g}",), ("4",)),
    }


def test_added_removed_and_switched_off_are_told_apart():
    off = msgspec.structs.replace(rule("safety-fire"), enabled=False)
    defaults = msgspec.structs.replace(RULES.defaults, urgency="low")
    edits = RuleEdits(rules=(off, COUPLING), removed=("safety-brake-failure",), defaults=defaults)
    changed = edited(RULES, edits)
    found = {each.rule_id: each.kind for each in differences(RULES, changed)}
    assert found == {
        "safety-fire": DifferenceKind.SWITCHED_OFF,
        "safety-trailer-coupling": DifferenceKind.ADDED,
        "safety-brake-failure": DifferenceKind.REMOVED,
        "defaults": DifferenceKind.CHANGED,
    }
    back = {each.rule_id: each.kind for each in differences(changed, RULES)}
    assert back["safety-fire"] is DifferenceKind.SWITCHED_ON
    assert back["safety-trailer-coupling"] is DifferenceKind.REMOVED


def test_two_new_rules_of_one_id_are_both_left_for_the_checks():
    assert len(edited(RULES, RuleEdits(rules=(COUPLING, COUPLING))).rules) == len(RULES.rules) + 2


def test_a_rule_that_is_off_says_nothing():
    """R2: a rule can be switched off without being lost."""
    fire = ComplaintFacts(words="车辆停放时自燃")
    assert classify(RULES, fire).urgency.value == "urgent"
    ids = {each.id for each in RULES.rules if each.decides is Decides.URGENCY}
    off = RuleEdits(rules=tuple(msgspec.structs.replace(rule(each), enabled=False) for each in sorted(ids)))
    found = classify(edited(RULES, off), fire)
    assert (found.urgency.value, found.urgency_floor) == (RULES.defaults.urgency, None)


def test_the_impact_names_the_case_the_rule_and_the_words():
    """R2: what would this rule have done."""
    cases = [past(1, "高速上拖车钩突然断了", present="urgent"), past(2, "空调有异味")]
    found = impact(RULES, edited(RULES, MORE), cases)
    assert (found.tried, found.changed) == (2, 1)
    [field] = found.fields
    assert (field.decides, field.changed, field.as_before, field.as_after) == (Decides.URGENCY, 1, 0, 1)
    [example] = found.examples
    assert (example.number, example.after.values, example.present) == ("AF1", ("urgent",), "urgent")
    assert example.before.values != ("urgent",)
    [reason] = example.after.reasons
    assert (reason.rule_id, reason.words) == ("safety-trailer-coupling", ("拖车钩突然断",))


def test_signs_of_a_major_complaint_are_compared_as_a_whole():
    removed = tuple(each.id for each in RULES.rules if each.decides is Decides.MAJOR_CANDIDATE)
    found = impact(RULES, edited(RULES, RuleEdits(removed=removed)), [past(1, "昨晚车辆停在车库里自燃了")])
    assert [each.decides for each in found.fields] == [Decides.MAJOR_CANDIDATE]
    [example] = found.examples
    assert (example.before.values, example.after.values) == (("fire",), ())


def test_examples_are_few_however_many_cases_change():
    cases = [past(number, "拖车钩断了") for number in range(1, 60)]
    found = impact(RULES, edited(RULES, MORE), cases)
    assert found.changed == 59
    assert len(found.examples) == MOST_EXAMPLES


def test_nothing_changed_does_nothing():
    found = impact(RULES, RULES, [past(1, "刹车失灵")])
    assert (found.changed, found.fields, found.examples) == (0, (), ())


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sets(st.sampled_from(sorted(rule.id for rule in RULES.rules)), max_size=6),
    st.lists(
        st.sampled_from(
            [
                "刹车失灵",
                "没有刹车失灵",
                "异响",
                "销售态度恶劣",
                "要求退车",
                "自燃",
                "漏油",
                "投诉12315",
                "建议改进",
            ]
        ),
        max_size=6,
    ),
)
def test_passing_cases_over_changes_nothing_of_what_is_found(gone: set[str], said: list[str]):
    """Only cases that a changed rule speaks of are judged again; the answer is that of judging all."""
    changed = edited(RULES, RuleEdits(removed=tuple(sorted(gone)), rules=MORE.rules))
    words = "，".join(said)
    was, would = (classify(rules, ComplaintFacts(words=words)) for rules in (RULES, changed))
    differ = any(set(values(was, each).values) != set(values(would, each).values) for each in Decides)
    assert impact(RULES, changed, [past(1, words)]).changed == int(differ)
