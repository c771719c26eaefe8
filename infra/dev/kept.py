"""What an embedded server keeps between runs besides its data: port and passwords, readable by us alone."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kept:
    """The port a server listens on and the password of each of its logins."""

    port: int
    passwords: dict[str, str]


def read(folder: Path) -> Kept | None:
    """What is kept in `folder`; None when nothing readable is."""
    try:
        return Kept(**json.loads(_file(folder).read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError):
        return None


def write(folder: Path, kept: Kept) -> None:
    """Keep it, in one step."""
    unfinished = folder / f"kept.{os.getpid()}"
    unfinished.touch(0o600)
    unfinished.write_text(json.dumps(asdict(kept)), encoding="ascii")
    unfinished.rename(_file(folder))


def new_password() -> str:
    """A random password safe in URLs, SQL and configuration files."""
    return secrets.token_hex(24)


def _file(folder: Path) -> Path:
    return folder / "kept.json"
