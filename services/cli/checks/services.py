"""The servers beside the database: Redis, mail, SMS."""

import asyncio
import smtplib
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisError

from services.cli.checks import Check
from shared.notifications.addresses import configured_receipts
from shared.notifications.receipts import receipt_key
from shared.settings import RedisSettings, SettingsError, SmsSettings, SmtpSettings, WebSettings

_PATIENCE_S = 5.0


async def check_redis() -> list[Check]:
    """Redis or Valkey answers. Without it clocks and messages go on; reports and imports wait."""
    try:
        settings = RedisSettings.load()
    except SettingsError:
        return []
    client: Any = redis.Redis.from_url(
        settings.url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S
    )
    try:
        facts = await client.info("server")
    except (RedisError, OSError, TimeoutError) as error:
        fix = "Start it, or correct HUIYIN_REDIS_URL. Clocks and messages go on, reports and imports wait."
        return [Check.warning("Redis", f"does not answer: {type(error).__name__}", fix)]
    finally:
        await client.aclose()
    name = "Valkey" if "valkey_version" in facts else "Redis"
    return [Check.ok("Redis", f"{name} {facts.get('valkey_version') or facts.get('redis_version')}")]


async def check_smtp() -> list[Check]:
    """The mail server takes our greeting and, where one is set, our login."""
    try:
        settings = SmtpSettings.load()
    except SettingsError:
        return []
    where = f"{settings.host}:{settings.port}"
    try:
        await asyncio.to_thread(_greet, settings)
    except (OSError, smtplib.SMTPException) as error:
        fix = "Start it, or correct HUIYIN_SMTP_HOST, _PORT, _SECURITY, _USER and _PASSWORD; e-mails wait."
        return [Check.failed("SMTP", f"{where}: {type(error).__name__}: {error}", fix)]
    return [Check.ok("SMTP", f"{where} answers")]


def _greet(settings: SmtpSettings) -> None:
    secure = settings.security == "tls"
    kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
    with kind(settings.host, settings.port, timeout=_PATIENCE_S) as connection:
        code, _ = connection.ehlo()
        if not 200 <= code < 300:
            raise smtplib.SMTPHeloError(code, b"EHLO refused")
        if settings.security == "starttls":
            connection.starttls()
        if settings.user:
            connection.login(settings.user, settings.password or "")


async def check_sms() -> list[Check]:
    """Who sends SMS is named; asking it would send something."""
    try:
        settings = SmsSettings.load()
    except SettingsError:
        return []
    if not settings.is_on:
        fix = "Set HUIYIN_SMS_PROVIDER, or HUIYIN_SMS_URL for a gateway; until then SMS stay undelivered."
        return [Check.warning("SMS", "no provider", fix)]
    found = settings.provider if settings.url is None else f"{settings.provider}: {settings.url}"
    found += _receipts(settings.provider)
    if settings.provider in _BY_TEMPLATE and not settings.template:
        fix = "Set HUIYIN_SMS_TEMPLATE; messages without an approved template of their own wait and expire."
        return [Check.warning("SMS", f"{found}, no template for messages without their own", fix)]
    return [Check.ok("SMS", found)]


def _receipts(provider: str) -> str:
    """The address that a provider which does not sign has to be given for its receipts."""
    if provider not in _BY_TEMPLATE:
        return ""
    try:
        web = WebSettings.load()
    except SettingsError:
        return ""
    return f"; receipts to {configured_receipts(web)}/{provider}/{receipt_key(web.secret, provider)}"


_BY_TEMPLATE = frozenset({"aliyun", "tencent"})
