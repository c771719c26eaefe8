"""Why a message did not get through, in words: for the outbox, the fire log and the log of webhooks.

The outbox keeps what the last try ended with as a short code: our own (`bad_address`), a status (`http 422`,
`smtp 550 5.1.1`, `smtp from 550` where our sender was refused), the name of a broken connection, or whatever
the provider answered. The meaning of a provider's codes is what its public documentation says, named beside
them. Pure.
"""

import re
from collections.abc import Mapping
from typing import Final

from shared.web.labels import label
from shared.web.locale import Translator, msgid

_REFUSED: Final = msgid("The other side refused the message.")
_CREDENTIALS: Final = msgid("The other side does not accept our sign-in. Its settings need correcting.")
_PACE: Final = msgid("The other side asks for fewer messages at a time.")
_TROUBLE: Final = msgid("The other side has trouble of its own.")
_NO_ANSWER: Final = msgid("The other side did not answer in time.")
_UNREACHED: Final = msgid("The other side could not be reached.")
_BROKEN: Final = msgid("The connection broke before the other side had answered.")
_NUMBER: Final = msgid("The phone number does not exist or cannot receive SMS.")
_MAILBOX: Final = msgid("The mailbox does not exist or takes no mail.")
_FULL: Final = msgid("The mailbox is full, or the message too large.")
_NO_SERVER: Final = msgid("The address has no mail server.")
_OUR_ADDRESS: Final = msgid("The mail server does not take mail from our address.")
_UNBELIEVED: Final = msgid("The mail server does not believe our address (SPF, DKIM, DMARC).")
_BALANCE: Final = msgid("The account with the provider is empty or suspended.")
_UNAPPROVED: Final = msgid("The other side has not approved the template or the signature.")
_WORDING: Final = msgid("The other side does not allow these words.")
_NUMBER_PACE: Final = msgid("This number has received too many messages for now.")
_BLOCKED: Final = msgid("The recipient has opted out of SMS, or the network blocks them.")
_BLOCKLIST: Final = msgid("The number or the words are on the provider's blocklist.")
_PHONE_AWAY: Final = msgid("The phone is switched off, out of reach or no longer in service.")
_ACCOUNT_LIMIT: Final = msgid("The account with the provider has reached its limit for the day or the month.")
_TOO_LONG: Final = msgid("The message, or a value of its template, is too long.")
_LINK: Final = msgid("A link may not stand in a value of the provider's template.")
_VALUES: Final = msgid("The values do not fit the provider's template.")
_REGION: Final = msgid("The provider does not send to this country or region.")
_SENDER: Final = msgid("The sender has not been set up for this with the provider.")
_OWN_FAULT: Final = msgid("An error of our own stopped it. Please tell the operator.")
_ENDED: Final = msgid("The other system is told nothing any more.")
_ANSWERED: Final = msgid("The other side did not take it.")

_KNOWN: Final[Mapping[str, str]] = {
    "answer_unreadable": msgid("The answer could not be understood: it may have been sent."),
    "bad_address": msgid("The e-mail address is not complete."),
    "channel_not_configured": msgid("This way of sending has not been set up."),
    "connect_timeout": _UNREACHED,
    "endpoint_disabled": _ENDED,
    "host_not_allowed": msgid("Nothing may be sent to this host."),
    "not_released": msgid("It could not be made ready to be sent, and will be tried again."),
    "not_wanted": msgid("The customer does without such messages."),
    "no_approved_template": msgid("There is no approved SMS template for it."),
    "overtaken": msgid("It was not needed any more."),
    "robot_revoked": msgid("The group's robot has been removed."),
    "timeout": _NO_ANSWER,
    "too_late_to_start": msgid("There was no time left to send it."),
    "worker_lost": msgid("Sending was interrupted: it may have been sent."),
    # Aliyun, answers: help.aliyun.com/document_detail/101346.html ("API 错误码")
    "InvalidAccessKeyId.NotFound": _CREDENTIALS,
    "SignatureDoesNotMatch": _CREDENTIALS,
    "isp.RAM_PERMISSION_DENY": _CREDENTIALS,
    "isv.ACCOUNT_ABNORMAL": _CREDENTIALS,
    "isv.ACCOUNT_NOT_EXISTS": _CREDENTIALS,
    "isv.AMOUNT_NOT_ENOUGH": _BALANCE,
    # Of the words in the older editions of that page, of the number in newer ones.
    "isv.BLACK_KEY_CONTROL_LIMIT": _BLOCKLIST,
    "isv.BUSINESS_LIMIT_CONTROL": _NUMBER_PACE,
    "isv.CUSTOMER_REFUSED": _BLOCKED,
    "isv.DAY_LIMIT_CONTROL": _ACCOUNT_LIMIT,
    "isv.DENY_IP_RANGE": _CREDENTIALS,
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": _REGION,
    "isv.INVALID_JSON_PARAM": _VALUES,
    "isv.MOBILE_NUMBER_ILLEGAL": _NUMBER,
    "isv.MONTH_LIMIT_CONTROL": _ACCOUNT_LIMIT,
    "isv.OUT_OF_SERVICE": _BALANCE,
    "isv.PARAM_LENGTH_LIMIT": _TOO_LONG,
    "isv.PARAM_NOT_SUPPORT_URL": _LINK,
    "isv.PRODUCT_UNSUBSCRIBE": _CREDENTIALS,
    "isv.PRODUCT_UN_SUBSCRIPT": _CREDENTIALS,
    "isv.SIGN_STATE_ILLEGAL": _UNAPPROVED,
    "isv.SMS_CONTENT_ILLEGAL": _WORDING,
    "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE": _UNAPPROVED,
    "isv.SMS_SIGNATURE_ILLEGAL": _UNAPPROVED,
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": _UNAPPROVED,
    "isv.SMS_SIGN_ILLEGAL": _UNAPPROVED,
    "isv.SMS_TEMPLATE_ILLEGAL": _UNAPPROVED,
    "isv.TEMPLATE_MISSING_PARAMETERS": _VALUES,
    "isv.TEMPLATE_PARAMS_ILLEGAL": _VALUES,
    "isv.UNSUPPORTED_CONTENT": _WORDING,
    # Aliyun, receipts: help.aliyun.com/document_detail/101347.html ("回执错误码")
    "CONTENT_KEYWORD": _WORDING,
    "INVALID_NUMBER": _NUMBER,
    "MOBILE_IN_BLACK": _BLOCKED,
    "MOBILE_NOT_ON_SERVICE": _PHONE_AWAY,
    "MOBILE_SEND_LIMIT": _NUMBER_PACE,
    "PORT_NOT_REGISTERED": _UNAPPROVED,
    # Tencent Cloud: cloud.tencent.com/document/api/382/59177 ("短信 API 3.0 发送错误码"), and
    # tencentcloud/sms/v20210111/errorcodes.py of its SDK, which spells "Serivce" so
    "FailedOperation.ContainSensitiveWord": _WORDING,
    "FailedOperation.InsufficientBalanceInSmsPackage": _BALANCE,
    "FailedOperation.PhoneNumberInBlacklist": _BLOCKED,
    "FailedOperation.PhoneNumberOnBlacklist": _BLOCKED,
    "FailedOperation.PhoneNumberParseFail": _NUMBER,
    "FailedOperation.SignatureIncorrectOrUnapproved": _UNAPPROVED,
    "FailedOperation.TemplateIncorrectOrUnapproved": _UNAPPROVED,
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": _VALUES,
    "InvalidParameterValue.ContentLengthLimit": _TOO_LONG,
    "InvalidParameterValue.IncorrectPhoneNumber": _NUMBER,
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": _LINK,
    "InvalidParameterValue.SdkAppIdNotExist": _CREDENTIALS,
    "InvalidParameterValue.TemplateParameterFormatError": _VALUES,
    "InvalidParameterValue.TemplateParameterLengthLimit": _TOO_LONG,
    "LimitExceeded.DeliveryFrequencyLimit": _NUMBER_PACE,
    "UnauthorizedOperation.SerivceSuspendDueToArrears": _BALANCE,
    "UnauthorizedOperation.ServiceSuspendDueToArrears": _BALANCE,
    # Twilio: www.twilio.com/docs/api/errors, a page for each
    "twilio 20003": _CREDENTIALS,
    "twilio 20429": _PACE,
    "twilio 21211": _NUMBER,
    "twilio 21212": _SENDER,
    "twilio 21408": _REGION,
    "twilio 21606": _SENDER,
    "twilio 21608": _SENDER,
    "twilio 21610": msgid("The recipient has opted out of SMS from this number."),
    "twilio 21614": _NUMBER,
    "twilio 21635": _NUMBER,
    "twilio 21659": _SENDER,
    "twilio 21660": _SENDER,
    "twilio 30001": _PACE,
    "twilio 30002": _BALANCE,
    "twilio 30003": _PHONE_AWAY,
    "twilio 30004": _BLOCKED,
    "twilio 30005": _NUMBER,
    "twilio 30006": _NUMBER,
    "twilio 30007": _WORDING,
}
_PREFIXES: Final[Mapping[str, str]] = {
    "channel_failed:": _OWN_FAULT,
    "connect:": _UNREACHED,
    "AuthFailure": _CREDENTIALS,
    "LimitExceeded.PhoneNumber": _NUMBER_PACE,
    "LimitExceeded.": _ACCOUNT_LIMIT,
    "RequestLimitExceeded": _PACE,
    "Throttling": _PACE,
    "UnauthorizedOperation": _CREDENTIALS,
    "UnsupportedOperation.": _REGION,
}
_HTTP: Final[Mapping[int, str]] = {
    401: _CREDENTIALS,
    403: _CREDENTIALS,
    408: _NO_ANSWER,
    410: _ENDED,
    429: _PACE,
}
_SMTP: Final[Mapping[int, str]] = {
    550: _MAILBOX,
    551: _MAILBOX,
    552: _FULL,
    553: _MAILBOX,
}
# Subject and detail of an enhanced status: RFC 3463; of 1.10 and 7.27: RFC 7505; of 7.20 to 7.26: RFC 7372;
# of 7.8: RFC 4954.
_ENHANCED: Final[Mapping[str, str]] = {
    "1.1": _MAILBOX,
    "1.2": _NO_SERVER,
    "1.3": msgid("The e-mail address is not complete."),
    "1.6": _MAILBOX,
    "1.7": _OUR_ADDRESS,
    "1.8": _OUR_ADDRESS,
    "1.10": _NO_SERVER,
    "2.1": _MAILBOX,
    "2.2": _FULL,
    "2.3": _FULL,
    "3.4": _FULL,
    "4.4": _NO_SERVER,
    "7.1": msgid("The other side's rules do not let this mail in."),
    "7.8": _CREDENTIALS,
    **dict.fromkeys(("7.20", "7.21", "7.22", "7.23", "7.24", "7.25", "7.26"), _UNBELIEVED),
    "7.27": _OUR_ADDRESS,
}
_MAIL_SIGN_IN: Final = frozenset({530, 535, 538})
_STATUS: Final = re.compile(r"http (\d{3})")
_MAIL_STATUS: Final = re.compile(r"smtp (from )?(\d{3})(?: \d\.(\d{1,3}\.\d{1,3}))?")
_EXCEPTION: Final = re.compile(r"[A-Za-z]*(Error|Timeout|Disconnected|gaierror)")
_NOT_MADE: Final = ("Connect", "Refused", "gaierror", "ConnectionError")


def why_undelivered(translator: Translator, reason: str) -> str:
    """What the code `reason` means to the people who sent the message; empty for no reason."""
    return translator.gettext(_sentence(reason)) if reason else ""


def why_unreached(translator: Translator, channel: str, state: str, reason: str) -> str:
    """A line of the channel and why a message that ended in `state` has not reached its recipient by it."""
    why = why_undelivered(translator, reason)
    if state == "unknown":
        why = translator.gettext("Whether it arrived is not known.")
    elif state == "expired":
        late = translator.gettext("It could not leave in time.")
        why = translator.gettext("%(first)s %(second)s", first=late, second=why) if why else late
    way = label(translator, "message_channel", channel)
    return translator.gettext("%(way)s: %(why)s", way=way, why=why or translator.gettext(_ANSWERED))


def _sentence(reason: str) -> str:
    if reason in _KNOWN:
        return _KNOWN[reason]
    for prefix, meaning in _PREFIXES.items():
        if reason.startswith(prefix):
            return meaning
    if status := _STATUS.fullmatch(reason):
        return _of_status(int(status[1]))
    if status := _MAIL_STATUS.fullmatch(reason):
        return _of_mail_status(int(status[2]), status[3] or "", of_sender=status[1] is not None)
    if _EXCEPTION.fullmatch(reason):
        return _UNREACHED if any(each in reason for each in _NOT_MADE) else _BROKEN
    return _ANSWERED


def _of_status(status: int) -> str:
    if status < 400:
        return msgid("The address leads elsewhere and needs correcting.")
    return _HTTP.get(status, _TROUBLE if status >= 500 else _REFUSED)


def _of_mail_status(status: int, enhanced: str, *, of_sender: bool) -> str:
    if status in _MAIL_SIGN_IN:
        return _CREDENTIALS
    if of_sender:
        return _OUR_ADDRESS if status >= 500 else _TROUBLE
    return _ENHANCED.get(enhanced) or _SMTP.get(status, _REFUSED if status >= 500 else _TROUBLE)
