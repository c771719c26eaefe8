"""Where robots and webhooks may lead: to public addresses over TLS, and to what the operator allows.

Whoever may name an address must not reach what only this installation can (server-side request forgery): the
form of an address is checked when it is given, what its name stands for each time before it is used.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

import msgspec

from shared.errors import Invalid
from shared.settings import OutboundSettings

LONGEST_URL: Final = 500
_LONGEST_HOST: Final = 253
# Ways to write an address of the old Internet inside one of the new: the old one is what counts.
_NAT64: Final = IPv6Network("64:ff9b::/96")


class Outbound(msgspec.Struct, frozen=True):
    """What an operator allows beyond the public: names of hosts, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: OutboundSettings) -> "Outbound":
        """As the settings have it."""
        hosts: set[str] = set()
        networks: list[str] = []
        for part in settings.parts():
            (networks.append if _is_network(part) else hosts.add)(part)
        return cls(frozenset(hosts), tuple(networks))

    def check(self, url: str, field: str = "url", hosts: Iterable[str] = ()) -> str:
        """The address without spaces around it, when it may be kept; `hosts`: the only ones, but for allowed.

        Raises `Invalid`: `url_malformed`, `url_not_https`, `host_not_allowed`.
        """
        url = url.strip()
        host = _host(url)
        if host is None:
            raise Invalid.field(field, "url_malformed" if url else "required")
        if self.is_allowed(host):
            return url
        if not url.lower().startswith("https://"):
            raise Invalid.field(field, "url_not_https")
        only = frozenset(hosts)
        if (only and host not in only) or not _may_be_public(host):
            raise Invalid.field(field, "host_not_allowed")
        return url

    def is_allowed(self, host: str) -> bool:
        """Whether the operator has named the host, or the network of its address."""
        if host in self.hosts:
            return True
        address = _address(host)
        return address is not None and self._is_in_networks(address)

    def reaches(self, host: str, address: str) -> bool:
        """Whether `host` may be asked at the address that its name stands for now."""
        found = _address(address)
        if found is None:
            return False
        return host.lower() in self.hosts or is_public(found) or self._is_in_networks(found)

    def _is_in_networks(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in ip_network(network) for network in self.networks)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public Internet, also when it is written inside another."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address in _NAT64 or address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _host(url: str) -> str | None:
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or parts.username is not None or parts.password is not None:
        return None
    host = (parts.hostname or "").rstrip(".")
    return host if host and len(host) <= _LONGEST_HOST else None


def _may_be_public(host: str) -> bool:
    """A public address, or a name that is none of a local network's; numbers written otherwise are names."""
    address = _address(host)
    if address is not None:
        return is_public(address)
    return "." in host and not host.rpartition(".")[2].isdigit()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
