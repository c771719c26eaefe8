"""Messages in words."""

from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest
from jinja2 import Environment, meta

from shared.cases.customer_links import CustomerLinks
from shared.notifications.render import (
    SMS_SIGNATURE,
    TEMPLATES,
    Bilingual,
    Reader,
    Value,
    WrongVariables,
    email_html,
    email_text,
    render,
    signed,
    sms_text,
)
from shared.notifications.rules import RULES, Template
from shared.notifications.sms_size import sms_size
from shared.outbox.vocabulary import MessageChannel
from shared.web.labels import values_of
from shared.web.locale import Locale
from tests.unit.notifications.samples import EXTREME, LONG, MISSING, USUAL, values

SHANGHAI = {locale: Reader(locale, "Asia/Shanghai") for locale in Locale}
LINK = "https://console.huiyin.example.com/cases/01999999-9999-7999-8999-999999999999"
SMS, EMAIL = MessageChannel.SMS, MessageChannel.EMAIL

EVERYTHING = [
    pytest.param(template, channel, locale, source, id=f"{template}-{channel}-{locale}-{name}")
    for template in Template
    for channel in RULES[template].channels
    for locale in Locale
    for name, source in {"usual": USUAL, "missing": MISSING, "extreme": EXTREME}.items()
]


@pytest.mark.parametrize(("template", "channel", "locale", "source"), EVERYTHING)
def test_every_message_can_be_rendered_whatever_its_values(
    template: Template, channel: MessageChannel, locale: Locale, source: dict
) -> None:
    """Issue 2: templates in both languages."""
    words = render(template, channel, SHANGHAI[locale], values(template, source))
    assert "None" not in words.subject + words.body
    assert "{" not in words.subject + words.body
    assert words.body == words.body.strip()
    if channel is SMS:
        assert words.subject == ""
        assert words.body.startswith(SMS_SIGNATURE)
        assert "\n" not in words.body
        assert sms_size(words.body).segments <= 2
        assert sms_size(sms_text(words.body, LINK)).segments <= 2
    else:
        assert len(words.subject) > 0
        assert "\n" not in words.subject
        assert "\n\n\n" not in words.body


@pytest.mark.parametrize("template", list(Template))
def test_every_message_has_the_files_its_channels_need_and_no_others(template: Template) -> None:
    wanted = {"sms.txt"} if SMS in RULES[template].channels else set()
    if EMAIL in RULES[template].channels:
        wanted |= {"subject.txt", "email.txt"}
    for locale in Locale:
        assert {path.name for path in (TEMPLATES / template / locale).iterdir()} == wanted
    assert {path.name for path in (TEMPLATES / template).iterdir()} == set(Locale)


@pytest.mark.parametrize("template", list(Template))
def test_templates_use_the_listed_variables_and_every_one_is_used(template: Template) -> None:
    used = {name for path in (TEMPLATES / template).rglob("*.txt") for name in _names(path)}
    # Said by the renderer itself.
    used.discard("brief")
    assert used == RULES[template].variables


@pytest.mark.parametrize("template", [each for each in Template if EMAIL in RULES[each].channels])
@pytest.mark.parametrize("locale", list(Locale))
def test_a_subject_is_one_line(template: Template, locale: Locale) -> None:
    text = (TEMPLATES / template / locale / "subject.txt").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 1


def _names(path: Path) -> set[str]:
    environment = Environment(autoescape=True)
    environment.filters.update(dict.fromkeys(("label", "month", "short", "when"), str))
    return meta.find_undeclared_variables(environment.parse(path.read_text(encoding="utf-8")))


def test_a_value_too_many_or_too_few_is_an_error() -> None:
    given = values(Template.BREACH, USUAL)
    with pytest.raises(WrongVariables, match="breach: vin"):
        render(Template.BREACH, SMS, SHANGHAI[Locale.EN], given | {"vin": "LTEST0000000000001"})
    with pytest.raises(WrongVariables, match="breach: number"):
        render(Template.BREACH, SMS, SHANGHAI[Locale.EN], {k: v for k, v in given.items() if k != "number"})


def test_times_are_told_in_the_recipients_zone() -> None:
    given = values(Template.BREACH, USUAL)
    assert "3月2日17:30" in render(Template.BREACH, SMS, SHANGHAI[Locale.ZH_CN], given).body
    new_york = Reader(Locale.EN, "America/New_York")
    assert "2 Mar 04:30" in render(Template.BREACH, SMS, new_york, given).body


def test_names_and_closed_lists_are_told_in_the_recipients_language() -> None:
    given = values(Template.BREACH, USUAL)
    chinese = render(Template.BREACH, EMAIL, SHANGHAI[Locale.ZH_CN], given).body
    english = render(Template.BREACH, EMAIL, SHANGHAI[Locale.EN], given).body
    assert "测试市第一服务店" in chinese
    assert "首次联系" in chinese
    assert "First Test Dealer" in english
    assert "First contact" in english


@pytest.mark.parametrize("template", [each for each in Template if SMS in RULES[each].channels])
@pytest.mark.parametrize("locale", list(Locale))
def test_a_usual_sms_has_room_for_its_link(template: Template, locale: Locale) -> None:
    words = render(template, SMS, SHANGHAI[locale], values(template, USUAL))
    link = "http://127.0.0.1:8001/cases/01999999-9999-7999-8999-999999999999"
    if RULES[template].audience == "customer":
        link = CustomerLinks("https://care.example.com", "x" * 32).tracking(7, UUID(int=7), 1)
    assert sms_text(words.body, link).endswith(link)


def _with_long_values(template: Template) -> list[dict[str, Value]]:
    """The longest that can be expected of each value, and everything that closed lists say."""
    long: dict[str, Value] = USUAL | {
        "number": "TESTAF20261228001",
        "due_at": datetime(2026, 12, 28, 9, 30, tzinfo=UTC),
        "promised_at": datetime(2026, 12, 28, 9, 30, tzinfo=UTC),
        "dealer_name": Bilingual("测试省测试市第一汽车销售服务有限公司", "First Test City Sales and Service"),
        "owner_name": "测试者买买提阿不都热合曼",
        "customer_name": "测试者买买提阿不都热合曼",
        "signs": Bilingual("自燃、公众关注、消费者协会", "Fire, Public attention, Consumer association"),
        "count": 300,
        "late": 120,
        "warnings": 180,
    }
    lists = {name: values_of(name) for name in ("metric", "nature", "state")}
    known = {name: lists[name] for name in lists if name in RULES[template].variables}
    return [values(template, long | dict(zip(known, each, strict=True))) for each in product(*known.values())]


@pytest.mark.parametrize("template", [each for each in Template if SMS in RULES[each].channels])
@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("abroad", [False, True])
@pytest.mark.parametrize("name", ["GreatTestCar", "测试汽车销售公司客户中心", ""])
def test_an_sms_keeps_its_link_however_long_its_values_are(
    template: Template, locale: Locale, name: str, *, abroad: bool
) -> None:
    """R3.7, R4.2, R5.1: without it nobody can answer, and few would look."""
    reader = Reader(locale, "Asia/Shanghai", signed(name, locale, abroad=abroad), abroad)
    link = "https://console.huiyin.example.com/cases/01999999-9999-7999-8999-999999999999"
    if RULES[template].audience == "customer":
        link = CustomerLinks("https://care.example.com", "x" * 32).tracking(7, UUID(int=7), 1)
    for given in _with_long_values(template):
        words = render(template, SMS, reader, given, link=link)
        assert sms_text(words.body, link) == f"{words.body} {link}", words.body
        assert not words.is_cut


def test_an_sms_says_all_where_there_is_room() -> None:
    given = values(Template.BREACH, USUAL)
    said = {
        abroad: render(
            Template.BREACH,
            SMS,
            Reader(Locale.EN, "Asia/Shanghai", signed("TestMotors", Locale.EN, abroad=abroad), abroad),
            given,
            link=LINK,
        ).body
        for abroad in (False, True)
    }
    assert said[True] == "[TestMotors] AF20260302001: First contact overdue since 2 Mar 17:30."
    assert said[False] == "【TestMotors】AF20260302001: First contact late."


def test_a_link_that_would_need_a_third_segment_is_left_out() -> None:
    body = SMS_SIGNATURE + "长" * 120
    assert sms_text(body, LINK) == body
    assert sms_text(SMS_SIGNATURE + "短", LINK).endswith(f"短 {LINK}")


ENGLISH_SMS = [
    pytest.param(template, source, id=f"{template}-{name}")
    for template in Template
    if SMS in RULES[template].channels
    for name, source in {"usual": USUAL, "missing": MISSING, "extreme": EXTREME}.items()
]


@pytest.mark.parametrize(("template", "source"), ENGLISH_SMS)
def test_an_english_sms_under_a_latin_name_is_charged_by_the_networks_own_alphabet(
    template: Template, source: dict
) -> None:
    """Issue 4: SMS length and segments; one Chinese character, as in a name, and 70 count in place of 160."""
    reader = Reader(Locale.EN, "Asia/Shanghai", signed("TestMotors", Locale.EN, abroad=True))
    words = render(template, SMS, reader, values(template, source))
    assert words.body.startswith("[TestMotors] ")
    assert sms_size(sms_text(words.body, LINK)).segments <= 2
    if source is MISSING:
        assert sms_size(words.body).alphabet == "GSM-7", words.body


def test_a_signature_is_written_as_its_readers_networks_want_it() -> None:
    """Issue 4: in China 【】, whatever language the reader has chosen."""
    for abroad in (False, True):
        assert (
            signed("", Locale.EN, abroad=abroad) == signed("", Locale.ZH_CN, abroad=abroad) == SMS_SIGNATURE
        )
        assert signed("TestMotors", Locale.ZH_CN, abroad=abroad) == "【TestMotors】"
        assert signed("测试汽车", Locale.EN, abroad=abroad) == "【测试汽车】"
    assert signed("TestMotors", Locale.EN, abroad=True) == "[TestMotors] "
    assert signed("TestMotors", Locale.EN, abroad=False) == "【TestMotors】"


def test_html_escapes_whatever_a_person_wrote() -> None:
    words = render(Template.BREACH, EMAIL, SHANGHAI[Locale.EN], values(Template.BREACH, EXTREME))
    html = email_html(words.subject, words.body, LINK, Locale.EN)
    assert "<script>" in words.body
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert f'href="{LINK}"' in html
    assert "Open in Huiyin" in html


def test_a_mail_without_a_link_shows_none() -> None:
    assert "href" not in email_html("s", "a\nb\n\nc", "", Locale.ZH_CN)
    assert "a<br>b" in email_html("s", "a\nb\n\nc", "", Locale.ZH_CN)
    assert email_text("a", "") == "a\n"
    assert email_text("a", LINK) == f"a\n\n{LINK}\n"


def test_an_emoji_is_never_cut_in_half() -> None:
    words = render(
        Template.ACKNOWLEDGEMENT, SMS, SHANGHAI[Locale.ZH_CN], values(Template.ACKNOWLEDGEMENT, EXTREME)
    )
    assert words.body.encode("utf-8")
    assert LONG not in words.body
