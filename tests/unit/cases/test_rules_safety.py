"""Safety raises urgency by rule, and nothing but a person lowers it (R2.3)."""

import pytest

from shared.cases.default_rules import default_rule_set
from shared.cases.rules import Classification, ComplaintFacts, Decision, classify
from shared.cases.vocabulary import Urgency


def rule_ids(decision: Decision[Urgency]) -> list[str]:
    return [reason.rule_id for reason in decision.reasons]


def read(words: str = "", fault_label: str = "", demand: str = "") -> Classification:
    return classify(default_rule_set(), ComplaintFacts(words=words, fault_label=fault_label, demand=demand))


URGENT = [
    ("safety-brake-failure", "下坡时刹车突然失灵，吓坏了"),
    ("safety-brake-failure", "踩到底也刹不住"),
    ("safety-brake-failure", "Going downhill the brakes suddenly failed."),
    ("safety-brake-failure", "I couldn't brake at the lights"),
    ("safety-steering-failure", "转弯时方向盘突然锁死"),
    ("safety-steering-failure", "高速上转向助力消失"),
    ("safety-steering-failure", "The steering wheel locked in a bend"),
    ("safety-steering-failure", "We lost steering on the motorway"),
    ("safety-fire", "停在车库里自燃了"),
    ("safety-fire", "机舱冒烟，有糊味"),
    ("safety-fire", "The car caught fire overnight"),
    ("safety-fire", "Smoke came out of the bonnet"),
    ("safety-airbag", "追尾后气囊没有弹出"),
    ("safety-airbag", "安全带断裂"),
    ("safety-airbag", "The airbags did not deploy"),
    ("safety-airbag", "seat belt failed to hold"),
    ("safety-loss-of-power", "在高架上突然失去动力"),
    ("safety-loss-of-power", "行驶途中熄火三次"),
    ("safety-loss-of-power", "Sudden loss of power in the fast lane"),
    ("safety-loss-of-power", "The engine stalled on the motorway"),
    ("safety-runaway", "车子自己加速冲出去"),
    ("safety-runaway", "油门卡住不回位"),
    ("safety-runaway", "unintended acceleration in a car park"),
    ("safety-runaway", "The car braked by itself, phantom braking"),
    ("safety-fuel-leak", "油箱底部漏汽油"),
    ("safety-fuel-leak", "车内有很浓的汽油味"),
    ("safety-fuel-leak", "There is a fuel leak under the rear seat"),
    ("safety-fuel-leak", "A strong smell of petrol in the cabin"),
    ("safety-high-voltage", "充电时电池冒烟"),
    ("safety-high-voltage", "动力电池热失控"),
    ("safety-high-voltage", "thermal runaway of the battery"),
    ("safety-high-voltage", "The battery pack overheated while charging"),
    ("safety-structure", "左前轮的半轴突然断了"),
    ("safety-structure", "高速上爆胎"),
    ("safety-structure", "The axle snapped at low speed"),
    ("safety-structure", "a tyre burst at 100 km/h"),
    ("safety-injury", "家人受伤住院"),
    ("safety-injury", "差点追尾"),
    ("safety-injury", "My wife was injured"),
    ("safety-injury", "we nearly crashed"),
]

HIGH = [
    ("safety-brake-mention", "刹车有异响"),
    ("safety-brake-mention", "The brakes squeal"),
    ("safety-steering-mention", "车辆往右跑偏"),
    ("safety-steering-mention", "The steering feels heavy"),
    ("safety-airbag-mention", "安全带收不回去"),
    ("safety-airbag-mention", "The seat belt does not retract"),
    ("safety-assistance", "AEB在隧道里误报"),
    ("safety-assistance", "emergency braking is deactivated all the time"),
    ("safety-words", "这是很大的安全隐患"),
    ("safety-words", "I find this unsafe"),
]


@pytest.mark.parametrize(("rule_id", "words"), URGENT)
def test_danger_to_life_is_urgent_and_the_rule_is_named(rule_id: str, words: str):
    """R2.3"""
    result = read(words)
    assert result.urgency.value is Urgency.URGENT
    assert result.urgency_floor is Urgency.URGENT
    [reason] = [reason for reason in result.urgency.reasons if reason.rule_id == rule_id]
    assert reason.raises
    assert reason.words
    assert all(word in words for word in reason.words)


@pytest.mark.parametrize(("rule_id", "words"), HIGH)
def test_whatever_touches_safety_is_at_least_high(rule_id: str, words: str):
    """R2.3"""
    result = read(words)
    assert result.urgency.value is Urgency.HIGH
    assert result.urgency_floor is Urgency.HIGH
    assert rule_id in rule_ids(result.urgency)


@pytest.mark.parametrize(
    "words",
    [
        "刹车没有问题，只是座椅有点硬",
        "刹车没问题",
        "刹车系统正常，想咨询一下保养",
        "没有刹车失灵的情况",
        "从来没有发生过自燃",
        "车子没有起火",
        "自燃的情况没有发生过",
        "转向没问题，转向灯不亮",
        "高位刹车灯裂了",
        "发动机缺缸失火",
        "There is no brake problem at all.",
        "no problems with the brakes",
        "The brakes are fine, the radio is not",
        "The steering works fine",
        "there was never any smoke",
        "A brake light bulb is out",
        "no airbag problem",
    ],
)
def test_what_is_denied_or_praised_raises_nothing(words: str):
    """R2.3"""
    assert read(words).urgency_floor is None


@pytest.mark.parametrize(
    "words",
    [
        "导航软件老是重启，我情绪失控",
        "电瓶漏电，每周要搭电",
        "买了自燃险",
        "转向其他品牌了",
        "最受伤的是消费者",
        "The navigation app crashed twice",
        "The screen keeps crashing and a fatal error appears",
        "Please fire the salesman",
        "The collision warning beeps too loudly",
        "cigarette smoke in the courtesy car",
    ],
)
def test_false_friends_of_danger_raise_nothing(words: str):
    """R2.3"""
    assert read(words).urgency_floor is None


@pytest.mark.parametrize(
    "words", ["The window regulator is broken", "Sue at the desk was helpful", "续航只有315公里"]
)
def test_parts_names_and_numbers_are_no_authority_and_no_court(words: str):
    """R2.6"""
    assert read(words).nature.value == "ordinary"
    assert "urgency-outside-attention" not in rule_ids(read(words).urgency)


@pytest.mark.parametrize(
    ("words", "floor"),
    [
        ("没有任何提示刹车就失灵了", Urgency.URGENT),
        ("4S店说没有问题，可是刹车又失灵了", Urgency.URGENT),
        ("刹车失灵没有解决", Urgency.URGENT),
        ("刹车失灵没人管", Urgency.URGENT),
        ("刹车不正常", Urgency.HIGH),
        ("刹车灯亮了之后刹车失灵", Urgency.URGENT),
        ("without warning the brakes failed", Urgency.URGENT),
        ("no warning, the engine stalled on the highway", Urgency.URGENT),
        ("the brakes are not fine", Urgency.HIGH),
        ("suddenly there were no brakes", Urgency.URGENT),
        ("刹车没有反应", Urgency.URGENT),
    ],
)
def test_a_denial_of_something_else_hides_no_danger(words: str, floor: Urgency):
    """R2.3"""
    assert read(words).urgency_floor is floor


@pytest.mark.parametrize(
    ("label", "floor"),
    [
        ("制动系/刹车失灵", Urgency.URGENT),
        ("转向系/失灵", Urgency.URGENT),
        ("电气设备/起火", Urgency.URGENT),
        ("发动机/动力消失", Urgency.URGENT),
        ("气囊和安全带/气囊未弹出", Urgency.URGENT),
        ("制动系/异响", Urgency.HIGH),
        ("Brakes/brake failure", Urgency.URGENT),
        ("车身/异响", None),
    ],
)
def test_a_fault_label_raises_as_words_do(label: str, floor: Urgency | None):
    """R2.3"""
    assert read(fault_label=label).urgency_floor is floor


def test_a_suggestion_about_the_brakes_stays_high():
    """R2.3: the rule for suggestions says low, the raise stands."""
    result = read("I suggest that you make the brakes quieter")
    assert result.kind.value == "suggestion"
    assert result.urgency.value is Urgency.HIGH
    assert result.urgency.reasons[0].rule_id == "safety-brake-mention"


def test_the_rule_that_raised_highest_stands_first():
    """R2.3"""
    result = read("刹车异响，最后刹车失灵，差点撞上护栏")
    assert result.urgency.value is Urgency.URGENT
    assert result.urgency.reasons[0].raises
    assert [reason.raises for reason in result.urgency.reasons] == [True, True, True]
    assert rule_ids(result.urgency)[-1] == "safety-brake-mention"


@pytest.mark.parametrize(
    ("sign", "words"),
    [
        ("fire", "车辆起火烧毁"),
        ("fire", "the car burst into flames"),
        ("severe_accident", "车子侧翻，司机骨折"),
        ("severe_accident", "the car was written off"),
        ("airbag_crash", "撞车时气囊未弹出"),
        ("airbag_crash", "none of the airbags worked: the airbag did not deploy"),
        ("broken_powertrain_accident", "发动机连杆断了"),
        ("broken_powertrain_accident", "the axle broke"),
        ("public_attention", "我会找记者"),
        ("public_attention", "a journalist is interested"),
        ("repeated_repair", "同样的毛病修了四次"),
        ("repeated_repair", "repaired 4 times without success"),
        ("unexplained_phenomenon", "异响一直说是正常现象"),
        ("unexplained_phenomenon", "no fault found again"),
        ("staff_conduct", "经理辱骂客户"),
        ("staff_conduct", "the manager insulted me"),
    ],
)
def test_signs_of_a_major_complaint_make_a_candidate(sign: str, words: str):
    """R2.6"""
    assert sign in [candidate.value for candidate in read(words).major_candidates]


@pytest.mark.parametrize("words", ["修了两次", "repaired 2 times", "天窗异响", "wind noise"])
def test_an_ordinary_complaint_is_no_candidate(words: str):
    """R2.6"""
    assert read(words).major_candidates == ()
