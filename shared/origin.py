"""Where a request comes from, as far as the audit log keeps it: a network and a kind of program (R9.3).

Whole addresses and version numbers would tell more of a person than the log needs. Set once per request by
the doors, and read where an entry is written; empty for what happens by itself.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

# The first mark found in the header decides: browsers name their ancestors, too.
_AGENTS: Final = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
    ("okhttp", "okhttp"),
    ("Java", "Java"),
    ("Go-http-client", "Go"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)

# The same few callers ask again and again.
_REMEMBERED: Final = 1_024


@dataclass(frozen=True, slots=True)
class Origin:
    """`network` in CIDR notation (/24 or /48), `agent` such as `Firefox, Windows`; empty where not known."""

    network: str = ""
    agent: str = ""


_NOWHERE: Final = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def current_origin() -> Origin:
    """Where the request being answered comes from."""
    return _origin.get()


def come_from(address: str, user_agent: str) -> None:
    """Remember the caller of the request that begins."""
    _origin.set(Origin(network_of(address), agent_of(user_agent)))


@lru_cache(maxsize=_REMEMBERED)
def network_of(address: str) -> str:
    """The network of an address: its first 24 bits, or 48 of IPv6. Pure."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(known, "ipv4_mapped", None)
    known = known if mapped is None else mapped
    bits = 24 if isinstance(known, IPv4Address) else 48
    return str(ip_network(f"{known}/{bits}", strict=False))


@lru_cache(maxsize=_REMEMBERED)
def agent_of(user_agent: str) -> str:
    """The family of a program and its system; `other` for one that is not known. Pure."""
    if not user_agent:
        return ""
    families = [name for mark, name in _AGENTS if mark.lower() in user_agent.lower()][:1] or ["other"]
    systems = [name for mark, name in _SYSTEMS if mark in user_agent][:1]
    return ", ".join(families + systems)
