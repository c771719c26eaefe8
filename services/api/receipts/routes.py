"""Where SMS providers tell of deliveries: only the provider of this installation is heard."""

from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath

from services.api.auth import PUBLIC
from services.api.openapi import ALSO
from services.api.receipts.schemas import AliyunAnswer, TencentAnswer
from shared.clock import utc_now
from shared.errors import Invalid, NotFound
from shared.notifications.addresses import configured_receipts
from shared.notifications.receipts import from_aliyun, from_gateway, from_tencent, from_twilio, require_key
from shared.outbox.receipts import take_receipts
from shared.settings import SmsSettings, WebSettings

_TAGS: Final = ["Receipts of SMS providers"]
_AnyRequest = Request[Any, Any, Any]


@post(
    "/receipts/gateway",
    opt={PUBLIC: True, ALSO: (404,)},
    status_code=204,
    tags=_TAGS,
    summary="Receipts of the SMS gateway",
    operation_id="tellGatewayReceipts",
)
async def gateway(request: _AnyRequest) -> None:
    """Take `[{"token", "status": "delivered" | "failed", "at", "reason"}]`, signed as the requests to it are.

    `X-Huiyin-Timestamp` (seconds since 1970, five minutes apart at most) and `X-Huiyin-Signature`: `v1=` and
    the hex HMAC-SHA256 of `<timestamp>.<body>` under the shared secret. Unknown tokens and repetitions change
    nothing.
    """
    settings = _settings(request, "gateway")
    body = await request.body()
    await take_receipts(from_gateway(body, request.headers, settings.secret, utc_now()))


@post(
    "/receipts/twilio/{token:uuid}",
    opt={PUBLIC: True},
    status_code=204,
    tags=_TAGS,
    summary="A receipt of Twilio",
    operation_id="tellTwilioReceipt",
)
async def twilio(request: _AnyRequest, token: FromPath[UUID]) -> None:
    """Take the status callback of a message, signed by Twilio (`X-Twilio-Signature`)."""
    settings = _settings(request, "twilio")
    try:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError as error:
        raise Invalid("receipt_unreadable") from error
    web: WebSettings = request.app.state.web
    url = f"{configured_receipts(web)}/twilio/{token}"
    signature = request.headers.get("x-twilio-signature", "")
    await take_receipts(from_twilio(token, form, url, signature, settings.secret))


@post(
    "/receipts/aliyun/{key:str}",
    opt={PUBLIC: True},
    status_code=200,
    tags=_TAGS,
    summary="Receipts of Aliyun",
    operation_id="tellAliyunReceipts",
)
async def aliyun(request: _AnyRequest, key: FromPath[str]) -> AliyunAnswer:
    """Take `SmsReport` (HTTP批量推送) at the address that `huiyin doctor` shows."""
    _require_key(request, "aliyun", key)
    await take_receipts(from_aliyun(await request.body()))
    return AliyunAnswer()


@post(
    "/receipts/tencent/{key:str}",
    opt={PUBLIC: True},
    status_code=200,
    tags=_TAGS,
    summary="Receipts of Tencent Cloud",
    operation_id="tellTencentReceipts",
)
async def tencent(request: _AnyRequest, key: FromPath[str]) -> TencentAnswer:
    """Take 短信下发状态通知 at the address that `huiyin doctor` shows."""
    _require_key(request, "tencent", key)
    await take_receipts(from_tencent(await request.body()))
    return TencentAnswer()


def _require_key(request: _AnyRequest, provider: str, key: str) -> None:
    _settings(request, provider)
    web: WebSettings = request.app.state.web
    require_key(key, web.secret, provider)


def _settings(request: _AnyRequest, provider: str) -> SmsSettings:
    settings: SmsSettings | None = request.app.state.sms
    if settings is None or settings.provider != provider or not settings.secret:
        raise NotFound("not_found")
    return settings


HANDLERS = [gateway, twilio, aliyun, tencent]
