"""Fixture: a folder of the module's own in which files are kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def files_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder; the processes' settings name it."""
    folder = tmp_path_factory.mktemp("files")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUIYIN_FILES_URL", folder.as_uri())
        yield folder
