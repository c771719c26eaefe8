"""What each SMS provider wants and says, beyond the contract of all channels."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from shared.notifications.channels.protocol import ProviderTemplate
from shared.notifications.channels.sms import sms_channel
from shared.notifications.examples import example_values
from shared.notifications.render import Reader, render, sms_text
from shared.notifications.rules import Template
from shared.notifications.texts import Approval, MessageTexts, Text
from shared.outbox.outcomes import Outcome, Reject, Retry, Sent, Unknown
from shared.outbox.vocabulary import MessageChannel
from shared.web.locale import Locale
from tests.support.channels import RECEIPTS, SMS, TIMEOUT_S, Pair, connected, sms_settings
from tests.support.providers import Behaviour

OWN = ProviderTemplate(code="SMS_200", parameters=(("number", "C1"), ("content", "您好")), sign_name="某品牌")


@pytest.fixture
async def aliyun() -> AsyncIterator[Pair]:
    async with connected("aliyun") as pair:
        yield pair


@pytest.fixture
async def tencent() -> AsyncIterator[Pair]:
    async with connected("tencent") as pair:
        yield pair


@pytest.fixture
async def twilio() -> AsyncIterator[Pair]:
    async with connected("twilio") as pair:
        yield pair


class TestTemplates:
    @pytest.mark.parametrize("name", ["aliyun", "tencent"])
    async def test_the_installations_template_gets_the_text_without_its_signature(self, name: str) -> None:
        async with connected(name) as pair:
            assert isinstance(await pair.send(), Sent)
            assert pair.provider.taken[0][1] == "内容 a+b & c~d*"

    @pytest.mark.parametrize("name", ["aliyun", "tencent"])
    async def test_a_message_with_a_template_of_its_own_goes_by_that(self, name: str) -> None:
        async with connected(name) as pair:
            pair.message = msgspec.structs.replace(SMS, provider_template=OWN)
            assert isinstance(await pair.send(), Sent)
            assert pair.provider.taken[0][1] == "C1 您好"

    @pytest.mark.parametrize("name", ["aliyun", "tencent"])
    @pytest.mark.parametrize("named", ["{link}", "https://care.example.com/{link_path}"])
    async def test_a_text_that_names_its_link_has_it_as_a_variable_of_the_template(
        self, name: str, named: str
    ) -> None:
        """Issue 4: variables listed and checked; the template's words may hold the host."""
        link = "https://care.example.com/t/AAAAAQGeExampleOfALinkThatOpensNothing00000"
        text = Text(
            template=Template.RESULT,
            channel=MessageChannel.SMS,
            locale=Locale.ZH_CN,
            body=f"投诉{{number}}已有结果 {named} 请查看",
            provider_template_id="SMS_300",
            approval=Approval.APPROVED,
        )
        said = render(
            Template.RESULT,
            MessageChannel.SMS,
            Reader(Locale.ZH_CN, "Asia/Shanghai"),
            example_values(Template.RESULT),
            MessageTexts(texts=(text,)),
            link,
        )
        async with connected(name) as pair:
            outgoing = {"text": sms_text(said.body, link), "provider_template": said.provider_template}
            pair.message = msgspec.structs.replace(SMS, **outgoing)
            assert isinstance(await pair.send(), Sent)
            sent = link if named == "{link}" else "t/AAAAAQGeExampleOfALinkThatOpensNothing00000"
            assert pair.provider.taken[0][1] == f"AF20260302001 {sent}"

    @pytest.mark.parametrize("name", ["aliyun", "tencent"])
    async def test_without_any_approved_template_a_message_waits(self, name: str) -> None:
        async with connected(name) as pair:
            channel = sms_channel(sms_settings(name, pair.provider.port, template=""), TIMEOUT_S)
            assert channel is not None
            assert await Pair(channel, pair.provider, SMS).send() == Retry("no_approved_template")
            assert pair.provider.requests == []
            await channel.close()


class TestAliyun:
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("isv.MOBILE_NUMBER_ILLEGAL", Reject("isv.MOBILE_NUMBER_ILLEGAL")),
            ("isv.PARAM_LENGTH_LIMIT", Reject("isv.PARAM_LENGTH_LIMIT")),
            ("isv.AMOUNT_NOT_ENOUGH", Retry("isv.AMOUNT_NOT_ENOUGH")),
            ("isv.SMS_TEMPLATE_ILLEGAL", Retry("isv.SMS_TEMPLATE_ILLEGAL")),
            (
                "isv.BUSINESS_LIMIT_CONTROL",
                Retry("isv.BUSINESS_LIMIT_CONTROL", timedelta(minutes=5)),
            ),
            ("isv.DAY_LIMIT_CONTROL", Retry("isv.DAY_LIMIT_CONTROL", timedelta(minutes=30))),
            ("isv.CUSTOMER_REFUSED", Reject("isv.CUSTOMER_REFUSED")),
            ("isv.UNSUPPORTED_CONTENT", Reject("isv.UNSUPPORTED_CONTENT")),
            ("isv.SMS_SIGNATURE_SCENE_ILLEGAL", Retry("isv.SMS_SIGNATURE_SCENE_ILLEGAL")),
            ("isv.NEVER_HEARD_OF", Retry("isv.NEVER_HEARD_OF")),
        ],
    )
    async def test_what_may_be_mended_is_tried_again_and_a_faulty_message_is_not(
        self, aliyun: Pair, code: str, expected: Outcome
    ) -> None:
        aliyun.provider.behaviour, aliyun.provider.answer = Behaviour.REFUSE, {"Code": code}
        assert await aliyun.send() == expected

    async def test_a_wrong_secret_is_our_fault_not_the_messages(self, aliyun: Pair) -> None:
        channel = sms_channel(sms_settings("aliyun", aliyun.provider.port, secret="wrong"), TIMEOUT_S)
        assert channel is not None
        assert await Pair(channel, aliyun.provider, SMS).send() == Retry("SignatureDoesNotMatch")
        await channel.close()

    async def test_trouble_that_may_hide_a_taken_message_leaves_the_end_unknown(self, aliyun: Pair) -> None:
        aliyun.provider.behaviour, aliyun.provider.refusal = Behaviour.REFUSE, 502
        aliyun.provider.answer = {"oops": 1}
        assert await aliyun.send() == Unknown("http 502")

    async def test_it_can_be_asked_whether_it_has_taken_a_token(self, aliyun: Pair) -> None:
        taken, other = uuid4(), uuid4()
        aliyun.provider.behaviour = Behaviour.TAKE_AND_DROP
        assert isinstance(await aliyun.send(taken), Unknown)
        deadline = _deadline()
        assert await aliyun.channel.query(SMS, taken, deadline) == Sent()
        assert await aliyun.channel.query(SMS, other, deadline) is None

    async def test_a_foreign_number_keeps_its_country_code(self, aliyun: Pair) -> None:
        aliyun.message = msgspec.structs.replace(SMS, address="+85251234567")
        assert isinstance(await aliyun.send(), Sent)


class TestTencent:
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("LimitExceeded.PhoneNumberDailyLimit", Retry),
            ("FailedOperation.InsufficientBalanceInSmsPackage", Retry),
            ("FailedOperation.TemplateIncorrectOrUnapproved", Retry),
            ("FailedOperation.ContainSensitiveWord", Reject),
            ("UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber", Reject),
            ("FailedOperation.PhoneNumberInBlacklist", Reject),
            ("UnauthorizedOperation.SerivceSuspendDueToArrears", Retry),
            ("InternalError.Timeout", Unknown),
            ("InternalError.RequestTimeException", Retry),
        ],
    )
    async def test_what_may_be_mended_is_tried_again_and_a_faulty_message_is_not(
        self, tencent: Pair, code: str, expected: type[Outcome]
    ) -> None:
        for answer in (
            {"Response": {"Error": {"Code": code}}},
            {"Response": {"SendStatusSet": [{"Code": code}]}},
        ):
            tencent.provider.behaviour, tencent.provider.answer = Behaviour.REFUSE, answer
            outcome = await tencent.send()
            assert isinstance(outcome, expected)
            assert outcome.reason == code

    @pytest.mark.parametrize(
        ("code", "minutes"),
        [
            ("LimitExceeded.PhoneNumberThirtySecondLimit", 5),
            ("LimitExceeded.DeliveryFrequencyLimit", 5),
            ("LimitExceeded.AppDailyLimit", 30),
            ("FailedOperation.InsufficientBalanceInSmsPackage", 0),
        ],
    )
    async def test_a_limit_is_waited_for(self, tencent: Pair, code: str, minutes: int) -> None:
        tencent.provider.behaviour = Behaviour.REFUSE
        tencent.provider.answer = {"Response": {"SendStatusSet": [{"Code": code}]}}
        assert await tencent.send() == Retry(code, timedelta(minutes=minutes))

    async def test_a_success_that_says_nothing_is_not_taken_for_one(self, tencent: Pair) -> None:
        tencent.provider.behaviour, tencent.provider.answer = Behaviour.REFUSE, {"Response": {}}
        assert await tencent.send() == Unknown("answer_unreadable")


class TestTwilio:
    async def test_it_is_told_where_to_tell_of_the_delivery(self, twilio: Pair) -> None:
        token = uuid4()
        assert await twilio.send(token) == Sent("SM42")
        assert twilio.provider.form == {
            "To": SMS.address,
            "From": "+15550100",
            "Body": SMS.text,
            "StatusCallback": f"{RECEIPTS}/twilio/{token}",
        }

    async def test_a_messaging_service_sends_in_place_of_a_number(self, twilio: Pair) -> None:
        settings = sms_settings("twilio", twilio.provider.port, sender="MG0123")
        channel = sms_channel(settings, TIMEOUT_S, RECEIPTS)
        assert channel is not None
        assert isinstance(await Pair(channel, twilio.provider, SMS).send(), Sent)
        assert twilio.provider.form["MessagingServiceSid"] == "MG0123"
        await channel.close()

    @pytest.mark.parametrize(
        ("status", "code", "expected"),
        [
            (400, 21211, Reject("twilio 21211")),
            (400, 21610, Reject("twilio 21610")),
            (400, 21635, Reject("twilio 21635")),
            (400, 21408, Retry("twilio 21408")),
            (400, 21606, Retry("twilio 21606")),
            (400, 21608, Retry("twilio 21608")),
            (401, 20003, Retry("twilio 20003")),
            (404, 20404, Retry("twilio 20404")),
            (500, 20500, Unknown("twilio 20500")),
        ],
    )
    async def test_its_refusals(self, twilio: Pair, status: int, code: int, expected: Outcome) -> None:
        twilio.provider.behaviour, twilio.provider.refusal = Behaviour.REFUSE, status
        twilio.provider.answer = {"code": code}
        assert await twilio.send() == expected


def _deadline() -> float:
    return asyncio.get_running_loop().time() + TIMEOUT_S
