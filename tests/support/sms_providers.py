"""SMS providers on loopback that answer as theirs do, and take nothing whose signature is wrong.

The signatures are worked out here from what has arrived, apart from the code that signs.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from tests.support.providers import Behaviour, Provider, served

KEY_ID = "key-id-of-the-tests"
SECRET = "a secret of the tests"

Take = Callable[[web.Request, bytes], Awaitable[web.Response]]


@asynccontextmanager
async def aliyun() -> AsyncGenerator[Provider]:
    """Alibaba Cloud's Dysmsapi: SendSms, and QuerySendDetails of what it has taken."""
    provider = Provider()

    async def take(request: web.Request, _: bytes) -> web.Response:
        if not _is_signed_acs3(request):
            return web.json_response({"Code": "SignatureDoesNotMatch"}, status=400)
        if request.headers["x-acs-action"] == "QuerySendDetails":
            provider.asked += 1
            return web.json_response(
                {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": _details(provider)}}
            )
        return await _behave(
            provider,
            request,
            (request.query["OutId"], " ".join(json.loads(request.query["TemplateParam"]).values())),
            taken={"Code": "OK", "BizId": "42", "RequestId": "r"},
            refused=({"Code": "isv.MOBILE_NUMBER_ILLEGAL"}, 200),
            throttled=({"Code": "Throttling.User"}, 429),
        )

    async with _served(provider, take):
        yield provider


@asynccontextmanager
async def tencent() -> AsyncGenerator[Provider]:
    """Tencent Cloud's SendSms."""
    provider = Provider()

    async def take(request: web.Request, body: bytes) -> web.Response:
        if not _is_signed_tc3(request, body):
            return _tencent({"Error": {"Code": "AuthFailure.SignatureFailure"}})
        order = json.loads(body)
        return await _behave(
            provider,
            request,
            (order["SessionContext"], " ".join(order["TemplateParamSet"])),
            taken={"Response": {"SendStatusSet": [{"SerialNo": "5000:42", "Code": "Ok"}]}},
            refused=(
                {"Response": {"SendStatusSet": [{"Code": "InvalidParameterValue.IncorrectPhoneNumber"}]}},
                200,
            ),
            throttled=({"Response": {"Error": {"Code": "RequestLimitExceeded"}}}, 200),
        )

    async with _served(provider, take):
        yield provider


@asynccontextmanager
async def twilio() -> AsyncGenerator[Provider]:
    """Twilio's Messages."""
    provider = Provider()

    async def take(request: web.Request, body: bytes) -> web.Response:
        expected = "Basic " + b64encode(f"{KEY_ID}:{SECRET}".encode()).decode()
        if request.headers["Authorization"] != expected:
            return web.json_response({"code": 20003}, status=401)
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        provider.form = form
        return await _behave(
            provider,
            request,
            (form["StatusCallback"].rpartition("/")[2], form["Body"]),
            taken={"sid": "SM42", "status": "queued"},
            refused=({"code": 21211, "status": 400}, 400),
            throttled=({"code": 20429, "status": 429}, 429),
        )

    async with _served(provider, take):
        yield provider


async def _behave(
    provider: Provider,
    request: web.Request,
    message: tuple[str, str],
    *,
    taken: dict[str, Any],
    refused: tuple[dict[str, Any], int],
    throttled: tuple[dict[str, Any], int],
) -> web.Response:
    provider.requests.append((dict(request.headers), message))
    match provider.behaviour:
        case Behaviour.REFUSE:
            content, status = refused
            return web.json_response(provider.answer or content, status=provider.refusal or status)
        case Behaviour.THROTTLE:
            content, status = throttled
            return web.json_response(content, status=status, headers={"Retry-After": provider.retry_after})
        case Behaviour.TROUBLE:
            return web.Response(status=503, text="<html>")
        case Behaviour.HANG:
            await provider.released.wait()
        case _:
            provider.taken.append(message)
    if provider.behaviour is Behaviour.TAKE_AND_DROP and request.transport is not None:
        request.transport.abort()
    return web.json_response(taken, status=201 if "sid" in taken else 200)


def _details(provider: Provider) -> list[dict[str, Any]]:
    return [{"OutId": token, "SendStatus": 1} for token in provider.tokens]


def _tencent(response: dict[str, Any]) -> web.Response:
    return web.json_response({"Response": response})


def _is_signed_acs3(request: web.Request) -> bool:
    names, signature = _parts(request, "SignedHeaders", "Signature")
    lines = "".join(f"{name}:{request.headers[name]}\n" for name in names.split(";"))
    query = "&".join(sorted(request.raw_path.partition("?")[2].split("&")))
    hashed = hashlib.sha256(b"").hexdigest()
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{hashed}".encode()
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical).hexdigest()}".encode()
    return hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest() == signature


def _is_signed_tc3(request: web.Request, body: bytes) -> bool:
    credential, names, signature = _parts(request, "Credential", "SignedHeaders", "Signature")
    day, service, last = credential.split("/")[1:]
    lines = "".join(f"{name}:{request.headers[name].lower()}\n" for name in names.split(";"))
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}".encode()
    timestamp = request.headers["X-TC-Timestamp"]
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{day}/{service}/{last}\n{hashlib.sha256(canonical).hexdigest()}"
    key = b"TC3" + SECRET.encode()
    for part in (day, service, last):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == signature


def _parts(request: web.Request, *names: str) -> list[str]:
    stated = request.headers["Authorization"].partition(" ")[2]
    found = dict(part.strip().split("=", 1) for part in stated.split(","))
    return [found[name] for name in names]


def _served(provider: Provider, take: Take) -> AbstractAsyncContextManager[Provider]:
    async def answer(request: web.Request) -> web.Response:
        return await take(request, await request.read())

    return served(provider, answer)
