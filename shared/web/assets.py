"""The static files of the pages, held in memory under one version.

The version is a hash over all files and stands in every address (`/static/<version>/js/main.js`), so that
browsers may keep them for a year and relative imports between files stay within one version. Style sheets
are served as bundles: one request instead of one per component.
"""

import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

SERVED_SUFFIXES: Final = frozenset({".css", ".js", ".svg", ".png", ".ico", ".woff2", ".webmanifest"})


class AssetMissing(RuntimeError):
    """A file the pages need is not there; the message says how to get it."""


class Asset(NamedTuple):
    """One file as it is sent."""

    content: bytes
    media_type: str


class Assets:
    """The files below the given folders; a later folder's file replaces an earlier one's of the same name.

    `bundles` maps the name of a style sheet to the names of the files it joins, in order. `required` names
    what must be there: `AssetMissing` is raised for the first that is not.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        bundles: Mapping[str, Sequence[str]] | None = None,
        required: Sequence[str] = (),
        prefix: str = "/static",
    ) -> None:
        self._files = _read(folders)
        for name in required:
            if name not in self._files:
                raise AssetMissing(f"{name} is missing: run `make assets`, which fetches what browsers need.")
        for bundle, parts in (bundles or {}).items():
            self._files[bundle] = Asset(b"\n".join(self._content(part) for part in parts), "text/css")
        self.version = _fingerprint(self._files)
        self._base = f"{prefix}/{self.version}"

    def url(self, name: str) -> str:
        """The address of a file; `AssetMissing` if there is none of that name."""
        self._content(name)
        return f"{self._base}/{name}"

    def get(self, name: str) -> Asset | None:
        """The file of that name, None if there is none."""
        return self._files.get(name)

    def text(self, name: str) -> str:
        """The content of a file; `AssetMissing` if there is none of that name."""
        return self._content(name).decode()

    def _content(self, name: str) -> bytes:
        asset = self._files.get(name)
        if asset is None:
            raise AssetMissing(f"{name} is not among the static files.")
        return asset.content


def _read(folders: Sequence[Path]) -> dict[str, Asset]:
    files: dict[str, Asset] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in SERVED_SUFFIXES and path.is_file():
                media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                files[path.relative_to(folder).as_posix()] = Asset(path.read_bytes(), media_type)
    return files


def _fingerprint(files: Mapping[str, Asset]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name].content).digest())
    return digest.hexdigest()[:12]
