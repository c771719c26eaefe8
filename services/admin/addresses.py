"""Addresses within the console, checked before anybody is sent there. Pure."""

from urllib.parse import urlsplit


def own_path(wanted: str | None, otherwise: str = "/") -> str:
    """The address if it is a path of this console, else `otherwise`: nobody is sent to a stranger's page."""
    path = wanted or ""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return otherwise
    return path if path.isascii() else otherwise


def path_of_page(address: str | None, host: str) -> str | None:
    """The path and query of a page of this very host, as Referer and HX-Current-URL name it, else None."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    if parts.netloc != host or not parts.path:
        return None
    return own_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)
