"""The store of this process, as the environment configures it."""

from functools import cache

from shared.files.store import FileStore
from shared.settings import FileSettings


def file_store() -> FileStore:
    """The process's store at `HUIYIN_FILES_URL`."""
    return _opened(FileSettings.load().url)


@cache
def _opened(url: str) -> FileStore:
    return FileStore.open(url)
