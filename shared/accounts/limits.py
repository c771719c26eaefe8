"""How often a sign-in may be tried (pure).

Each bucket holds some tries, and one comes back at a fixed pace. A person at one address has few; an address
has many, because a whole dealer may sit behind it, and only failures use them up. Kept in PostgreSQL: right
over several processes, and with Redis away.
"""

import hashlib
import ipaddress
from typing import Final

import msgspec


class Limit(msgspec.Struct, frozen=True):
    """`tries` at once, then one every `every_ms` milliseconds."""

    tries: int
    every_ms: int


PERSON: Final = Limit(tries=5, every_ms=60_000)
ADDRESS: Final = Limit(tries=50, every_ms=10_000)


RESET_PERSON: Final = Limit(tries=3, every_ms=600_000)
RESET_ADDRESS: Final = Limit(tries=10, every_ms=60_000)


def reset_bucket(email: str) -> bytes:
    """The bucket of new passwords asked for an e-mail address, from wherever: no mailbox is flooded."""
    return _bucket("reset", email)


def reset_address_bucket(client: str) -> bytes:
    """The bucket of new passwords asked for from a network address."""
    return _bucket("reset-address", network_of(client))


def person_bucket(email: str, client: str) -> bytes:
    """The bucket of an e-mail address tried from one network address."""
    return _bucket("person", network_of(client), email)


def address_bucket(client: str) -> bytes:
    """The bucket of a network address."""
    return _bucket("address", network_of(client))


def network_of(client: str) -> str:
    """What counts as one client: an IPv4 address, an IPv6 /64 (one household), or the text itself."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


def wide_network_of(client: str) -> str:
    """Whose network a client is in: an IPv4 /24, an IPv6 /48 (one customer of a provider), or the text."""
    try:
        address = ipaddress.ip_address(network_of(client).partition("/")[0])
    except ValueError:
        return client
    bits = 24 if isinstance(address, ipaddress.IPv4Address) else 48
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


def _bucket(*parts: str) -> bytes:
    # Hashed: the table of tries needs no e-mail addresses.
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
