"""How providers want requests signed, and how they sign theirs. Pure: the instant and the nonce are given.

- Alibaba Cloud, signature V3 (`ACS3-HMAC-SHA256`, help.aliyun.com "V3版本请求体&签名机制"). The older RPC
  signature is HMAC-SHA1 and Alibaba advises against it.
- Tencent Cloud, signature v3 (`TC3-HMAC-SHA256`, cloud.tencent.com/document/api/382/52072).
- Twilio's callbacks (`X-Twilio-Signature`, www.twilio.com/docs/usage/security).
- DingTalk's and Feishu's robots; WeCom's have no signature.
- Webhooks of our own (Standard Webhooks, standardwebhooks.com).
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote
from uuid import UUID

import msgspec

_SECRET_PREFIX: Final = "whsec_"  # noqa: S105  # what secrets begin with
_EMPTY: Final = hashlib.sha256(b"").hexdigest()
_TC3_SIGNED: Final = "content-type;host;x-tc-action"
TC3_CONTENT_TYPE: Final = "application/json; charset=utf-8"


class Credentials(msgspec.Struct, frozen=True):
    """An id that may be seen and the secret that belongs to it."""

    id: str
    secret: str


class CloudAction(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a cloud's API: on which host, which action in which version of the API."""

    host: str
    action: str
    version: str


def canonical_query(parameters: Mapping[str, str]) -> str:
    """The parameters sorted and percent-encoded as RFC 3986 has it; also how they are sent."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parameters.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def acs3_headers(
    asked: CloudAction, query: str, credentials: Credentials, at: datetime, nonce: str
) -> dict[str, str]:
    """The headers of a POST to `/` without a body; `query` is canonical, `at` is UTC."""
    signed = {
        "host": asked.host,
        "x-acs-action": asked.action,
        "x-acs-content-sha256": _EMPTY,
        "x-acs-date": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": asked.version,
    }
    names = ";".join(signed)
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    request = f"POST\n/\n{query}\n{lines}\n{names}\n{_EMPTY}"
    signature = _hmac(credentials.secret.encode(), f"ACS3-HMAC-SHA256\n{_sha256(request)}").hex()
    authorization = (
        f"ACS3-HMAC-SHA256 Credential={credentials.id},SignedHeaders={names},Signature={signature}"
    )
    return {name: value for name, value in signed.items() if name != "host"} | {
        "Authorization": authorization
    }


def tc3_headers(
    asked: CloudAction, body: bytes, credentials: Credentials, at: datetime, region: str
) -> dict[str, str]:
    """The headers of a POST of JSON to `/`; `at` is UTC, the service is the host's first label."""
    timestamp, day = str(int(at.timestamp())), at.strftime("%Y-%m-%d")
    service = asked.host.partition(".")[0]
    lines = f"content-type:{TC3_CONTENT_TYPE}\nhost:{asked.host}\nx-tc-action:{asked.action.lower()}\n"
    request = "\n".join(["POST", "/", "", lines, _TC3_SIGNED, hashlib.sha256(body).hexdigest()])
    scope = f"{day}/{service}/tc3_request"
    key = f"TC3{credentials.secret}".encode()
    for part in (day, service, "tc3_request"):
        key = _hmac(key, part)
    signature = _hmac(key, "\n".join(["TC3-HMAC-SHA256", timestamp, scope, _sha256(request)])).hex()
    return {
        "Authorization": (
            f"TC3-HMAC-SHA256 Credential={credentials.id}/{scope}, SignedHeaders={_TC3_SIGNED}, "
            f"Signature={signature}"
        ),
        "Content-Type": TC3_CONTENT_TYPE,
        "X-TC-Action": asked.action,
        "X-TC-Version": asked.version,
        "X-TC-Timestamp": timestamp,
        "X-TC-Region": region,
    }


def twilio_signature(url: str, form: Mapping[str, str], auth_token: str) -> str:
    """What Twilio signs a callback with; `url` as Twilio was told it, with its query."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.digest(auth_token.encode(), signed.encode(), hashlib.sha1)).decode()


def gateway_signature(timestamp: str, body: bytes, secret: str) -> str:
    """What the generic SMS gateway's requests and receipts are signed with; seconds since 1970."""
    return f"v1={hmac.digest(secret.encode(), f'{timestamp}.'.encode() + body, hashlib.sha256).hex()}"


def webhook_secret(key: str, oem_id: int, endpoint_id: UUID, salt: bytes) -> str:
    """The secret of another system that is told of events (`whsec_…`); `key` is the installation's."""
    message = b"\0".join([b"huiyin outgoing webhook", str(oem_id).encode(), endpoint_id.bytes, salt])
    return _SECRET_PREFIX + b64encode(hmac.digest(key.encode(), message, hashlib.sha256)).decode()


def webhook_signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature as Standard Webhooks 1.0 has it; seconds since 1970."""
    key = b64decode(secret.removeprefix(_SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def dingtalk_signature(at_ms: int, secret: str) -> str:
    """What a DingTalk robot wants in its address (open.dingtalk.com, "自定义机器人安全设置", 加签)."""
    return b64encode(_hmac(secret.encode(), f"{at_ms}\n{secret}")).decode()


def feishu_signature(at_s: int, secret: str) -> str:
    """What a Feishu or Lark robot wants in its body (open.feishu.cn, "自定义机器人使用指南", 签名校验).

    The text to sign is the key, and what is signed is empty.
    """
    return b64encode(_hmac(f"{at_s}\n{secret}".encode(), "")).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="~")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)
