"""SMS by Alibaba Cloud (阿里云短信服务): Dysmsapi 2017-05-25, SendSms.

The token goes as `OutId`: receipts name it, and a try whose answer was lost is looked for by it
(QuerySendDetails). The service itself sends again what it is asked again.
"""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec

from shared.clock import utc_now
from shared.notifications.channels.http import Answer, Call, HttpClient, failure
from shared.notifications.channels.protocol import Outgoing
from shared.notifications.channels.sms_texts import provider_template, without_plus
from shared.notifications.signing import CloudAction, Credentials, acs3_headers, canonical_query
from shared.outbox.outcomes import Outcome, Reject, Retry, Sent, Unknown
from shared.settings import SmsSettings

ENDPOINT: Final = "https://dysmsapi.aliyuncs.com"

# The number or the words are at fault (help.aliyun.com/document_detail/101346.html, "API 错误码");
# whatever else the service says is about the account, the template or the pace, and may be mended.
_FAULTS: Final = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.INVALID_PARAMETERS",
        "isv.INVALID_JSON_PARAM",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "isv.SMS_CONTENT_ILLEGAL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.CUSTOMER_REFUSED",
        "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
        "isv.UNSUPPORTED_CONTENT",
        "VALUE_LENGTH_ERROR",
    }
)
# So much to one number, and so much by the account in a day or a month.
_WAITS: Final = {
    "isv.BUSINESS_LIMIT_CONTROL": timedelta(minutes=5),
    "isv.DAY_LIMIT_CONTROL": timedelta(minutes=30),
    "isv.MONTH_LIMIT_CONTROL": timedelta(minutes=30),
}
# The service keeps days by the time of China.
_DAYS_IN: Final = ZoneInfo("Asia/Shanghai")
_DETAILS: Final = 50


class _Answered(msgspec.Struct, rename="pascal"):
    code: str = ""
    biz_id: str = ""


class _Detail(msgspec.Struct, rename="pascal"):
    out_id: str = ""


class _Listed(msgspec.Struct):
    details: list[_Detail] = msgspec.field(default_factory=list[_Detail], name="SmsSendDetailDTO")


class _Details(msgspec.Struct):
    listed: _Listed = msgspec.field(default_factory=_Listed, name="SmsSendDetailDTOs")


class AliyunSms:
    """The channel; connects when first used."""

    idempotent = False
    can_query = True

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
        parameters = {
            "PhoneNumbers": without_plus(message.address),
            "SignName": template.sign_name,
            "TemplateCode": template.code,
            "TemplateParam": msgspec.json.encode(dict(template.parameters)).decode(),
            "OutId": str(token),
        }
        return await self._http.post(self._call("SendSms", parameters), deadline, _read)

    async def query(self, message: Outgoing, token: UUID, deadline: float) -> Sent | None:
        """Look among the number's newest of today, and just after midnight of yesterday."""
        now = utc_now().astimezone(_DAYS_IN)
        for day in dict.fromkeys((_day(now), _day(now - timedelta(hours=1)))):
            parameters = {
                "PhoneNumber": without_plus(message.address),
                "SendDate": day,
                "PageSize": str(_DETAILS),
                "CurrentPage": "1",
            }
            found = await self._http.post(
                self._call("QuerySendDetails", parameters), deadline, lambda answer: _find(answer, token)
            )
            if isinstance(found, Sent):
                return found
        return None

    async def close(self) -> None:
        """Close the kept connections."""
        await self._http.close()

    def _call(self, action: str, parameters: dict[str, str]) -> Call:
        asked = CloudAction(host=urlsplit(self._endpoint).netloc, action=action, version="2017-05-25")
        query = canonical_query(parameters)
        headers = acs3_headers(asked, query, self._credentials, utc_now(), uuid4().hex)
        return Call(url=f"{self._endpoint}/?{query}", headers=headers)


def _read(answer: Answer) -> Outcome:
    try:
        said = msgspec.json.decode(answer.body, type=_Answered)
    except msgspec.MsgspecError:
        said = _Answered()
    if answer.is_success and said.code == "OK":
        return Sent(said.biz_id[:200])
    if answer.is_success and not said.code:
        return Unknown("answer_unreadable")
    if answer.status >= 500 or not said.code:
        return failure(answer, said.code[:100], idempotent=False)
    return _refusal(said.code, answer.retry_after)


def _refusal(code: str, retry_after: timedelta) -> Outcome:
    if code in _FAULTS:
        return Reject(code)
    return Retry(code[:100], max(retry_after, _WAITS.get(code, timedelta(0))))


def _find(answer: Answer, token: UUID) -> Outcome:
    try:
        found = msgspec.json.decode(answer.body, type=_Details).listed.details
    except msgspec.MsgspecError:
        return Unknown("answer_unreadable")
    return Sent() if any(each.out_id == str(token) for each in found) else Unknown("not_found")


def _day(at: datetime) -> str:
    return at.strftime("%Y%m%d")
