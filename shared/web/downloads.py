"""What a browser is told about a file to save. Pure."""

import re
from typing import Final
from urllib.parse import quote

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._ -]+")


def content_disposition(name: str) -> str:
    """The header's value for a file of that name (RFC 6266, RFC 5987), with an ASCII form beside."""
    stem, dot, ending = name.rpartition(".")
    plain = _UNSAFE.sub("", stem if dot else name).strip(" ._-") or "file"
    return f"attachment; filename=\"{plain}{dot}{ending}\"; filename*=UTF-8''{quote(name, safe='')}"
