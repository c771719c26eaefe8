"""Fixtures: the browser of the browser tests, Debian's Chromium or the Chrome that `HUIYIN_CHROME` names."""

from typing import Any

import pytest

from infra.dev.chrome import find_chrome

# No sandbox: root may not have one. The others keep Chromium from calling home while the network is closed.
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """What pytest-playwright starts the browser with."""
    chrome = find_chrome()
    if chrome is None:
        pytest.fail("no Chrome: install Debian's package chromium, or name a Chrome in HUIYIN_CHROME")
    return {"executable_path": str(chrome), "args": _ARGUMENTS, "headless": True}
