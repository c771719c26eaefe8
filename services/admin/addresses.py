"""Addresses within the console: made, and checked before anybody is sent there. Pure."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit


def own_path(wanted: str | None, otherwise: str = "/") -> str:
    """The address if it is a path of this console, else `otherwise`: nobody is sent to a stranger's page."""
    path = wanted or ""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return otherwise
    return path if path.isascii() else otherwise


def address_of(path: str, parts: Mapping[str, object]) -> str:
    """A path of this console with those parts of a query that are not empty."""
    query = urlencode({name: str(value) for name, value in parts.items() if value})
    return f"{path}?{query}" if query else path


def next_page(path: str, chosen: Mapping[str, object], cursor: str | None) -> str | None:
    """Where a list goes on with the same filters; None without a cursor, at its end."""
    return address_of(path, {**chosen, "cursor": cursor}) if cursor else None


def path_of_page(address: str | None, host: str) -> str | None:
    """The path and query of a page of this very host, as Referer and HX-Current-URL name it, else None."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    if parts.netloc != host or not parts.path:
        return None
    return own_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)
