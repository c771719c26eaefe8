"""Why a message did not get through, as people read it (issue 4: a message that failed is understood)."""

import pytest

from shared.web.delivery_words import why_undelivered, why_unreached
from shared.web.locale import Locale, translator

ENGLISH = translator(Locale.EN)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", ""),
        ("http 422", "The other side refused the message."),
        ("http 401", "The other side does not accept our sign-in. Its settings need correcting."),
        ("http 429", "The other side asks for fewer messages at a time."),
        ("http 410", "The other system is told nothing any more."),
        ("http 503", "The other side has trouble of its own."),
        ("http 302", "The address leads elsewhere and needs correcting."),
        ("smtp 550", "The mailbox does not exist or takes no mail."),
        ("smtp 550 5.1.1", "The mailbox does not exist or takes no mail."),
        ("smtp 550 5.1.2", "The address has no mail server."),
        ("smtp 452 4.2.2", "The mailbox is full, or the message too large."),
        ("smtp 550 5.7.1", "The other side's rules do not let this mail in."),
        ("smtp 554 5.7.1", "The other side's rules do not let this mail in."),
        ("smtp 550 5.7.26", "The mail server does not believe our address (SPF, DKIM, DMARC)."),
        ("smtp 535 5.7.8", "The other side does not accept our sign-in. Its settings need correcting."),
        ("smtp 530 5.7.0", "The other side does not accept our sign-in. Its settings need correcting."),
        ("smtp from 550 5.7.1", "The mail server does not take mail from our address."),
        ("smtp from 501", "The mail server does not take mail from our address."),
        ("smtp from 451 4.3.0", "The other side has trouble of its own."),
        ("smtp from 530 5.7.0", "The other side does not accept our sign-in. Its settings need correcting."),
        ("smtp 553 5.1.8", "The mail server does not take mail from our address."),
        ("smtp 550 5.9.9", "The mailbox does not exist or takes no mail."),
        ("smtp 554", "The other side refused the message."),
        ("smtp 451", "The other side has trouble of its own."),
        ("connect: ConnectionRefusedError", "The other side could not be reached."),
        ("connect_timeout", "The other side could not be reached."),
        ("SMTPConnectError", "The other side could not be reached."),
        ("gaierror", "The other side could not be reached."),
        ("ServerDisconnectedError", "The connection broke before the other side had answered."),
        ("SMTPServerDisconnected", "The connection broke before the other side had answered."),
        ("channel_failed: KeyError", "An error of our own stopped it. Please tell the operator."),
        ("LimitExceeded.PhoneNumberDailyLimit", "This number has received too many messages for now."),
        ("isv.AMOUNT_NOT_ENOUGH", "The account with the provider is empty or suspended."),
        (
            "FailedOperation.PhoneNumberInBlacklist",
            "The recipient has opted out of SMS, or the network blocks them.",
        ),
        (
            "UnauthorizedOperation.SerivceSuspendDueToArrears",
            "The account with the provider is empty or suspended.",
        ),
        (
            "LimitExceeded.AppDailyLimit",
            "The account with the provider has reached its limit for the day or the month.",
        ),
        ("LimitExceeded.DeliveryFrequencyLimit", "This number has received too many messages for now."),
        (
            "isv.DAY_LIMIT_CONTROL",
            "The account with the provider has reached its limit for the day or the month.",
        ),
        (
            "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
            "The other side has not approved the template or the signature.",
        ),
        ("isv.BLACK_KEY_CONTROL_LIMIT", "The number or the words are on the provider's blocklist."),
        ("MOBILE_IN_BLACK", "The recipient has opted out of SMS, or the network blocks them."),
        ("twilio 30003", "The phone is switched off, out of reach or no longer in service."),
        ("twilio 30007", "The other side does not allow these words."),
        ("twilio 21635", "The phone number does not exist or cannot receive SMS."),
        ("twilio 21408", "The provider does not send to this country or region."),
        ("twilio 21211", "The phone number does not exist or cannot receive SMS."),
        ("not_wanted", "The customer does without such messages."),
        ("wecom 40058", "The other side did not take it."),
    ],
)
def test_a_reason_is_told_in_words(reason: str, words: str) -> None:
    """Issue 4: a message that failed is found and understood."""
    assert why_undelivered(ENGLISH, reason) == words


@pytest.mark.parametrize(
    "reason", ["overtaken", "not_wanted", "http 422", "smtp 550", "isv.OUT_OF_SERVICE", "anything"]
)
def test_a_reason_is_told_in_chinese(reason: str) -> None:
    said = why_undelivered(translator(Locale.ZH_CN), reason)
    assert said != why_undelivered(ENGLISH, reason)
    assert said.endswith("。")


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("dead", "smtp 550", "E-mail: The mailbox does not exist or takes no mail."),
        ("dead", "", "E-mail: The other side did not take it."),
        ("unknown", "timeout", "E-mail: Whether it arrived is not known."),
        ("expired", "", "E-mail: It could not leave in time."),
        ("expired", "smtp 451", "E-mail: It could not leave in time. The other side has trouble of its own."),
    ],
)
def test_each_way_that_did_not_reach_somebody_is_a_line(state: str, reason: str, words: str) -> None:
    """R4.4: the owner who is to call reads why."""
    assert why_unreached(ENGLISH, "email", state, reason) == words


def test_a_line_is_in_the_readers_language() -> None:
    chinese = translator(Locale.ZH_CN)
    assert why_unreached(chinese, "sms", "expired", "http 503") == (
        "短信：未能在有效时间内发出。对方系统故障。"
    )
