"""What makes a case a candidate for a major complaint (R2.6)."""

import pytest
from msgspec.structs import replace

from shared.cases.default_rules import default_rule_set
from shared.cases.majors import (
    MajorFacts,
    default_major_policy,
    first_of_each,
    found_in_facts,
    found_in_words,
)
from shared.cases.rules import ComplaintFacts, classify
from shared.cases.vocabulary import MajorCriterion, MajorFindingCode, MajorSign, Nature

CALM = MajorFacts(nature=Nature.ORDINARY)


def codes(facts: MajorFacts) -> list[str]:
    return [each.code.value for each in found_in_facts(default_major_policy(), facts)]


def said(words: str) -> dict[str, tuple[str, ...]]:
    found = found_in_words(classify(default_rule_set(), ComplaintFacts(words=words)))
    return {each.code.value: each.words for each in found}


def test_the_codes_are_the_signs_the_criteria_and_a_person():
    expected = {*(each.value for each in (*MajorSign, *MajorCriterion)), "by_hand"}
    assert {each.value for each in MajorFindingCode} == expected


def test_an_ordinary_case_shows_nothing():
    assert codes(CALM) == []


@pytest.mark.parametrize(("complaints", "expected"), [(2, []), (3, ["repeated_repair"])])
def test_the_third_complaint_about_one_fault_is_a_sign(complaints: int, expected: list[str]):
    """R2.6: three or more for the same fault."""
    assert codes(replace(CALM, same_fault=complaints)) == expected


@pytest.mark.parametrize(("amount", "expected"), [(1_000_000, []), (1_000_001, ["amount"])])
def test_goodwill_above_ten_thousand_yuan_is_a_criterion(amount: int, expected: list[str]):
    """R2.6: above, not at, the limit."""
    assert codes(replace(CALM, compensation_minor=amount)) == expected


def test_the_reason_tells_the_amounts_and_counts():
    found = found_in_facts(default_major_policy(), replace(CALM, same_fault=4, compensation_minor=1_250_000))
    repeated, amount = (each.reason for each in found)
    assert "4" in repeated.zh
    assert "365" in repeated.en
    assert "12,500.00" in amount.en
    assert "10,000.00" in amount.zh


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (replace(CALM, on_hold=True), []),
        (replace(CALM, level=3), []),
        (replace(CALM, on_hold=True, level=2), []),
        (replace(CALM, on_hold=True, level=3), ["procedure"]),
        (replace(CALM, on_hold=True, taken_over=True), ["procedure"]),
    ],
)
def test_no_agreement_after_every_level_is_a_criterion(facts: MajorFacts, expected: list[str]):
    """R2.6: station, dealer and field manager handled it and no agreement was reached."""
    assert codes(facts) == expected


def test_media_and_law_are_a_risk_and_an_authority_is_not_by_default():
    """R2.6."""
    for nature in Nature:
        expected = ["risk"] if nature in {Nature.POTENTIAL_MEDIA, Nature.LEGAL} else []
        assert codes(replace(CALM, nature=nature)) == expected


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("车辆停放时自燃", "fire"),
        ("发生严重车祸，车辆报废", "severe_accident"),
        ("碰撞后气囊没有弹出", "airbag_crash"),
        ("行驶中半轴突然断裂撞上护栏", "broken_powertrain_accident"),
        ("我要找记者曝光你们", "public_attention"),
        ("同一个问题已经维修了五次", "repeated_repair"),
        ("方向盘抖动，都说属于正常现象", "unexplained_phenomenon"),
        ("服务顾问辱骂我", "staff_conduct"),
        ("你们说修不了", "means"),
        ("要求退一赔三", "expectation"),
        ("已经收到法院传票", "risk"),
        ("the engine caught fire", "fire"),
        ("they told me it cannot be repaired", "means"),
        ("I want punitive damages", "expectation"),
    ],
)
def test_every_sign_and_criterion_of_words_is_found_with_its_words(words: str, code: str):
    """R2.6: each decision with the words that decided it."""
    assert said(words)[code]


def test_a_denied_fire_is_none():
    assert "fire" not in said("没有起火，只是有点异味")


def test_what_a_case_has_already_is_not_found_again():
    found = found_in_facts(default_major_policy(), replace(CALM, same_fault=3, nature=Nature.LEGAL))
    assert [each.code.value for each in first_of_each([*found, *found])] == ["repeated_repair", "risk"]
    assert [each.code.value for each in first_of_each(found, frozenset({"risk"}))] == ["repeated_repair"]
