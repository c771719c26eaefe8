"""How keywords, patterns and denials are found in a text."""

import msgspec
import pytest

from shared.cases.normalise import fold
from shared.cases.rule_set import (
    Bilingual,
    Decides,
    Defaults,
    Keywords,
    Negation,
    Rule,
    RuleSet,
    TextField,
)
from shared.cases.rules import Classification, ComplaintFacts, classify
from shared.cases.vocabulary import (
    Category,
    Channel,
    Department,
    Kind,
    Nature,
    Subject,
    Urgency,
)

NEGATION = Negation(
    before=Keywords(zh=("没有",), en=("no", "not")),
    after=Keywords(zh=("没有出现",), en=("did not happen",)),
    filler=Keywords(zh=("任何",), en=("any", "of the")),
)
RULE = Rule(
    id="rule",
    decides=Decides.CATEGORY,
    value="S",
    reason=Bilingual("原因", "reason"),
    any_of=Keywords(zh=("气味",), en=("smell*",)),
    weight=2.0,
)


def rule_set(*rules: Rule) -> RuleSet:
    return RuleSet(
        version="test",
        defaults=Defaults(
            category=Category.OTHER,
            kind=Kind.COMPLAINT,
            subject=Subject.OTHER,
            urgency=Urgency.MEDIUM,
            nature=Nature.ORDINARY,
            department=Department.SERVICE,
        ),
        rules=rules,
        negation=NEGATION,
    )


def read(words: str, rule: Rule = RULE, **facts: str) -> Classification:
    return classify(rule_set(rule), msgspec.convert({"words": words, **facts}, ComplaintFacts))


def applies(words: str, rule: Rule = RULE, **facts: str) -> bool:
    return read(words, rule, **facts).category.value is Category.SALES


def with_words(*words: str) -> Rule:
    return msgspec.structs.replace(RULE, any_of=Keywords(zh=words))


@pytest.mark.parametrize(
    "words", ["有气味", "气味没有消失", "It smells", "SMELL!", "ｓｍｅｌｌ", "有氣味", "气\u200b味"]
)
def test_a_keyword_is_found_in_any_width_case_and_script(words: str):
    assert applies(words)


@pytest.mark.parametrize(
    "words", ["", "气 味", "Nosmell", "dismelled", "没有气味", "没有任何气味", "气味没有出现"]
)
def test_a_keyword_inside_another_word_or_denied_is_not_found(words: str):
    assert not applies(words)


@pytest.mark.parametrize(
    "words", ["no smell", "not any smell", "no of the any smell", "the smell did not happen"]
)
def test_english_denials_are_heard(words: str):
    assert not applies(words)


@pytest.mark.parametrize(
    "words", ["no, smell", "know smell", "not really a smell", "没有，气味", "气味大，没有出现别的"]
)
def test_a_denial_of_something_else_is_not_heard(words: str):
    assert applies(words)


def test_one_undenied_mention_is_enough():
    assert applies("没有气味。后来又有气味")


def test_whole_english_words_are_meant_without_a_star():
    rule = with_words("pan")
    assert applies("the pan leaks", rule)
    assert applies("油底壳pan漏油", rule)
    assert not applies("the panel leaks", rule)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("车门关不上", True),
        ("车门总是怎么也关不上", True),
        ("车门没有关不上", False),
        ("车门很好，关不上的是车窗", False),
        ("车门一二三四五六七八九十一二三关不上", False),
        ("关不上车门", False),
    ],
)
def test_a_tilde_stands_for_a_few_undenying_characters_of_the_clause(words: str, found: bool):  # noqa: FBT001
    assert applies(words, with_words("车门~关不上")) is found


def test_the_words_between_the_parts_are_given_back():
    assert read("左车门总是关不上", with_words("车门~关不上")).category.words == ("车门总是关不上",)


def test_the_longer_word_stands_for_the_shorter_one():
    rule = with_words("车门", "车门~关不上")
    assert read("左车门总是关不上", rule).category.words == ("车门总是关不上",)


def test_all_words_of_one_language_must_be_found():
    rule = msgspec.structs.replace(
        RULE, any_of=Keywords(), all_of=Keywords(zh=("车门", "异响"), en=("door*", "noise*"))
    )
    assert applies("车门处有异响", rule)
    assert applies("noises from the doors", rule)
    assert not applies("车门 noise", rule)
    assert not applies("异响", rule)


def test_none_of_keeps_a_rule_from_applying():
    rule = msgspec.structs.replace(RULE, none_of=Keywords(zh=("新车",)))
    assert applies("有气味", rule)
    assert not applies("新车有气味", rule)
    assert applies("没有新车，有气味", rule)


def test_unless_takes_back_only_the_mention_it_covers():
    rule = msgspec.structs.replace(RULE, unless=Keywords(zh=("新车气味",)))
    assert not applies("是新车气味", rule)
    assert applies("除了新车气味，还有焦糊气味", rule)


def test_a_pattern_is_read_on_folded_text_and_gives_back_what_was_written():
    rule = msgspec.structs.replace(RULE, any_of=Keywords(), patterns=(r"第\d次",))
    assert read("第４次", rule).category.words == ("第４次",)
    assert not applies("没有第4次", rule)
    assert not applies("第N次", rule)


def test_a_rule_reads_only_its_fields():
    rule = msgspec.structs.replace(RULE, fields=(TextField.DEMAND,))
    assert applies("", rule, demand="去除气味")
    assert not applies("有气味", rule)


def test_a_channel_alone_can_be_a_condition():
    rule = msgspec.structs.replace(RULE, any_of=Keywords(), channels=(Channel.PHONE,))
    assert applies("", rule, channel="phone")
    assert not applies("", rule, channel="app")
    assert not applies("", rule)


def test_a_keyword_shared_by_two_rules_serves_both():
    service = msgspec.structs.replace(RULE, id="other", value="SA", weight=3.0)
    result = classify(rule_set(RULE, service), ComplaintFacts(words="有气味"))
    assert result.category.value is Category.SERVICE
    assert [alternative.value for alternative in result.category.alternatives] == [Category.SALES]


def test_of_equal_weights_the_first_in_the_vocabulary_wins():
    service = msgspec.structs.replace(RULE, id="other", value="SA")
    for rules in ((RULE, service), (service, RULE)):
        assert classify(rule_set(*rules), ComplaintFacts(words="有气味")).category.value is Category.SALES


def test_folding_keeps_the_way_back_to_what_was_written():
    text = fold("Ａ剎\u200b車ﬁ\r\n末")
    assert text.folded == "a刹车fi\n\n末"
    assert text.written(1, 3) == "剎\u200b車"
    assert text.written(4, 5) == "ﬁ"
    assert text.written(7, 8) == "末"
