"""An OEM's own wording, published, sent and taken back (R3.8, issue 4)."""

import json
from uuid import uuid4

import pytest

from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.notifications import text_editing
from shared.notifications.facts import case_facts
from shared.notifications.recipients import Recipient
from shared.notifications.render import starting_text
from shared.notifications.rules import RULES, Template
from shared.notifications.texts import Approval, Text
from shared.notifications.writing import case_notice, tell
from shared.outbox.events import EventKind, NewEvent, emit
from shared.outbox.vocabulary import MessageChannel, RecipientKind
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope
from shared.web.locale import Locale
from tests.support.background import Company

OWN = Text(
    template=Template.RESULT,
    channel=MessageChannel.SMS,
    locale=Locale.ZH_CN,
    body="尊敬的{customer_name}，投诉{number}已办结。",
    provider_template_id="SMS_154950909",
    sign_name="测试车厂",
    approval=Approval.APPROVED,
)
PLACE = (Template.RESULT, MessageChannel.SMS, Locale.ZH_CN)


def administrator(company: Company, role: Role = Role.ADMINISTRATOR) -> Actor:
    return Actor(ActorKind.PERSON, role, Scope.oem(company.oem_id), "管理员", company.administrator)


async def tell_result(company: Company) -> str:
    """The number of a case whose customer has just been told the result."""
    case_id = await company.case(number=f"AF{uuid4().int % 10**12}")
    async with transaction(Scope.oem(company.oem_id)) as tx:
        event = NewEvent(kind=EventKind.CASE_RESULT_TOLD, dealer_id=company.dealers[0].id, case_id=case_id)
        await emit(tx, company.oem_id, await tx.now(), event)
    await company.handle_events()
    number: str = await company.connection.fetchval("SELECT number FROM app.cases WHERE id = $1", case_id)
    return number


async def test_a_published_text_replaces_ours_and_is_taken_back(company: Company) -> None:
    """R3.8: versions; ours remain the default."""
    admin = administrator(company)
    first = await text_editing.texts(admin)
    assert first.version == 0
    assert not any(each.is_own for each in first.items)
    published = await text_editing.publish(admin, OWN, version=first.version)
    assert [each.text for each in published.items if each.is_own] == [OWN]
    number = await tell_result(company)
    (sms,) = await company.messages(template="result", channel="sms")
    assert sms["body"] == f"【测试车厂】尊敬的张测试，投诉{number}已办结。"
    assert '"code": "SMS_154950909"' in sms["provider_template"]
    (mail,) = await company.messages(template="result", channel="email")
    assert (mail["provider_template"], "办结" in mail["body"]) == (None, False)
    restored = await text_editing.restore(admin, *PLACE, version=published.version)
    assert not any(each.is_own for each in restored.items)
    history = await text_editing.earlier(admin, *PLACE)
    assert [(each.version, each.text) for each in history] == [(2, None), (1, OWN)]


async def test_two_who_edit_at_once_do_not_overwrite_each_other(company: Company) -> None:
    admin = administrator(company)
    await text_editing.publish(admin, OWN, version=0)
    with pytest.raises(Conflict, match="stale_version"):
        await text_editing.publish(admin, OWN, version=0)


async def test_only_an_administrator_words_messages(company: Company) -> None:
    manager = administrator(company, Role.HEAD_OFFICE)
    with pytest.raises(Forbidden):
        await text_editing.publish(manager, OWN, version=0)


async def test_a_text_is_looked_at_with_a_real_case_whose_customer_stays_masked(company: Company) -> None:
    """Issue 4: preview with a real case; R9.2."""
    admin = administrator(company)
    case_id = await company.case(customer_name="张测试")
    number = await company.connection.fetchval("SELECT number FROM app.cases WHERE id = $1", case_id)
    shown = await text_editing.preview(admin, OWN, number.lower())
    assert shown.sms is not None
    assert shown.sms.text.startswith(f"【测试车厂】尊敬的张*，投诉{number}已办结。 https://")
    assert (shown.sms.size.alphabet, shown.sms.size.segments) == ("UCS-2", 2)
    assert not shown.sms.is_without_link
    assert shown.sms_abroad is None, "it reads the same everywhere"
    assert [(each.name, each.value) for each in shown.parameters] == [
        ("customer_name", "张*"),
        ("number", number),
    ]
    with pytest.raises(NotFound, match="case_not_found"):
        await text_editing.preview(admin, OWN, "AF0")


async def test_the_parts_of_a_result_are_previewed_as_the_case_has_them(company: Company) -> None:
    """R3.7: nothing invented stands in a preview with a real case."""
    words = "投诉{number}：{result}[[，检查：{found}]][[，建议：{advice}]]"
    text = Text(
        template=Template.RESULT,
        channel=MessageChannel.EMAIL,
        locale=Locale.ZH_CN,
        subject="{number}",
        body=words,
    )
    case_id = await company.case(result="已更换", advice="勿急刹车")
    number = await company.connection.fetchval("SELECT number FROM app.cases WHERE id = $1", case_id)
    shown = await text_editing.preview(administrator(company), text, number)
    assert f"投诉{number}：已更换，建议：勿急刹车" in shown.text


async def test_a_link_that_a_text_names_goes_out_as_a_variable_of_its_template(company: Company) -> None:
    """Issue 4: provider template id, variables listed; the link is told once."""
    body = "投诉{number}已办结，详情 https://care.example.com/{link_path} 。"
    named = Text(**{**_fields(OWN), "body": body})
    admin = administrator(company)
    version = (await text_editing.texts(admin)).version
    await text_editing.publish(admin, named, version=version)
    number = await tell_result(company)
    rows = await company.messages(template="result", channel="sms")
    (sms,) = [row for row in rows if number in row["body"]]
    path = sms["link"].split("/", 3)[3]
    assert sms["body"].endswith(f"详情 https://care.example.com/{path} 。")
    assert json.loads(sms["provider_template"])["parameters"] == [["number", number], ["link_path", path]]
    view = next(each for each in (await text_editing.texts(admin)).items if each.text == named)
    assert {"link", "link_path"} <= set(view.variables)
    await text_editing.restore(admin, *PLACE, version=version + 1)


async def test_an_english_sms_has_the_room_of_its_own_alphabet_under_a_latin_name(company: Company) -> None:
    """Issue 4: SMS length and segment count shown."""
    english = _english("Your complaint {number} has been settled. We tested the car on the road.")
    admin = administrator(company)
    version = (await text_editing.texts(admin)).version
    await company.connection.execute(
        "UPDATE app.oems SET sms_signature = 'TestMotors' WHERE id = $1", company.oem_id
    )
    shown = await text_editing.preview(admin, english)
    assert shown.sms is not None
    assert shown.sms_abroad is not None
    assert shown.sms.text.startswith("【TestMotors】Your")
    assert (shown.sms.size.alphabet, shown.sms.is_cut, shown.sms.is_without_link) == ("UCS-2", False, True)
    assert shown.sms_abroad.text.startswith("[TestMotors] Your")
    assert shown.sms_abroad.text.endswith("00000")
    assert (shown.sms_abroad.size.alphabet, shown.sms_abroad.is_without_link) == ("GSM-7", False)
    assert shown.sms_abroad.size.segments <= 2
    await text_editing.publish(admin, english, version=version)
    await text_editing.restore(admin, Template.RESULT, MessageChannel.SMS, Locale.EN, version=version + 1)


@pytest.mark.parametrize(
    ("signature", "road", "code"),
    [
        ("TestMotors", 6, "text_too_long_in_china"),
        ("TestMotors", 10, "text_too_long"),
        ("测试车厂", 6, "text_too_long"),
    ],
)
async def test_an_english_sms_that_is_cut_under_one_kind_of_number_is_refused_and_says_which(
    company: Company, signature: str, road: int, code: str
) -> None:
    """Issue 4: what fits the networks' own alphabet abroad is cut where 【】 makes it UCS-2."""
    english = _english(
        "Your complaint {number} has been settled. " + "We tested the car on the road. " * road
    )
    admin = administrator(company)
    await company.connection.execute(
        "UPDATE app.oems SET sms_signature = $2 WHERE id = $1", company.oem_id, signature
    )
    with pytest.raises(Invalid) as refused:
        await text_editing.publish(admin, english, version=0)
    assert [(each.field, each.code) for each in refused.value.fields] == [("body", code)]
    shown = await text_editing.preview(admin, english)
    assert shown.sms is not None
    assert shown.sms.is_cut
    assert (shown.sms_abroad or shown.sms).is_cut is (code == "text_too_long")


async def test_a_chinese_sms_that_has_no_room_for_its_link_says_so(company: Company) -> None:
    text = Text(**{**_fields(OWN), "body": "投诉{number}已办结。" + "感谢您的耐心等待。" * 6})
    shown = await text_editing.preview(administrator(company), text)
    assert shown.sms is not None
    assert (shown.sms.size.alphabet, shown.sms.is_cut, shown.sms.is_without_link) == ("UCS-2", False, True)
    assert "https" not in shown.sms.text


async def test_an_english_sms_is_signed_as_the_network_of_its_number_wants_it(company: Company) -> None:
    """Issue 4: in China 【】, whatever language the reader has chosen; side by side in one telling."""
    await company.connection.execute(
        "UPDATE app.oems SET sms_signature = 'TestMotors' WHERE id = $1", company.oem_id
    )
    numbers = {"+8613800001234": "【TestMotors】", "+15550100": "[TestMotors] "}
    readers = [
        Recipient(
            kind=RecipientKind.CUSTOMER,
            id=uuid4(),
            name="Test",
            locale=Locale.EN,
            addresses={MessageChannel.SMS: phone},
        )
        for phone in numbers
    ]
    case_id = await company.case(locale="en")
    async with transaction(Scope.oem(company.oem_id)) as tx:
        facts = await case_facts(tx, company.oem_id, case_id)
        values = facts.for_customer() | {"questions": 6}
        notice = case_notice(Template.SURVEY, facts, values, link="https://care.test/s/x", cause=uuid4())
        await tell(tx, company.oem_id, notice, readers)
    sent = {row["address"]: row["body"] for row in await company.messages(template="survey", channel="sms")}
    for phone, signature in numbers.items():
        assert sent[phone].startswith(signature)


async def test_mail_is_looked_at_as_text_and_html(company: Company) -> None:
    text = Text(
        template=Template.RESULT,
        channel=MessageChannel.EMAIL,
        locale=Locale.EN,
        subject="{number} is done",
        body="Dear {customer_name},\n\n{result} <b>",
    )
    with pytest.raises(Invalid) as refused:
        await text_editing.preview(administrator(company), text)
    assert [(each.field, each.code) for each in refused.value.fields] == [("body", "text_variable_missing")]
    shown = await text_editing.preview(
        administrator(company), Text(**{**_fields(text), "body": text.body + " {number}"})
    )
    assert shown.subject == "AF20260302001 is done"
    assert "<b>" in shown.text
    assert "&lt;b&gt;" in shown.html


@pytest.mark.parametrize(
    ("locale", "words"),
    [(Locale.ZH_CN, "点此选择"), (Locale.EN, "Choose here")],
)
async def test_mail_that_customers_may_do_without_is_looked_at_with_the_line_that_says_so(
    company: Company, locale: Locale, words: str
) -> None:
    """R3.7, R5.1: as it is sent."""
    for template in Template:
        if MessageChannel.EMAIL not in RULES[template].channels:
            continue
        text = starting_text(template, MessageChannel.EMAIL, locale)
        shown = await text_editing.preview(administrator(company), text)
        expected = template in {Template.SURVEY, Template.PROGRESS}
        assert [words in shown.text, words in shown.html] == [expected, expected], template


async def test_an_sms_that_is_too_long_already_is_refused(company: Company) -> None:
    long = Text(**{**_fields(OWN), "body": "{number}" + "很" * 140})
    with pytest.raises(Invalid) as refused:
        await text_editing.publish(administrator(company), long, version=0)
    assert [each.code for each in refused.value.fields] == ["text_too_long"]


def _english(body: str) -> Text:
    return Text(template=Template.RESULT, channel=MessageChannel.SMS, locale=Locale.EN, body=body)


def _fields(text: Text) -> dict[str, object]:
    return {name: getattr(text, name) for name in Text.__struct_fields__}
