"""What a browser is told about a file to save. Pure."""

import re
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._ -]+")


def content_disposition(name: str) -> str:
    """The header's value for a file of that name (RFC 6266, RFC 5987), with an ASCII form beside."""
    path = PurePosixPath(name)
    plain = _UNSAFE.sub("", path.stem).strip(" ._-") or "file"
    ending = _UNSAFE.sub("", path.suffix)
    return f"attachment; filename=\"{plain}{ending}\"; filename*=UTF-8''{quote(name, safe='')}"
