"""Configuration from the environment (`HUIYIN_…`): one frozen class per concern.

The README's table is made from these classes (`rows()`), so a setting cannot be undocumented. Everything is
checked when a process starts; all problems are told at once.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, Self
from urllib.parse import urlsplit

from shared import setting_values as read_as

PREFIX = "HUIYIN_"


class SettingsError(Exception):
    """The environment is not usable; `problems` holds one sentence per wrong variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def setting(
    env: str,
    meaning: str,
    default: Any = MISSING,
    *,
    read: Callable[[str], Any] = str,
    secret: bool = False,
) -> Any:
    """A dataclass field read from `HUIYIN_<env>`; without `default` it is required.

    `read` makes the value of the text (`shared/setting_values.py`).
    """
    metadata = {"env": env, "meaning": meaning, "secret": secret, "read": read}
    if default is MISSING:
        return field(metadata=metadata, repr=not secret)
    return field(default=default, metadata=metadata, repr=not secret)


class FromEnvironment:
    """Reads the fields of a dataclass from the environment and checks them."""

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """The settings; raises `SettingsError` naming every variable that is missing or wrong."""
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        problems: list[str] = []
        for item in fields(cls):  # type: ignore[arg-type]  # every subclass is a dataclass
            name = PREFIX + item.metadata["env"]
            text = environ.get(name, "").strip()
            if not text:
                if item.default is MISSING:
                    problems.append(f"{name} is not set: {item.metadata['meaning']}.")
                continue
            try:
                values[item.name] = item.metadata["read"](text)
            except ValueError as error:
                problems.append(f"{name} is wrong: {error}.")
        if problems:
            raise SettingsError(problems)
        return cls(**values)


@dataclass(frozen=True, slots=True)
class DatabaseSettings(FromEnvironment):
    """The connection of one serving process."""

    url: str = setting(
        "DATABASE_URL",
        "PostgreSQL for the api and the console (login of the web doors)",
        read=read_as.postgres_address,
        secret=True,
    )
    pool_size: int = setting("DATABASE_POOL", "connections per process", 10, read=read_as.connections)
    acquire_timeout: timedelta = setting(
        "DATABASE_ACQUIRE_TIMEOUT",
        "seconds to wait for a free connection",
        timedelta(seconds=5),
        read=read_as.seconds,
    )


@dataclass(frozen=True, slots=True)
class WorkerDatabaseSettings(DatabaseSettings):
    """The connection of a worker, whose login may sweep and claim."""

    url: str = setting(
        "DATABASE_WORKER_URL",
        "PostgreSQL for the workers (login of the workers)",
        read=read_as.postgres_address,
        secret=True,
    )


@dataclass(frozen=True, slots=True)
class OwnerDatabaseSettings(FromEnvironment):
    """The owner's connection: migrations and the doctor only."""

    url: str = setting(
        "DATABASE_OWNER_URL",
        "PostgreSQL for migrations (owner login, may create roles)",
        read=read_as.postgres_address,
        secret=True,
    )
    app_login: str = setting("DATABASE_APP_LOGIN", "name of the login role of the web doors", "huiyin_app")
    worker_login: str = setting(
        "DATABASE_WORKER_LOGIN", "name of the login role of the workers", "huiyin_worker"
    )


@dataclass(frozen=True, slots=True)
class RedisSettings(FromEnvironment):
    """Redis or Valkey: wakes workers up and carries long jobs; nothing that matters lives only there."""

    url: str = setting(
        "REDIS_URL", "Redis or Valkey for background jobs", read=read_as.redis_address, secret=True
    )


@dataclass(frozen=True, slots=True)
class WebSettings(FromEnvironment):
    """The two web doors."""

    secret: str = setting("SECRET", "at least 32 characters; signs CSRF tokens and links", secret=True)
    public_url: str = setting(
        "PUBLIC_URL",
        "address of the console as people reach it",
        "http://127.0.0.1:8001",
        read=read_as.web_address,
    )
    portal_url: str = setting(
        "PORTAL_URL",
        "address of the API as customers reach their pages on it",
        "http://127.0.0.1:8000",
        read=read_as.web_address,
    )
    host: str = setting("HOST", "address to listen on", "127.0.0.1", read=read_as.host)
    api_port: int = setting("API_PORT", "port of the API", 8000, read=read_as.port)
    admin_port: int = setting("ADMIN_PORT", "port of the console", 8001, read=read_as.port)
    session_idle: timedelta = setting(
        "SESSION_IDLE", "seconds until an idle session ends", timedelta(hours=8), read=read_as.seconds
    )
    session_lifetime: timedelta = setting(
        "SESSION_LIFETIME", "seconds until any session ends", timedelta(days=7), read=read_as.seconds
    )

    def __post_init__(self) -> None:
        """Refuse a guessable secret, and a session that would end before it is idle."""
        problems: list[str] = []
        if len(self.secret) < 32:
            problems.append(f"{PREFIX}SECRET is too short: at least 32 characters.")
        if self.session_idle > self.session_lifetime:
            idle, lifetime = self.session_idle.total_seconds(), self.session_lifetime.total_seconds()
            problems.append(
                f"{PREFIX}SESSION_IDLE is wrong: {idle:.0f} s is longer than {PREFIX}SESSION_LIFETIME "
                f"({lifetime:.0f} s), which ends every session."
            )
        if problems:
            raise SettingsError(problems)

    @property
    def console_https(self) -> bool:
        """Whether people reach the console by HTTPS: its cookies then go no other way."""
        return self.public_url.startswith("https://")

    @property
    def portal_https(self) -> bool:
        """The same of the customers' pages."""
        return self.portal_url.startswith("https://")


@dataclass(frozen=True, slots=True)
class SmtpSettings(FromEnvironment):
    """The mail server."""

    host: str = setting("SMTP_HOST", "mail server", "127.0.0.1", read=read_as.host)
    port: int = setting("SMTP_PORT", "its port", 25, read=read_as.port)
    user: str | None = setting("SMTP_USER", "login, when the server wants one", None)
    password: str | None = setting("SMTP_PASSWORD", "password of that login", None, secret=True)
    security: str = setting("SMTP_SECURITY", "none, starttls or tls", "none")
    sender: str = setting(
        "SMTP_SENDER", "sender address of e-mails", "huiyin@example.com", read=read_as.mail_address
    )

    def __post_init__(self) -> None:
        """Refuse an unknown kind of security."""
        if self.security not in {"none", "starttls", "tls"}:
            raise SettingsError(
                [f"{PREFIX}SMTP_SECURITY is wrong: '{self.security}' is not none, starttls or tls."]
            )


SMS_PROVIDERS = ("gateway", "aliyun", "tencent", "twilio")


@dataclass(frozen=True, slots=True)
class SmsSettings(FromEnvironment):
    """Who sends SMS: a gateway of one's own (JSON over HTTP, signed with HMAC-SHA256), or a provider."""

    provider: str = setting(
        "SMS_PROVIDER", "who sends SMS: gateway, aliyun (阿里云), tencent (腾讯云) or twilio", "gateway"
    )
    url: str | None = setting(
        "SMS_URL",
        "address of the SMS gateway; without one, SMS stay undelivered. A provider: another of its hosts",
        None,
    )
    secret: str = setting(
        "SMS_SECRET",
        "the gateway's shared secret; Aliyun: AccessKey secret; Tencent: SecretKey; Twilio: auth token",
        "",
        secret=True,
    )
    key_id: str = setting("SMS_KEY_ID", "Aliyun: AccessKey id; Tencent: SecretId; Twilio: account SID", "")
    sign_name: str = setting(
        "SMS_SIGN_NAME",
        "Aliyun, Tencent: the approved signature (签名), where an OEM has none of its own",
        "",
    )
    template: str = setting(
        "SMS_TEMPLATE",
        "Aliyun, Tencent: the approved template with one variable (content) of messages without their own",
        "",
    )
    app_id: str = setting("SMS_APP_ID", "Tencent: SdkAppId", "")
    region: str = setting("SMS_REGION", "Tencent: region", "ap-guangzhou")
    sender: str = setting("SMS_SENDER", "Twilio: number or messaging service (MG…) that sends", "")

    @property
    def is_on(self) -> bool:
        """Whether SMS can leave at all."""
        return self.provider != "gateway" or self.url is not None

    def __post_init__(self) -> None:
        """Refuse an unknown provider, what is no web address, and a provider without what it needs."""
        problems: list[str] = []
        if self.provider not in SMS_PROVIDERS:
            known = ", ".join(SMS_PROVIDERS)
            problems.append(f"{PREFIX}SMS_PROVIDER is wrong: '{self.provider}' is not one of {known}.")
        if self.url is not None and urlsplit(self.url).scheme not in {"http", "https"}:
            problems.append(f"{PREFIX}SMS_URL is wrong: it has to start with https:// or http://.")
        if self.provider == "gateway" and self.url is not None and not self.secret:
            problems.append(f"{PREFIX}SMS_SECRET is not set: the gateway at {PREFIX}SMS_URL needs it.")
        needed = _SMS_NEEDS.get(self.provider, {})
        problems += [
            f"{PREFIX}{env} is not set: {self.provider} needs it."
            for name, env in needed.items()
            if not getattr(self, name)
        ]
        if problems:
            raise SettingsError(problems)


_SMS_NEEDS: Mapping[str, Mapping[str, str]] = {
    "aliyun": {"key_id": "SMS_KEY_ID", "secret": "SMS_SECRET"},
    "tencent": {"key_id": "SMS_KEY_ID", "secret": "SMS_SECRET", "app_id": "SMS_APP_ID"},
    "twilio": {"key_id": "SMS_KEY_ID", "secret": "SMS_SECRET", "sender": "SMS_SENDER"},
}


@dataclass(frozen=True, slots=True)
class OutboundSettings(FromEnvironment):
    """Where robots and webhooks of the OEMs may lead."""

    allowed: str = setting(
        "OUTBOUND_ALLOWED",
        "hosts and networks (comma-separated) that webhooks and chat robots may reach beside public ones",
        "",
    )

    def parts(self) -> list[str]:
        """Each host or network by itself."""
        return [part.strip().lower() for part in self.allowed.split(",") if part.strip()]

    def __post_init__(self) -> None:
        """Refuse what is neither a host nor a network."""
        for part in self.parts():
            if "/" not in part and not set(part) - _HOST_CHARACTERS:
                continue
            try:
                ip_network(part)
            except ValueError as error:
                raise SettingsError(
                    [f"{PREFIX}OUTBOUND_ALLOWED is wrong: '{part}' is no host and no network."]
                ) from error


_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


@dataclass(frozen=True, slots=True)
class WorkerSettings(FromEnvironment):
    """The two workers."""

    port: int = setting(
        "WORKER_PORT", "port of the worker's /healthz, /readyz and /metrics", 8003, read=read_as.port
    )
    reports_port: int = setting(
        "REPORTS_WORKER_PORT", "the same of the reports worker", 8004, read=read_as.port
    )
    send_timeout: timedelta = setting(
        "SEND_TIMEOUT",
        "seconds one try at sending a message may take",
        timedelta(seconds=10),
        read=read_as.seconds,
    )


@dataclass(frozen=True, slots=True)
class FileSettings(FromEnvironment):
    """Where reports and attachments are kept."""

    url: str = setting(
        "FILES_URL", "folder (file:///…) or bucket (s3://…) for files", "file:///var/lib/huiyin/files"
    )

    def __post_init__(self) -> None:
        """Refuse what is neither a folder nor a bucket."""
        if not self.url.startswith(("file:///", "/", "s3://", "memory:")):
            raise SettingsError([f"{PREFIX}FILES_URL is wrong: it has to start with file:/// or s3://."])


@dataclass(frozen=True, slots=True)
class LogSettings(FromEnvironment):
    """What the processes tell their operator."""

    level: str = setting("LOG_LEVEL", "debug, info, warning or error", "info")
    format: str = setting("LOG_FORMAT", "json, or console for reading", "json")

    def __post_init__(self) -> None:
        """Refuse unknown levels and formats."""
        problems: list[str] = []
        if self.level not in {"debug", "info", "warning", "error"}:
            problems.append(
                f"{PREFIX}LOG_LEVEL is wrong: '{self.level}' is not debug, info, warning or error."
            )
        if self.format not in {"json", "console"}:
            problems.append(f"{PREFIX}LOG_FORMAT is wrong: '{self.format}' is not json or console.")
        if problems:
            raise SettingsError(problems)


ALL_SETTINGS: tuple[type[FromEnvironment], ...] = (
    DatabaseSettings,
    WorkerDatabaseSettings,
    OwnerDatabaseSettings,
    RedisSettings,
    WebSettings,
    SmtpSettings,
    SmsSettings,
    OutboundSettings,
    WorkerSettings,
    FileSettings,
    LogSettings,
)


def check_all(*kinds: type[FromEnvironment], environ: Mapping[str, str] | None = None) -> None:
    """Load each kind and raise one `SettingsError` with the problems of all."""
    problems: list[str] = []
    for kind in kinds:
        try:
            kind.load(environ)
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(list(dict.fromkeys(problems)))


def rows() -> list[tuple[str, str, str]]:
    """(variable, default or "required", meaning) of every setting, as the README shows them."""
    result: dict[str, tuple[str, str, str]] = {}
    for settings in ALL_SETTINGS:
        for item in fields(settings):  # type: ignore[arg-type]  # every subclass is a dataclass
            name = PREFIX + item.metadata["env"]
            result[name] = (name, _shown_default(item.default), item.metadata["meaning"])
    return list(result.values())


def _shown_default(default: Any) -> str:
    if default is MISSING:
        return "required"
    if default is None or default == "":
        return "none"
    if isinstance(default, timedelta):
        return str(int(default.total_seconds()))
    return str(default).lower() if isinstance(default, bool) else str(default)
