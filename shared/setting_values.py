"""How the text of a setting becomes its value.

Each reader raises `ValueError` with what is wrong, and never repeats an address, which may hold a password.
"""

import re
from datetime import timedelta
from urllib.parse import SplitResult, parse_qsl, urlsplit

_LONGEST = timedelta(days=3650)
_MOST_CONNECTIONS = 1000
_HOST_NAME = re.compile(r"[\w.:%\[\]-]+")
_WHOLE = re.compile(r"\d+")
_FRACTION = re.compile(r"\d+(\.\d+)?")
_REDIS_NUMBERS = {
    "db": _WHOLE,
    "health_check_interval": _WHOLE,
    "max_connections": _WHOLE,
    "socket_connect_timeout": _FRACTION,
    "socket_timeout": _FRACTION,
    "timeout": _FRACTION,
}
_MAIL_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


def whole_number(text: str) -> int:
    """A number without sign or fraction."""
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"'{text}' is not a whole number")
    return int(text)


def port(text: str) -> int:
    """The number of a TCP port."""
    number = whole_number(text)
    if not 1 <= number <= 65535:
        raise ValueError(f"'{text}' is no port: 1 to 65535")
    return number


def connections(text: str) -> int:
    """The size of a pool."""
    number = whole_number(text)
    if not 1 <= number <= _MOST_CONNECTIONS:
        raise ValueError(f"'{text}' is no number of connections: 1 to {_MOST_CONNECTIONS}")
    return number


def seconds(text: str) -> timedelta:
    """A length of time above zero, ten years at most."""
    number = whole_number(text)
    if not 1 <= number <= _LONGEST.total_seconds():
        raise ValueError(f"'{text}' is no length of time: 1 to {_LONGEST.total_seconds():.0f} seconds")
    return timedelta(seconds=number)


def host(text: str) -> str:
    """The name or address of a machine, without scheme, port or path."""
    if not _HOST_NAME.fullmatch(text) or text.count(":") == 1:
        raise ValueError(f"'{text}' is no host: a name or an address alone, without scheme, port or path")
    return text


def mail_address(text: str) -> str:
    """One e-mail address, without a name beside it."""
    if not _MAIL_ADDRESS.fullmatch(text):
        raise ValueError(f"'{text}' is no e-mail address: somebody@example.com, without a name")
    return text


def postgres_address(text: str) -> str:
    """Where PostgreSQL is; several hosts may stand in it, separated by commas."""
    parts = _split(text)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("it has to start with postgresql://")
    for machine in parts.netloc.rpartition("@")[2].split(","):
        _refuse_odd_port(machine)
    return text


def redis_address(text: str) -> str:
    """Where Redis or Valkey is; after the host may stand the number of the database."""
    parts = _split(text)
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name in _REDIS_NUMBERS and not _REDIS_NUMBERS[name].fullmatch(value):
            raise ValueError(f"after the ? {name} is no number that fits")
    if parts.scheme == "unix":
        return text
    if parts.scheme not in {"redis", "rediss"}:
        raise ValueError("it has to start with redis://, rediss:// or unix://")
    _refuse_odd_port(parts.netloc.rpartition("@")[2])
    if parts.path.strip("/") and not parts.path.strip("/").isdecimal():
        raise ValueError("after the host stands the number of the database alone, as in redis://host:6379/0")
    return text


def web_address(text: str) -> str:
    """Where people reach a door: scheme, host and, if need be, port; a slash at the end falls away.

    The doors answer at the root of a host only, so an address with a path would lead nowhere.
    """
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", text):
        raise ValueError("it has to be an address such as https://huiyin.example.com")
    _refuse_odd_port(parts.netloc.rpartition("@")[2])
    if "@" in parts.netloc or parts.path not in {"", "/"} or "?" in text or "#" in text:
        raise ValueError("it has to end after the host and its port, without login, path, ? or #")
    return text.rstrip("/")


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError as error:
        raise ValueError("it is no address") from error


def _refuse_odd_port(machine: str) -> None:
    try:
        found = urlsplit(f"//{machine}").port
    except ValueError as error:
        raise ValueError("its port is no number from 1 to 65535") from error
    if found == 0:
        raise ValueError("its port is no number from 1 to 65535")
