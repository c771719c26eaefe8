"""Where files are kept: a folder, or an S3 bucket.

The database knows each file's key, size and hash (`files`); the store holds the bytes. A bucket's credentials
and address come from the usual variables (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`; for
other providers `AWS_ENDPOINT_URL` and, where they ask for it, `AWS_VIRTUAL_HOSTED_STYLE_REQUEST`).
"""

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import unquote, urlsplit
from uuid import UUID

import msgspec
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, S3Store

from shared.errors import AppError, NotFound, Unavailable
from shared.ids import new_id

if TYPE_CHECKING:
    from obstore.store import RetryConfig

CHUNK_BYTES: Final = 256 * 1024
RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
_KEY: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


class StoredFile(msgspec.Struct, frozen=True):
    """What the database keeps of a stored file."""

    key: str
    size_bytes: int
    sha256: bytes


class FileDamaged(AppError):
    """The store returned other bytes than were put in (code `file_damaged`)."""

    status = 500


class FileStore:
    """Puts, gets and deletes whole files by key; a file appears under its key at once or not at all."""

    def __init__(self, store: LocalStore | MemoryStore | S3Store) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at `file:///folder`, `/folder` (made when missing), `s3://bucket/prefix` or `memory:`.

        Raises ValueError for any other address.
        """
        parts = urlsplit(url)
        if parts.scheme in {"", "file"} and not parts.netloc and parts.path.startswith("/"):
            folder = Path(unquote(parts.path))
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls(LocalStore(folder))
        if parts.scheme == "s3" and parts.netloc:
            return cls(S3Store.from_url(url, retry_config=RETRIES, disable_bulk_delete=True))
        if parts.scheme == "memory":
            return cls(MemoryStore())
        raise ValueError(f"'{parts.scheme or url}' is neither a folder (file:///…) nor a bucket (s3://…)")

    async def put(self, key: str, content: bytes) -> StoredFile:
        """Keep the content under a key (see `key_of`), in place of any file of that key.

        Raises `Unavailable` (code `file_store_away`), as do the other calls.
        """
        stored = StoredFile(_checked(key), len(content), hashlib.sha256(content).digest())
        try:
            await self._store.put_async(key, content)
        except (BaseError, OSError) as error:
            raise _away(error) from error
        return stored

    async def get(self, file: StoredFile) -> bytes:
        """The content, proven by its hash; raises `NotFound` (`file_not_found`) or `FileDamaged`."""
        content = b"".join([chunk async for chunk in self.stream(file.key)])
        if hashlib.sha256(content).digest() != file.sha256:
            raise FileDamaged("file_damaged")
        return content

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The content in parts, for downloads; raises `NotFound` before the first part."""
        try:
            result = await self._store.get_async(_checked(key))
            async for chunk in result.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)
        except FileNotFoundError as error:
            raise NotFound("file_not_found") from error
        except (BaseError, OSError) as error:
            raise _away(error) from error

    async def delete(self, key: str) -> None:
        """Remove the file; nothing happens when there is none."""
        try:
            await self._store.delete_async(_checked(key))
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _away(error) from error

    async def check(self) -> None:
        """Write, read and remove a small file; raises what goes wrong."""
        probe = await self.put(f"check/{new_id()}", b"huiyin")
        await self.get(probe)
        await self.delete(probe.key)


def key_of(oem_id: int, kind: str, file_id: UUID, suffix: str) -> str:
    """The key of a tenant's file, such as `12/reports/0197….pdf`; `kind` is `reports` or `attachments`."""
    return _checked(f"{oem_id}/{kind}/{file_id}.{suffix}")


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


def _away(error: Exception) -> Unavailable:
    return Unavailable("file_store_away", {"error": type(error).__name__})
