"""SMS by Tencent Cloud (腾讯云短信): API 2021-01-11, SendSms.

The token goes as `SessionContext`, which nobody else sees. Receipts name the service's own number of the
message (`SerialNo`); it cannot be asked by our token, and sends again what it is asked again.
"""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from shared.clock import utc_now
from shared.notifications.channels.http import Answer, Call, HttpClient, failure
from shared.notifications.channels.protocol import Outgoing
from shared.notifications.channels.sms_texts import is_chinese, provider_template
from shared.notifications.signing import CloudAction, Credentials, tc3_headers
from shared.outbox.outcomes import Outcome, Reject, Retry, Sent, Unknown
from shared.settings import SmsSettings

ENDPOINT: Final = "https://sms.tencentcloudapi.com"

# The number or the words are at fault (cloud.tencent.com/document/api/382/59177, "短信 API 3.0 发送错误码").
_FAULTS: Final = (
    "FailedOperation.ContainSensitiveWord",
    "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.PhoneNumberOnBlacklist",
    "FailedOperation.PhoneNumberParseFail",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    "InvalidParameterValue.ContentLengthLimit",
    "InvalidParameterValue.IncorrectPhoneNumber",
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
    "InvalidParameterValue.TemplateParameterFormatError",
    "InvalidParameterValue.TemplateParameterLengthLimit",
    "UnsupportedOperation.",
)
_PER_NUMBER: Final = ("LimitExceeded.PhoneNumber", "LimitExceeded.DeliveryFrequencyLimit")
_NUMBER_WAIT: Final = timedelta(minutes=5)
_OF_ACCOUNT: Final = "LimitExceeded."
_ACCOUNT_WAIT: Final = timedelta(minutes=30)
# Errors of its own after which it may have sent all the same; before these it has not looked at the message.
_LOST: Final = "InternalError"
_NOT_LOOKED_AT: Final = (
    "InternalError.JsonParseFail",
    "InternalError.RequestTimeException",
    "InternalError.RestApiInterfaceNotExist",
    "InternalError.SigFieldMissing",
    "InternalError.SigVerificationFail",
)


class _Status(msgspec.Struct, rename="pascal"):
    code: str = ""
    serial_no: str = ""


class _Error(msgspec.Struct, rename="pascal"):
    code: str = ""


class _Response(msgspec.Struct, rename="pascal"):
    send_status_set: list[_Status] = []
    error: _Error | None = None


class _Answered(msgspec.Struct, rename="pascal"):
    response: _Response


class TencentSms:
    """The channel; connects when first used."""

    idempotent = False
    can_query = False

    def __init__(self, settings: SmsSettings, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._settings = settings
        self._credentials = Credentials(settings.key_id, settings.secret)
        self._endpoint = (settings.url or ENDPOINT).rstrip("/")
        self._http = HttpClient()

    async def send(self, message: Outgoing, token: UUID, deadline: float) -> Outcome:
        """Send one SMS by its template and read the answer as an outcome."""
        template = provider_template(message, self._settings.template, self._settings.sign_name)
        if template is None:
            return Retry("no_approved_template")
        order = {
            "PhoneNumberSet": [message.address],
            "SmsSdkAppId": self._settings.app_id,
            "TemplateId": template.code,
            "TemplateParamSet": [value for _, value in template.parameters],
            "SessionContext": str(token),
        }
        if is_chinese(message.address):
            order["SignName"] = template.sign_name
        body = msgspec.json.encode(order)
        asked = CloudAction(host=urlsplit(self._endpoint).netloc, action="SendSms", version="2021-01-11")
        headers = tc3_headers(asked, body, self._credentials, utc_now(), self._settings.region)
        return await self._http.post(
            Call(url=f"{self._endpoint}/", headers=headers, body=body), deadline, _read
        )

    async def query(self, message: Outgoing, token: UUID, deadline: float) -> Sent | None:  # noqa: ARG002  # the protocol's signature
        """It cannot be asked by our token."""
        return None

    async def close(self) -> None:
        """Close the kept connections."""
        await self._http.close()


def _read(answer: Answer) -> Outcome:
    if not answer.is_success:
        return failure(answer, idempotent=False)
    try:
        said = msgspec.json.decode(answer.body, type=_Answered).response
    except msgspec.MsgspecError:
        return Unknown("answer_unreadable")
    if said.error is not None:
        return _refusal(said.error.code)
    if not said.send_status_set:
        return Unknown("answer_unreadable")
    status = said.send_status_set[0]
    return Sent(status.serial_no[:200]) if status.code == "Ok" else _refusal(status.code)


def _refusal(code: str) -> Outcome:
    reason = code[:100]
    if code.startswith(_FAULTS):
        return Reject(reason)
    if code.startswith(_LOST) and not code.startswith(_NOT_LOOKED_AT):
        return Unknown(reason)
    if code.startswith(_PER_NUMBER):
        return Retry(reason, _NUMBER_WAIT)
    return Retry(reason, _ACCOUNT_WAIT if code.startswith(_OF_ACCOUNT) else timedelta(0))
