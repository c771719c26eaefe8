"""An OEM's own wording: filled in, checked, measured (R3.8, issue 4)."""

import msgspec
import pytest

from shared.notifications.examples import EXAMPLES, example_values
from shared.notifications.render import Reader, Rendered, render, sms_text, starting_text
from shared.notifications.rules import RULES, Template
from shared.notifications.sms_size import sms_size
from shared.notifications.texts import Approval, MessageTexts, Text, fill, problems_of
from shared.outbox.vocabulary import MessageChannel
from shared.web.locale import Locale
from tests.unit.notifications.samples import MISSING, USUAL

EVERY = [
    (template, channel, locale)
    for template, rule in RULES.items()
    for channel in rule.channels
    for locale in Locale
]


def result_sms(body: str, **values: object) -> Text:
    fixed = {"template": Template.RESULT, "channel": MessageChannel.SMS, "locale": Locale.ZH_CN}
    return Text(**(fixed | {"body": body} | values))  # type: ignore[arg-type]


def problems(text: Text) -> list[tuple[str, str, object]]:
    return [(each.field, each.code, each.params.get("line")) for each in problems_of(text)]


@pytest.mark.parametrize(("template", "channel", "locale"), EVERY)
def test_every_supplied_text_can_be_begun_with_and_published(
    template: Template, channel: MessageChannel, locale: Locale
) -> None:
    """R3.8: ours remain the default, an OEM's replaces it."""
    text = starting_text(template, channel, locale)
    if template is not Template.PASSWORD_RESET:
        assert problems_of(text) == []
    said = render(
        template, channel, Reader(locale, "UTC"), example_values(template), MessageTexts(texts=(text,))
    )
    assert "{" not in said.body
    assert "[[" not in said.body


@pytest.mark.parametrize("template", list(Template))
def test_every_variable_has_an_example(template: Template) -> None:
    known = {*EXAMPLES, "decision"}
    assert RULES[template].variables <= known


def test_an_oems_text_replaces_ours_in_its_language_and_channel_only() -> None:
    """R3.8."""
    own = MessageTexts(texts=(result_sms("投诉{number}处理完毕。"),))
    values = {name: USUAL[name] for name in RULES[Template.RESULT].variables}
    zh = render(Template.RESULT, MessageChannel.SMS, Reader(Locale.ZH_CN, "UTC", "【车厂】"), values, own)
    en = render(Template.RESULT, MessageChannel.SMS, Reader(Locale.EN, "UTC"), values, own)
    assert zh.body == "【车厂】投诉AF20260302001处理完毕。"
    assert en == render(Template.RESULT, MessageChannel.SMS, Reader(Locale.EN, "UTC"), values)


def test_values_read_as_people_write_them_and_what_is_missing_is_left_out() -> None:
    text = Text(
        template=Template.BREACH,
        channel=MessageChannel.SMS,
        locale=Locale.ZH_CN,
        body="{number} {metric}[[，应于{due_at}前]]，{urgency}",
    )
    own = MessageTexts(texts=(text,))
    reader = Reader(Locale.ZH_CN, "Asia/Shanghai", "")

    def said(values: dict[str, object]) -> str:
        wanted = {name: values[name] for name in RULES[Template.BREACH].variables}
        return render(Template.BREACH, MessageChannel.SMS, reader, wanted, own).body  # type: ignore[arg-type]

    assert said(dict(USUAL)) == "AF20260302001 首次联系，应于3月2日17:30前，紧急"
    assert said(dict(MISSING)) == "AF20260302001 ，紧急"


def test_the_words_of_a_customer_are_never_read_as_variables() -> None:
    assert fill("{result}", {"result": "{number} [[x]]", "number": "secret"}) == "{number} [[x]]"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("投诉{number}。", []),
        ("第一行{number}\n第二行{phone}", [("body", "text_variable_unknown", 2)]),
        ("投诉处理完毕。", [("body", "text_variable_missing", None)]),
        ("{number} }", [("body", "text_brace", 1)]),
        ("{number}\n{ result }", [("body", "text_brace", 2)]),
        ("{number}\n[[{result}", [("body", "text_bracket", 2)]),
        ("  ", [("body", "required", None), ("body", "text_variable_missing", None)][:1]),
    ],
)
def test_what_is_wrong_with_a_text_is_told_with_its_line(body: str, wrong: list[object]) -> None:
    """Issue 4: variables listed and checked, unknown or missing refused with line."""
    assert problems(result_sms(body)) == wrong


def test_an_approval_needs_the_providers_template() -> None:
    text = result_sms("投诉{number}。", approval=Approval.APPROVED)
    assert problems(text) == [("provider_template_id", "required", None)]


def test_an_approved_template_goes_with_its_variables_in_order_and_any_other_does_not() -> None:
    """SMS in China: template id, sign name, approval state."""
    text = result_sms(
        "{dealer_name}：投诉{number}，{number}。",
        provider_template_id="SMS_1",
        sign_name="车厂服务",
        approval=Approval.APPROVED,
    )
    values = {name: USUAL[name] for name in RULES[Template.RESULT].variables}

    def said(own: Text) -> object:
        texts = MessageTexts(texts=(own,))
        return render(Template.RESULT, MessageChannel.SMS, Reader(Locale.ZH_CN, "UTC"), values, texts)

    approved = said(text)
    assert approved.body.startswith("【车厂服务】")  # type: ignore[attr-defined]
    sent = approved.provider_template  # type: ignore[attr-defined]
    assert (sent.code, sent.sign_name) == ("SMS_1", "车厂服务")
    assert sent.parameters == (("dealer_name", "测试市第一服务店"), ("number", "AF20260302001"))
    waiting = Text(
        template=text.template,
        channel=text.channel,
        locale=text.locale,
        body=text.body,
        provider_template_id="SMS_1",
        approval=Approval.SUBMITTED,
    )
    assert said(waiting).provider_template is None  # type: ignore[attr-defined]


LINK = "https://care.example.com/t/AAAAAQGeExampleOfALinkThatOpensNothing00000"


def linked(body: str, **values: object) -> Rendered:
    given = {name: USUAL[name] for name in RULES[Template.RESULT].variables} | values
    own = MessageTexts(texts=(result_sms(body),))
    return render(
        Template.RESULT, MessageChannel.SMS, Reader(Locale.ZH_CN, "UTC", "【车厂】"), given, own, LINK
    )


def test_an_sms_names_its_link_where_it_stands_and_gets_it_no_second_time() -> None:
    """Issue 4: templates for Chinese SMS; a link of a provider's template is one of its variables."""
    said = linked("请点 {link} 查看投诉{number}的结果。")
    assert said.body == f"【车厂】请点 {LINK} 查看投诉AF20260302001的结果。"
    assert sms_text(said.body, LINK) == said.body
    by_host = linked("投诉{number}：https://care.example.com/{link_path}")
    assert sms_text(by_host.body, LINK) == by_host.body
    assert by_host.body.endswith(LINK)
    bare = linked("投诉{number}：care.example.com/{link_path}")
    assert sms_text(bare.body, LINK) == bare.body
    assert sms_text("see care.example.com", "https://care.example.com").endswith(" https://care.example.com")
    assert sms_text("your reports", "https://care.example.com/reports").endswith("/reports")
    unnamed = linked("投诉{number}已有结果。")
    assert sms_text(unnamed.body, LINK) == f"{unnamed.body} {LINK}"


@pytest.mark.parametrize("long", [20, 60, 200, 2_000])
def test_a_long_value_gives_way_to_the_link(long: int) -> None:
    said = linked("投诉{number}结果：{result}。详情 {link}", result="已更换阀体" * (long // 5))
    assert said.body.endswith(LINK)
    assert sms_size(said.body).segments <= 2
    assert said.is_cut is (long > 20)


def test_a_link_for_which_there_is_no_room_is_left_out_whole() -> None:
    said = linked("字" * 120 + "{number} {link}")
    assert "https" not in said.body
    assert said.is_cut


def test_only_an_sms_names_its_link() -> None:
    assert problems(result_sms("{number} {link} {link_path}")) == []
    mail = Text(
        template=Template.RESULT,
        channel=MessageChannel.EMAIL,
        locale=Locale.ZH_CN,
        subject="{number}",
        body="{number} {link}",
    )
    assert problems(mail) == [("body", "text_variable_unknown", 1)]


def test_words_of_a_customer_that_look_like_a_link_variable_stay_words() -> None:
    assert "{link}" in linked("{number} {result} {link}", result="{link}").body


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "segments"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("[", "GSM-7", 2, 1),
        ("回" * 70, "UCS-2", 70, 1),
        ("回" * 71, "UCS-2", 71, 2),
        ("回" * 134, "UCS-2", 134, 2),
        ("回" * 135, "UCS-2", 135, 3),
        ("a" * 69 + "ç", "UCS-2", 70, 1),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 72, 2),
    ],
)
def test_an_sms_is_counted_as_providers_count(text: str, alphabet: str, units: int, segments: int) -> None:
    """Issue 4: SMS length and segment count shown (3GPP TS 23.038: GSM-7 or UCS-2)."""
    size = sms_size(text)
    assert (size.alphabet, size.units, size.segments) == (alphabet, units, segments)


@pytest.mark.parametrize(
    ("field", "most"), [("body", 4_000), ("provider_template_id", 64), ("sign_name", 20)]
)
def test_words_that_could_not_be_read_again_are_refused(field: str, most: int) -> None:
    text = msgspec.structs.replace(result_sms("{number} {result}"), **{field: "{number}" + "长" * most})
    assert (field, "too_long", None) in problems(text)
