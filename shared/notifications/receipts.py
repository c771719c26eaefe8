"""Reading what SMS providers tell of deliveries, and whether it is really they who tell it.

Twilio and the generic gateway sign. Aliyun and Tencent do not: their address holds a key of this
installation, and messages are named by tokens that nobody can guess, or by the provider's own references.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shared.errors import Invalid, Unauthenticated
from shared.notifications.signing import gateway_signature, twilio_signature
from shared.outbox.receipts import Told
from shared.outbox.vocabulary import Receipt

MOST_AT_ONCE: Final = 1_000
"""Receipts in one call."""
TOLERANCE: Final = timedelta(minutes=5)
"""How far the clock of a gateway that signs may be apart from ours."""
TIMESTAMP: Final = "x-huiyin-timestamp"
SIGNATURE: Final = "x-huiyin-signature"

_PURPOSE: Final = b"huiyin sms receipts"
_LONGEST: Final = 200
# Chinese providers tell the time of China without saying so.
_CHINA: Final = ZoneInfo("Asia/Shanghai")
_TWILIO: Final[Mapping[str, Receipt]] = {
    "delivered": Receipt.DELIVERED,
    "read": Receipt.DELIVERED,
    "undelivered": Receipt.FAILED,
    "failed": Receipt.FAILED,
}

_Item = TypeVar("_Item")
_Text = Annotated[str, msgspec.Meta(max_length=_LONGEST)]


class GatewayReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the generic gateway tells: our token, `delivered` or `failed`, when, and why not."""

    token: UUID
    status: Receipt
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    reason: _Text = ""


class _Aliyun(msgspec.Struct):
    """`SmsReport`, help.aliyun.com/document_detail/101867.html."""

    success: bool
    out_id: str = ""
    biz_id: _Text = ""
    report_time: str = ""
    err_code: _Text = ""


class _Tencent(msgspec.Struct):
    """短信下发状态通知, cloud.tencent.com/document/product/382/5807."""

    sid: _Text
    report_status: str
    user_receive_time: str = ""
    errmsg: _Text = ""


def receipt_key(secret: str, provider: str) -> str:
    """What the address holds that Aliyun or Tencent is given; `secret` is the installation's."""
    digest = hmac.digest(secret.encode(), _PURPOSE + b"\0" + provider.encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:24]).decode()


def require_key(given: str, secret: str, provider: str) -> None:
    """Raise `Unauthenticated` (`receipt_not_ours`) for an address with another key."""
    if not hmac.compare_digest(given.encode(), receipt_key(secret, provider).encode()):
        raise Unauthenticated("receipt_not_ours")


def from_gateway(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> list[Told]:
    """What the generic gateway tells. Raises `Unauthenticated` (`receipt_not_ours`, `webhook_stale`)."""
    timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    expected = gateway_signature(timestamp, body, secret)
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < _LONGEST):
        raise Unauthenticated("receipt_not_ours")
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        raise Unauthenticated("receipt_not_ours")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise Unauthenticated("webhook_stale")
    return [
        Told(token=each.token, receipt=each.status, at=each.at, reason=each.reason)
        for each in _decoded(body, list[GatewayReceipt])
    ]


def from_twilio(
    token: UUID, form: Mapping[str, str], url: str, signature: str, auth_token: str
) -> list[Told]:
    """What Twilio tells of one message at `url`; nothing while it is on its way.

    Raises `Unauthenticated` (`receipt_not_ours`).
    """
    if not hmac.compare_digest(signature.encode(), twilio_signature(url, form, auth_token).encode()):
        raise Unauthenticated("receipt_not_ours")
    receipt = _TWILIO.get(form.get("MessageStatus", ""))
    if receipt is None:
        return []
    code = form.get("ErrorCode", "")[:20]
    return [Told(token=token, receipt=receipt, reason=f"twilio {code}" if code else "")]


def from_aliyun(body: bytes) -> list[Told]:
    """What Aliyun tells of several messages."""
    return [
        Told(
            token=_token(each.out_id),
            reference=each.biz_id,
            receipt=Receipt.DELIVERED if each.success else Receipt.FAILED,
            at=_china_time(each.report_time),
            reason=each.err_code,
        )
        for each in _decoded(body, list[_Aliyun])
    ]


def from_tencent(body: bytes) -> list[Told]:
    """What Tencent Cloud tells of several messages."""
    return [
        Told(
            reference=each.sid,
            receipt=Receipt.DELIVERED if each.report_status == "SUCCESS" else Receipt.FAILED,
            at=_china_time(each.user_receive_time),
            reason=each.errmsg,
        )
        for each in _decoded(body, list[_Tencent])
    ]


def _decoded(body: bytes, kind: type[list[_Item]]) -> list[_Item]:
    try:
        told = msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid("receipt_unreadable") from error
    if len(told) > MOST_AT_ONCE:
        raise Invalid("receipt_unreadable")
    return told


def _token(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _china_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=_CHINA)
    except ValueError:
        return None
