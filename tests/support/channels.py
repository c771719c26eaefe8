"""Every channel with the provider it talks to, on loopback."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from shared.notifications.channels import http, smtp
from shared.notifications.channels.protocol import Channel, Outgoing
from shared.notifications.channels.robot import RobotChannel
from shared.notifications.channels.sms import sms_channel
from shared.notifications.channels.smtp import SmtpChannel
from shared.notifications.channels.webhook import WebhookChannel
from shared.notifications.outbound import Outbound
from shared.notifications.robots.addresses import RobotAddress
from shared.notifications.robots.vocabulary import RobotProvider
from shared.notifications.webhooks.addresses import Subscriber
from shared.outbox.outcomes import Outcome
from shared.settings import SmsSettings, SmtpSettings
from tests.support import hooks, sms_providers
from tests.support.hooks import ROBOT_SECRET, WEBHOOK_SECRET
from tests.support.providers import Provider, sms_gateway, smtp_server
from tests.support.sms_providers import KEY_ID, SECRET

TIMEOUT_S = 5.0
RECEIPTS = "https://huiyin.example.com/api/v1/receipts"
MAIL = Outgoing(
    address="owner@example.com",
    recipient_name="张测试",
    subject="您的投诉",
    text="内容\n.\n第二行",
    html="<p>内容</p>",
)
SMS = Outgoing(
    address="+8613800001234", recipient_name="张测试", subject="", text="【回音】内容 a+b & c~d*", html=""
)


@dataclass
class Pair:
    """A channel and the provider it talks to."""

    channel: Channel
    provider: Provider
    message: Outgoing
    knows_token: bool = True
    """The provider is told the token, and so can recognise it."""
    gives_reference: bool = True
    """The provider has a number of its own for what it takes."""

    async def send(self, token: UUID | None = None, within_s: float = TIMEOUT_S) -> Outcome:
        """One try."""
        deadline = asyncio.get_running_loop().time() + within_s
        return await self.channel.send(self.message, token or uuid4(), deadline)


Serve = Callable[[], AbstractAsyncContextManager[Provider]]
Connect = Callable[[int], Channel]


def mail_channel(port: int, **settings: Any) -> SmtpChannel:
    """A channel to a mail server on loopback."""
    return SmtpChannel(
        SmtpSettings(host="127.0.0.1", port=port, sender="huiyin@example.com", **settings), TIMEOUT_S
    )


def sms_settings(provider: str, port: int, **more: str) -> SmsSettings:
    """What the environment would say of a provider on loopback."""
    given = {
        "key_id": KEY_ID,
        "secret": SECRET,
        "sign_name": "回音测试",
        "template": "SMS_100",
        "app_id": "1400000000",
        "sender": "+15550100",
    } | more
    path = "/sms" if provider == "gateway" else ""
    return SmsSettings(provider=provider, url=f"http://127.0.0.1:{port}{path}", **given)


def _sms(provider: str) -> Connect:
    def connect(port: int) -> Channel:
        channel = sms_channel(sms_settings(provider, port), TIMEOUT_S, RECEIPTS)
        assert channel is not None
        return channel

    return connect


def _robot(provider: RobotProvider) -> Connect:
    def connect(port: int) -> Channel:
        async def find(_oem_id: int, _robot_id: UUID) -> RobotAddress:
            return RobotAddress(provider, f"http://127.0.0.1:{port}/robot/send?key=1", ROBOT_SECRET)

        return RobotChannel(LOOPBACK, TIMEOUT_S, find)

    return connect


class Subscribers:
    """One other system, until it is gone."""

    def __init__(self, url: str, *secrets: str) -> None:
        self.found: Subscriber | None = Subscriber(url, secrets)

    async def find(self, _oem_id: int, _endpoint_id: UUID) -> Subscriber | None:
        return self.found

    async def end(self, _oem_id: int, _endpoint_id: UUID) -> None:
        self.found = None


def _webhook(port: int) -> Channel:
    directory = Subscribers(f"http://127.0.0.1:{port}/hook", WEBHOOK_SECRET)
    return WebhookChannel(directory, LOOPBACK, TIMEOUT_S)


LOOPBACK = Outbound(networks=("127.0.0.0/8",))
ROOM = Outgoing(address=str(uuid4()), recipient_name="测试群", subject="逾期", text="内容", html="", oem_id=1)
EVENT = Outgoing(
    address=str(uuid4()), recipient_name="测试系统", subject="x", text='{"type": "内容"}', html="", oem_id=1
)
UNNAMED = frozenset({"wecom", "dingtalk", "feishu"})
"""Those who are not told the token."""

CHANNELS: Mapping[str, tuple[Serve, Connect, Outgoing]] = {
    "smtp": (smtp_server, mail_channel, MAIL),
    "gateway": (sms_gateway, _sms("gateway"), SMS),
    "aliyun": (sms_providers.aliyun, _sms("aliyun"), SMS),
    "tencent": (sms_providers.tencent, _sms("tencent"), SMS),
    "twilio": (sms_providers.twilio, _sms("twilio"), SMS),
    "wecom": (hooks.wecom, _robot(RobotProvider.WECOM), ROOM),
    "dingtalk": (hooks.dingtalk, _robot(RobotProvider.DINGTALK), ROOM),
    "feishu": (hooks.feishu, _robot(RobotProvider.FEISHU), ROOM),
    "webhook": (hooks.webhook, _webhook, EVENT),
}

BOUNDED: Mapping[str, int] = {"smtp": smtp.CONNECTIONS} | dict.fromkeys(
    ("gateway", "aliyun", "tencent", "twilio"), http.CONNECTIONS
)
"""Channels that have so many connections, and no more."""


@asynccontextmanager
async def connected(name: str) -> AsyncGenerator[Pair]:
    """The channel of that name and its provider."""
    serve, connect, message = CHANNELS[name]
    async with serve() as provider:
        channel = connect(provider.port)
        without_reference = name in UNNAMED or name == "webhook"
        yield Pair(channel, provider, message, name not in UNNAMED, not without_reference)
        await channel.close()
