"""Where reports and attachments are kept."""

import asyncio
from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.exceptions import BaseError

from services.cli.checks import Check
from shared.errors import AppError
from shared.files.store import FileStore
from shared.settings import FileSettings, SettingsError

_NAME = "Files"
_PATIENCE_S = 10.0


async def check_files() -> list[Check]:
    """The store takes a small file and gives it back; a folder that is missing is not made here."""
    try:
        url = FileSettings.load().url
    except SettingsError:
        return []
    if _is_missing_folder(url):
        fix = "Make it for the account of API, console and workers, or let the first of them make it."
        return [Check.warning(_NAME, f"{url} does not exist", fix)]
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await FileStore.open(url).check()
    except (AppError, BaseError, OSError, TimeoutError, ValueError) as error:
        fix = "Correct HUIYIN_FILES_URL, the rights on the folder, or the bucket's credentials (AWS_…)."
        return [Check.failed(_NAME, f"{url}: {error or type(error).__name__}", fix)]
    return [Check.ok(_NAME, f"{url} can be written and read")]


def _is_missing_folder(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"", "file"} and not Path(unquote(parts.path)).exists()
