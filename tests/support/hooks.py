"""Robots of chats and another system that takes webhooks, on loopback."""

import hashlib
import hmac
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import msgspec
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from shared.notifications.robots.service import NewRobot
from shared.notifications.robots.vocabulary import RobotProvider
from shared.notifications.rules import Template
from shared.notifications.webhooks.endpoints import NewEndpoint
from shared.outbox.events import EventKind
from tests.support.providers import Behaviour, Provider, served

ROBOT_SECRET = "SEC-of-the-tests"
WEBHOOK_SECRET = "whsec_" + b64encode(b"a secret of the tests").decode()


def a_webhook(dealer_id: int | None = None, **values: Any) -> NewEndpoint:
    """Another system that is told of new and of closed cases."""
    given: dict[str, Any] = {
        "name": "测试CRM",
        "url": "https://hooks.example.com/huiyin",
        "kinds": [EventKind.CASE_REGISTERED, EventKind.CASE_CLOSED],
        "dealer_id": dealer_id,
    }
    return NewEndpoint(**(given | values))


def a_robot(dealer_id: int | None = None, **values: Any) -> NewRobot:
    """A group that hears of what is late."""
    given: dict[str, Any] = {
        "name": "测试值班群",
        "provider": RobotProvider.DINGTALK,
        "url": "https://oapi.dingtalk.com/robot/send?access_token=invented",
        "secret": ROBOT_SECRET,
        "templates": [Template.BREACH, Template.ESCALATION],
        "dealer_id": dealer_id,
    }
    return NewRobot(**(given | values))


@asynccontextmanager
async def wecom() -> AsyncGenerator[Provider]:
    """WeCom's robots, which sign nothing."""
    async with _served(_wecom) as provider:
        yield provider


@asynccontextmanager
async def dingtalk() -> AsyncGenerator[Provider]:
    """DingTalk's robots, signed in their address."""
    async with _served(_dingtalk) as provider:
        yield provider


@asynccontextmanager
async def feishu() -> AsyncGenerator[Provider]:
    """Feishu's robots, signed in their body."""
    async with _served(_feishu) as provider:
        yield provider


@asynccontextmanager
async def webhook() -> AsyncGenerator[Provider]:
    """Another system that checks signatures as Standard Webhooks' own library does."""
    async with _served(_webhook) as provider:
        yield provider


async def _wecom(provider: Provider, request: web.Request) -> web.Response:
    content = await request.json()
    taken = ("", content["text"]["content"])
    return await _behave(
        provider, request, taken, ok={"errcode": 0}, refused={"errcode": 40058}, slow={"errcode": 45009}
    )


async def _dingtalk(provider: Provider, request: web.Request) -> web.Response:
    timestamp = request.query["timestamp"]
    signed = f"{timestamp}\n{ROBOT_SECRET}".encode()
    expected = b64encode(hmac.new(ROBOT_SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    if request.query["sign"] != expected or abs(int(timestamp) / 1000 - time.time()) > 60:
        return web.json_response({"errcode": 310000, "errmsg": "sign not match"})
    content = await request.json()
    taken = ("", content["text"]["content"])
    return await _behave(
        provider, request, taken, ok={"errcode": 0}, refused={"errcode": 40058}, slow={"errcode": 130101}
    )


async def _feishu(provider: Provider, request: web.Request) -> web.Response:
    content = await request.json()
    key = f"{content['timestamp']}\n{ROBOT_SECRET}".encode()
    if content["sign"] != b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode():
        return web.json_response({"code": 19021, "msg": "sign match fail"})
    taken = ("", content["content"]["text"])
    return await _behave(
        provider, request, taken, ok={"code": 0}, refused={"code": 9499}, slow={"code": 11232}
    )


async def _webhook(provider: Provider, request: web.Request) -> web.Response:
    body = await request.read()
    try:
        Webhook(provider.secret or WEBHOOK_SECRET).verify(body, dict(request.headers), json_parse=False)
    except WebhookVerificationError:
        return web.Response(status=401)
    taken = (request.headers["webhook-id"], body.decode())
    if provider.behaviour is Behaviour.TAKE and taken in provider.taken:
        return web.Response(status=204)
    return await _behave(provider, request, taken, ok={}, refused=None, slow=None)


async def _behave(
    provider: Provider,
    request: web.Request,
    taken: tuple[str, str],
    *,
    ok: dict[str, Any],
    refused: dict[str, Any] | None,
    slow: dict[str, Any] | None,
) -> web.Response:
    provider.requests.append((dict(request.headers), taken[1]))
    match provider.behaviour:
        case Behaviour.REFUSE:
            return _said(provider.answer or refused, provider.refusal or (410 if refused is None else 200))
        case Behaviour.THROTTLE:
            headers = {"Retry-After": provider.retry_after}
            return _said(slow, 429 if slow is None else 200, headers)
        case Behaviour.TROUBLE:
            return web.Response(status=503, text="<html>")
        case Behaviour.HANG:
            await provider.released.wait()
        case _:
            provider.taken.append(taken)
    if provider.behaviour is Behaviour.TAKE_AND_DROP and request.transport is not None:
        request.transport.abort()
    return _said(ok, 200)


def _said(content: dict[str, Any] | None, status: int, headers: dict[str, str] | None = None) -> web.Response:
    body = b"" if content is None else msgspec.json.encode(content)
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _served(
    answer: Callable[[Provider, web.Request], Awaitable[web.Response]],
) -> AbstractAsyncContextManager[Provider]:
    provider = Provider()
    return served(provider, partial(answer, provider))
