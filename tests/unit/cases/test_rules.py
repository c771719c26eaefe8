"""What the default rules say, and what they promise whatever the text."""

import random
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.cases.default_rules import default_rule_set
from shared.cases.rule_set import Bilingual, Decides, Keywords, Rule, RuleSet
from shared.cases.rules import Classification, ComplaintFacts, Decision, classify
from shared.cases.vocabulary import Channel, ProblemSide, Urgency


def read(words: str = "", **facts: str) -> Classification:
    return classify(default_rule_set(), msgspec.convert({"words": words, **facts}, ComplaintFacts))


@pytest.mark.parametrize(
    ("category", "words"),
    [
        ("S", "提车才一个月就降价两万，要求补差价"),
        ("S", "销售隐瞒这是库存车"),
        ("S", "订金一直不退，退订三个月了"),
        ("S", "One week after delivery you dropped the price; refund the difference"),
        ("S", "The salesman promised me a second key"),
        ("SA", "接待的人态度恶劣，还乱收费"),
        ("SA", "未经同意就给我做了保养"),
        ("SA", "The receptionist was rude and I was overcharged"),
        ("SQ", "冷车时发动机抖动，故障灯亮"),
        ("SQ", "天窗漏水"),
        ("SQ", "The gearbox jerks in second gear"),
        ("SP", "配件缺货，等配件等了两个月"),
        ("SP", "怀疑用的是副厂件，不是原厂件"),
        ("SP", "Still waiting for the part, it is on back order"),
        ("OT", "召回方案不合理"),
        ("OT", "There are too few service points in our province"),
    ],
)
def test_the_words_decide_the_category(category: str, words: str):
    """R2.1"""
    assert read(words).category.value == category


@pytest.mark.parametrize(
    ("category", "label"),
    [
        ("SQ", "发动机/异响"),
        ("SQ", "附加设备/其他"),
        ("S", "销售欺诈/变更价格"),
        ("S", "承诺不兑现/销售承诺不兑现"),
        ("SA", "承诺不兑现/不履行三包"),
        ("SA", "服务态度/态度蛮横"),
        ("SP", "配件争议/无零配件"),
        ("OT", "其他原因/厂家不召回"),
    ],
)
def test_a_fault_label_outweighs_the_words(category: str, label: str):
    """R2.1"""
    result = read("接待的人态度恶劣，而且降价两万，发动机还漏油", fault_label=label)
    assert result.category.value == category
    assert result.category.alternatives


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("fault", "变速箱顿挫，有异响"),
        ("fault", "The window motor failed"),
        ("return_or_exchange", "要求退车"),
        ("return_or_exchange", "I want my money back"),
        ("usage_experience", "座椅硬，不舒服"),
        ("usage_experience", "The menu is confusing and hard to use"),
        ("technical_support", "请问如何设置定时充电"),
        ("technical_support", "How do I set up the app?"),
        ("inquiry", "我想了解一下保养周期"),
        ("inquiry", "Could you tell me when my next service is?"),
        ("suggestion", "建议增加座椅通风"),
        ("suggestion", "建议车机增加方言识别"),
        ("suggestion", "建议下一代车型的座椅加装按摩功能"),
        ("complaint", "4S店建议我增加保养项目"),
        ("complaint", "他们建议增加一次清洗"),
        ("suggestion", "It would be nice to have heated mirrors"),
        ("complaint", "销售欺骗我"),
        ("complaint", "Poor service, nobody called"),
    ],
)
def test_the_words_decide_the_kind(kind: str, words: str):
    """R2.2"""
    assert read(words).kind.value == kind


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("service_quality", "接待的人态度恶劣"),
        ("service_quality", "The staff were rude"),
        ("repair_quality", "空调反复维修，一直没修好"),
        ("repair_quality", "The heater is still not fixed"),
        ("parts", "配件缺货"),
        ("parts", "waiting for the part"),
        ("other", "车漆鼓包"),
    ],
)
def test_the_words_decide_the_subject(subject: str, words: str):
    """R2.2"""
    assert read(words).subject.value == subject


@pytest.mark.parametrize(
    ("nature", "words"),
    [
        ("ordinary", "多媒体屏幕黑屏"),
        ("ordinary", "The media player freezes"),
        ("potential_media", "准备联系电视台曝光"),
        ("consumer_association", "已经投诉到消协"),
        ("authority", "已打12315"),
        ("legal", "我会请律师起诉"),
        ("legal", "I will take legal action"),
    ],
)
def test_the_words_decide_the_nature(nature: str, words: str):
    """R2.6"""
    assert read(words).nature.value == nature


@pytest.mark.parametrize(
    ("department", "words"),
    [
        ("technical_support", "冷车时发动机抖动"),
        ("quality", "变速箱顿挫，这是通病，应该召回"),
        ("service", "接待的人态度恶劣，乱收费"),
        ("sales", "刚买就降价两万"),
        ("parts", "配件缺货，配件订不到"),
        ("product_planning", "I suggest adding a rear wiper"),
        ("legal_pr", "我的律师函已经寄出"),
        ("customer_relations", "一直没有消息"),
    ],
)
def test_the_department_follows_from_words_category_and_kind(department: str, words: str):
    """R3.1"""
    assert read(words).department.value == department


@pytest.mark.parametrize(
    ("urgency", "words"),
    [
        ("high", "车子无法启动，叫了拖车"),
        ("high", "The car won't start"),
        ("medium", "车漆有色差"),
        ("medium", "The dashboard rattles"),
        ("low", "建议增加座椅通风"),
        ("low", "Could you tell me when my next service is?"),
    ],
)
def test_urgency_without_danger_follows_use_and_experience(urgency: str, words: str):
    """R2.3"""
    result = read(words)
    assert result.urgency.value == urgency
    assert result.urgency_floor is None


def test_product_and_service_are_told_apart_by_the_category():
    """R2.5"""
    assert read("发动机漏油").side is ProblemSide.PRODUCT
    assert read("服务态度恶劣").side is ProblemSide.SERVICE


def test_what_another_organisation_passes_on_is_at_least_high():
    """R2.3"""
    facts = ComplaintFacts(words="一直没有消息", channel=Channel.OTHER_ORGANISATION)
    assert classify(default_rule_set(), facts).urgency.value is Urgency.HIGH


def test_an_empty_complaint_gets_the_defaults_with_a_reason_and_no_confidence():
    """R2.4"""
    result = read()
    assert (result.category.value, result.category.confidence) == ("SQ", 0.0)
    assert [reason.rule_id for reason in result.category.reasons] == ["default"]
    assert result.urgency.value is Urgency.MEDIUM
    assert result.major_candidates == ()


def test_a_weak_sign_leaves_the_default_and_is_offered_as_alternative():
    """R2.4"""
    result = read("厂家踢皮球")
    assert result.category.value == "SQ"
    assert [alternative.value for alternative in result.category.alternatives] == ["SA"]


def test_confidence_falls_when_rules_disagree():
    """R2.4"""
    alone = read("刚提车就降价两万").category
    disputed = read("刚提车就降价两万，发动机异响").category
    assert alone.value == disputed.value == "S"
    assert 0 < disputed.confidence < alone.confidence < 1
    assert disputed.alternatives[0].value == "SQ"


def test_demand_and_description_are_read_as_the_words_are():
    """R1.2, R2.4"""
    assert read("", demand="要求退车").kind.value == "return_or_exchange"
    assert read("", description="制动失效").urgency.value is Urgency.URGENT


def test_words_are_given_back_exactly_as_written():
    """R2.4"""
    result = read("昨天ＢＲＡＫＥＳ　ＦＡＩＬＥＤ，剎車突然失靈")
    assert result.urgency.words[:2] == ("ＢＲＡＫＥＳ　ＦＡＩＬＥＤ", "剎車突然失靈")


def test_a_classification_survives_json():
    result = read("刹车失灵，要求退车，否则找媒体曝光")
    assert msgspec.json.decode(msgspec.json.encode(result), type=Classification) == result


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "刹车" * 500_000,
        "刹车没有问题，" * 150_000,
        "brake failure, no " * 60_000,
        "修了" * 500_000,
        "降了123456" * 120_000,
        "a" * 1_000_000,
        "。" * 1_000_000,
    ],
    ids=["one word", "denied", "english", "almost a pattern", "digits", "letters", "stops"],
)
def test_a_megabyte_of_text_is_read_in_reasonable_time(text: str):
    start = time.process_time()
    read(text)
    assert time.process_time() - start < 10


def decisions(result: Classification) -> list[Decision]:
    return [
        result.category,
        result.kind,
        result.subject,
        result.urgency,
        result.nature,
        result.department,
        *result.major_candidates,
    ]


def shuffled_rules(seed: int) -> RuleSet:
    rules = list(default_rule_set().rules)
    random.Random(seed).shuffle(rules)
    return msgspec.structs.replace(default_rule_set(), rules=tuple(rules))


KEYWORDS = [
    part
    for rule in default_rule_set().rules
    for keyword in rule.any_of.every()
    for part in keyword.replace("*", "").split("~")
]
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.one_of(
            st.sampled_from(KEYWORDS),
            st.sampled_from(["没有", "no ", "，", " ", "的情况", "\x00", "\ud800", "ﬁ", "İ", "剎", "\u200b"]),
        ),
        max_size=30,
    ).map("".join),
)


@settings(deadline=None)
@given(words=TEXTS, description=TEXTS, fault_label=TEXTS, channel=st.sampled_from([None, *Channel]))
def test_any_complaint_gets_every_decision_with_its_reasons(
    words: str, description: str, fault_label: str, channel: Channel | None
):
    """R2.4: never fails, always the same, reasons in both languages, words that are really there."""
    facts = ComplaintFacts(words=words, description=description, fault_label=fault_label, channel=channel)
    result = classify(default_rule_set(), facts)
    assert result == classify(default_rule_set(), facts)
    for decision in decisions(result):
        assert 0 <= decision.confidence <= 1
        assert decision.reasons
        assert all(reason.zh and reason.en for reason in decision.reasons)
        assert all(word in words or word in description or word in fault_label for word in decision.words)
        assert decision.value not in [alternative.value for alternative in decision.alternatives]


@settings(deadline=None)
@given(words=TEXTS, fault_label=TEXTS)
def test_urgency_is_never_below_a_raise_that_fired(words: str, fault_label: str):
    """R2.3"""
    result = classify(default_rule_set(), ComplaintFacts(words=words, fault_label=fault_label))
    values = {rule.id: Urgency(rule.value) for rule in default_rule_set().rules if rule.raises}
    raised = [values[reason.rule_id] for reason in result.urgency.reasons if reason.raises]
    assert result.urgency_floor == max(raised, default=None)
    assert all(result.urgency.value >= urgency for urgency in raised)


@settings(deadline=None)
@given(words=TEXTS, shuffled=st.sampled_from([shuffled_rules(seed) for seed in range(3)]))
def test_the_order_of_the_rules_changes_nothing(words: str, shuffled: RuleSet):
    facts = ComplaintFacts(words=words)
    assert classify(shuffled, facts) == classify(default_rule_set(), facts)


@settings(deadline=None)
@given(words=TEXTS, value=st.sampled_from([urgency.value for urgency in Urgency]))
def test_no_added_rule_lowers_a_raise(words: str, value: str):
    """R2.3"""
    added = Rule(
        id="added",
        decides=Decides.URGENCY,
        value=value,
        reason=Bilingual("任意", "any"),
        none_of=Keywords(zh=("不可能出现的词",)),
        channels=(Channel.PHONE,),
        weight=100.0,
    )
    rules = (*default_rule_set().rules, added)
    extended = msgspec.structs.replace(default_rule_set(), version="extended", rules=rules)
    facts = ComplaintFacts(words=words, channel=Channel.PHONE)
    before = classify(default_rule_set(), facts)
    after = classify(extended, facts)
    assert after.urgency_floor == before.urgency_floor
    if before.urgency_floor:
        assert after.urgency.value >= before.urgency_floor
    else:
        assert after.urgency.value == value
